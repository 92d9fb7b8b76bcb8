/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The program imxdmabuffer: shows and tests the DMA memory that libimxdmabuffer finds on a machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "imxdmabuffer/imxdmabuffer_config.h"
#include "imxdmabuffer/imxdmabuffer_ext.h"

#include "command.h"
#include "output.h"

static int print_help(void)
{
	puts("usage: imxdmabuffer COMMAND [OPTION]... [ARGUMENT]...\n"
		 "\n"
		 "Show and test the memory for DMA that libimxdmabuffer finds on this machine.\n");
	for (struct command const *command = commands; command->name; command++)
		if (command->summary)
			printf("  %-7s  %s\n", command->name, command->summary);
	puts("\n"
		 "  imxdmabuffer COMMAND --help   the options of a command\n"
		 "  imxdmabuffer --version        the versions of program and library\n"
		 "\n"
		 "Exit codes: 0 done, 1 the operation failed, 2 wrong usage, 3 the allocator is\n"
		 "unusable or unknown, 4 doctor or check found a fault.");
	return output_flush();
}

static int print_version(void)
{
	printf("imxdmabuffer %s (libimxdmabuffer %s)\n", IMXDMABUFFER_VERSION, imx_dma_buffer_get_version());
	return output_flush();
}

static int run_command(int argc, char **argv)
{
	for (struct command const *command = commands; command->name; command++) {
		if (strcmp(argv[0], command->name) == 0) {
			output_set_command(command->name);
			return command->run(command, argc, argv);
		}
	}
	return output_fail_usage("unknown command \"%.60s\"", argv[0]);
}

static int run(int argc, char **argv)
{
	static struct {
		char const *name;
		int (*print)(void);
	} const options[] = {{"--help", print_help}, {"-h", print_help}, {"--version", print_version}};

	if (argc < 2)
		return output_fail_usage("a command is missing, such as list, doctor or alloc");
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(argv[1], options[i].name) != 0)
			continue;
		if (argc > 2)
			return output_fail_usage("%s takes no argument, but \"%.60s\" follows", argv[1], argv[2]);
		return options[i].print();
	}
	if (argv[1][0] == '-')
		return output_fail_usage("unknown option \"%.60s\"", argv[1]);
	return run_command(argc - 1, argv + 1);
}

/*
 * Open /dev/null for closed standard descriptors. Otherwise the kernel would give their numbers to a node or buffer,
 * and output would go there. It is opened for reading: writing fails, as it does with a closed descriptor.
 */
static int fill_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
		/* A bare root may not have it. Reading and writing fail with such a descriptor. */
		if (fd < 0)
			fd = open("/", O_PATH);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	int code;

	if (fill_standard_descriptors() != 0)
		return output_fail(EXIT_FAILED, "closed standard descriptors cannot be filled: %s", strerror(errno));
	/* A closed pipe or a file size limit then fails the call: an error line is printed, and buffers are freed. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	code = run(argc, argv);
	if (code == EXIT_DONE && fclose(stdout) != 0)
		return output_fail(EXIT_FAILED, "standard output cannot be written: %s", strerror(errno));
	return code;
}
