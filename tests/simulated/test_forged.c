/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages that imx_dma_buffer_send() did not send: each is refused with a message, or is as good as one of the
 * library's. No descriptor stays behind.
 */
#include "passing.h"

#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

/* The kinds of descriptors that are sent with the bytes: the buffer's DMA-BUF, and others. */
enum thing { DMABUF, FILE_OF_MEMORY, PIPE, SOCKET, FOLDER, DEVICE, THINGS };

static int things[THINGS];

static int start(void **state)
{
	size_t before = count_descriptors();
	int channel[2];

	start_sender(state);
	sender.descriptors = before;
	if (pipe2(channel, O_CLOEXEC) < 0)
		return -1;
	close(channel[1]);
	things[DMABUF] = imx_dma_buffer_get_fd(sender.buffer);
	things[FILE_OF_MEMORY] = memfd_create("forged", MFD_CLOEXEC);
	things[PIPE] = channel[0];
	things[SOCKET] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	things[FOLDER] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	things[DEVICE] = open("/dev/null", O_RDWR | O_CLOEXEC);
	return ftruncate(things[FILE_OF_MEMORY], 65536);
}

static int end(void **state)
{
	for (size_t i = 1; i < THINGS; i++)
		close(things[i]);
	return end_sender(state);
}

/* Send it over each type of socket. */
static void assert_refused(void *data, size_t length, int const *fds, size_t count, char const *sentence)
{
	for (size_t i = 0; i < SOCKET_TYPES; i++) {
		size_t before;
		int pair[2];

		connect_pair(socket_types[i], pair);
		before = count_descriptors();
		send_raw(pair[0], data, length, fds, count);
		assert_receive_fails(pair[1], EBADMSG, sentence);
		assert_int_equal(count_descriptors(), before);
		/* Sockets that keep packets apart continue with the next packet. */
		if (socket_types[i] != SOCK_STREAM) {
			assert_int_equal(imx_dma_buffer_send(sender.buffer, pair[0], NULL), 0);
			imx_dma_buffer_deallocate(receive(pair[1]));
		}
		close_pair(pair);
	}
}

static void assert_bytes_refused(struct raw_message message, char const *sentence)
{
	assert_refused(&message, sizeof(message), things, 1, sentence);
}

static void test_good_message_is_taken(void **state)
{
	struct raw_message message = RAW_MESSAGE(8192, 0);
	int pair[2];

	connect_pair(SOCK_STREAM, pair);
	send_raw(pair[0], &message, sizeof(message), things, 1);
	imx_dma_buffer_deallocate(receive(pair[1]));
	close_pair(pair);
}

static void test_wrong_bytes(void **state)
{
	struct raw_message message = RAW_MESSAGE(5000, 0);

	message.magic[7] = 'g';
	assert_bytes_refused(message, "not from imx_dma_buffer_send()");
	message = RAW_MESSAGE(5000, 0);
	message.version = 2;
	assert_bytes_refused(message, "version 2, and this library supports version 1");
	message = RAW_MESSAGE(5000, 0);
	message.reserved = 1;
	assert_bytes_refused(message, "reserved member 0x1, which version 1 sets to 0");
	message = RAW_MESSAGE(5000, 0);
	memset(message.name, 'x', sizeof(message.name));
	assert_bytes_refused(message, "the name is too long");
	message = RAW_MESSAGE(5000, 0);
	strcpy(message.name, "two\nlines");
	assert_bytes_refused(message, "control characters");
}

static void test_parts_that_are_none(void **state)
{
	assert_bytes_refused(RAW_MESSAGE(0, 0), "size 0");
	assert_bytes_refused(RAW_MESSAGE(8193, 0), "range 0+8193 is outside the DMA-BUF (8192 bytes)");
	assert_bytes_refused(RAW_MESSAGE(1, 8192), "range 8192+1 ");
	assert_bytes_refused(RAW_MESSAGE(4097, 4096), "range 4096+4097 ");
	assert_bytes_refused(RAW_MESSAGE(2, UINT64_MAX), "range 18446744073709551615+2 ");
	assert_bytes_refused(RAW_MESSAGE(UINT64_MAX, 2), "range 2+18446744073709551615 ");
	assert_bytes_refused(RAW_MESSAGE(UINT64_C(1) << 32, 0), "range 0+4294967296 ");
	assert_bytes_refused(RAW_MESSAGE(1, UINT64_C(1) << 32), "range 4294967296+1 ");
}

static void test_wrong_lengths(void **state)
{
	struct raw_message message[2] = {RAW_MESSAGE(5000, 0), RAW_MESSAGE(5000, 0)};
	int pair[2];

	assert_refused(message, 63, things, 1, "63 bytes");
	assert_refused(message, 1, things, 1, "1 bytes");
	assert_refused(message, 1, NULL, 0, "1 bytes");
	for (size_t i = 1; i < SOCKET_TYPES; i++) {
		connect_pair(socket_types[i], pair);
		send_raw(pair[0], message, 65, things, 1);
		assert_receive_fails(pair[1], EBADMSG, "more than 64 bytes");
		send_raw(pair[0], message, 0, NULL, 0);
		assert_receive_fails(pair[1], EBADMSG, "0 bytes");
		send_raw(pair[0], message, 0, things, 1);
		close(pair[0]);
		assert_receive_fails(pair[1], EBADMSG, "0 bytes");
		close(pair[1]);
	}
}

static void test_wrong_descriptors(void **state)
{
	static char const *const sentences[THINGS] = {
		NULL, "not a DMA-BUF", "not a DMA-BUF", "not a DMA-BUF", "not a DMA-BUF", "another file system"};
	struct raw_message message = RAW_MESSAGE(5000, 0);
	int many[RAW_MAX_FDS];

	assert_refused(&message, sizeof(message), NULL, 0, "no descriptor");
	for (size_t i = 1; i < THINGS; i++)
		assert_refused(&message, sizeof(message), &things[i], 1, sentences[i]);
	for (size_t i = 0; i < RAW_MAX_FDS; i++)
		many[i] = things[DMABUF];
	assert_refused(&message, sizeof(message), many, 2, "several descriptors");
	assert_refused(&message, sizeof(message), things, THINGS, "several descriptors");
	assert_refused(&message, sizeof(message), many, RAW_MAX_FDS, "several descriptors");
	strcpy(message.name, "camera");
	assert_refused(&message, sizeof(message), &things[FILE_OF_MEMORY], 1, "named \"camera\": ");
}

/* Drivers, and programs behind files, may interpret the ioctl that identifies DMA-BUFs in their own way. */
static void test_other_files_get_no_ioctl(void **state)
{
	struct raw_message message = RAW_MESSAGE(5000, 0);
	int heap = open("/dev/dma_heap/reserved", O_RDONLY | O_CLOEXEC), pair[2];

	connect_pair(SOCK_STREAM, pair);
	send_raw(pair[0], &message, sizeof(message), &heap, 1);
	close(heap);
	send_raw(pair[0], &message, sizeof(message), &things[FILE_OF_MEMORY], 1);
	sim_reset_counts();
	assert_receive_fails(pair[1], EBADMSG, "another file system");
	assert_receive_fails(pair[1], EBADMSG, "another file system");
	assert_int_equal(sim_count(SIM_CALL_IOCTL), 0);
	assert_int_equal(sim_count(SIM_CALL_CLOSE), 2);
	close_pair(pair);
}

/* On these kernels DMA-BUFs are anonymous files, like other files. */
static void test_kernels_before_5_3(void **state)
{
	struct raw_message message = RAW_MESSAGE(5000, 0);
	int other = eventfd(0, EFD_CLOEXEC), pair[2];

	assert_int_equal(sim_configure("names phys"), 0);
	connect_pair(SOCK_STREAM, pair);
	/* On newer kernels anonymous files are no DMA-BUFs: neither sent nor received. */
	assert_int_equal(imx_dma_buffer_send(sender.buffer, pair[0], NULL), -1);
	assert_sentence("another file system (type 0x9041934)");
	send_raw(pair[0], &message, sizeof(message), &other, 1);
	assert_receive_fails(pair[1], EBADMSG, "another file system (type 0x9041934)");
	assert_int_equal(sim_configure("release 5.2.0"), 0);
	assert_int_equal(imx_dma_buffer_send(sender.buffer, pair[0], NULL), 0);
	imx_dma_buffer_deallocate(receive(pair[1]));
	send_raw(pair[0], &message, sizeof(message), &other, 1);
	assert_receive_fails(pair[1], EBADMSG, "not a DMA-BUF");
	close(other);
	close_pair(pair);
}

/* Marsaglia's xorshift: the same numbers on every machine. */
static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static uint64_t interesting(uint32_t *seed)
{
	static uint64_t const values[] = {0, 1, 2, 4095, 4096, 4097, 8191, 8192, 8193, UINT32_MAX, UINT64_C(1) << 32,
		(UINT64_C(1) << 32) + 4096, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX - 1, UINT64_MAX};
	uint32_t choice = next_random(seed) % 24;

	return (choice < 16) ? values[choice] : next_random(seed) % 8192;
}

/* Make a good message and change it. Often nothing is changed, so that good messages occur. */
static void mutate(uint8_t bytes[65], uint32_t *seed)
{
	struct raw_message message = RAW_MESSAGE(1 + next_random(seed) % 8192, 0);

	memset(bytes, 0, 65);
	if (next_random(seed) % 2)
		message.offset = interesting(seed);
	if (next_random(seed) % 4 == 0)
		message.size = interesting(seed);
	for (uint32_t length = next_random(seed) % 36, i = 0; next_random(seed) % 2 && i < length && i < 32; i++)
		message.name[i] = (char)(next_random(seed) % 8 ? 'a' + (int)(next_random(seed) % 26) : (int)next_random(seed));
	memcpy(bytes, &message, sizeof(message));
	for (uint32_t flips = (next_random(seed) % 4 == 0) ? next_random(seed) % 3 : 0; flips > 0; flips--)
		bytes[next_random(seed) % 64] ^= (uint8_t)(1u << next_random(seed) % 8);
}

/* May a receiver accept this message, by the rules in the header? */
static bool is_good(uint8_t const *bytes, size_t length, int const *fds, size_t count)
{
	struct raw_message message;
	size_t end = 0;

	memcpy(&message, bytes, sizeof(message));
	while (end < sizeof(message.name) && (uint8_t)message.name[end] >= ' ' && message.name[end] != 0x7f)
		end++;
	return length == sizeof(message) && count == 1 && fds[0] == things[DMABUF] &&
		memcmp(message.magic, "imxdmabf", 8) == 0 && message.version == 1 && message.reserved == 0 &&
		message.size > 0 && message.size <= 8192 && message.offset <= 8192 - message.size &&
		end < sizeof(message.name) && message.name[end] == '\0';
}

/* Use the buffer from its first to its last byte. */
static void use(ImxDmaBuffer *arrived, uint8_t const *bytes)
{
	uint8_t const *original = imx_dma_buffer_map(sender.buffer, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL);
	struct raw_message message;
	uint8_t *mapped;

	memcpy(&message, bytes, sizeof(message));
	assert_int_equal(imx_dma_buffer_get_size(arrived), message.size);
	mapped = imx_dma_buffer_map(arrived, 0, NULL);
	assert_non_null(mapped);
	for (size_t i = 0; i < message.size; i++)
		mapped[i] = (uint8_t)(i * 7 + message.offset);
	imx_dma_buffer_unmap(arrived);
	assert_int_equal(original[message.offset], (uint8_t)message.offset);
	assert_int_equal(original[message.offset + message.size - 1], (uint8_t)((message.size - 1) * 7 + message.offset));
	imx_dma_buffer_unmap(sender.buffer);
	imx_dma_buffer_deallocate(arrived);
}

static bool try_one(uint32_t number)
{
	uint32_t seed = number * 2654435761u + 1;
	size_t length = sizeof(struct raw_message), count = 1, before;
	int type = socket_types[next_random(&seed) % SOCKET_TYPES], fds[4], pair[2], error = 0;
	uint8_t bytes[65];
	ImxDmaBuffer *arrived;
	bool good;

	mutate(bytes, &seed);
	if (next_random(&seed) % 8 == 0)
		length = next_random(&seed) % 66;
	if (next_random(&seed) % 8 == 0)
		count = next_random(&seed) % 5;
	for (size_t i = 0; i < 4; i++)
		fds[i] = things[(next_random(&seed) % 4 == 0) ? next_random(&seed) % THINGS : DMABUF];
	connect_pair(type, pair);
	before = count_descriptors();
	if (length == 0 && type == SOCK_STREAM)
		length = 1;
	/* On a stream the last byte stays for the next reader. */
	good = is_good(bytes, (type == SOCK_STREAM && length == 65) ? 64 : length, fds, count);
	send_raw(pair[0], bytes, length, fds, count);
	arrived = imx_dma_buffer_receive(pair[1], &error);
	if ((arrived != NULL) != good || (!arrived && error != EBADMSG))
		fail_msg("message %u: taken %d, good %d, code %d, %s", (unsigned int)number, arrived != NULL, good, error,
			imx_dma_buffer_get_last_error());
	if (arrived)
		use(arrived, bytes);
	assert_int_equal(count_descriptors(), before);
	close_pair(pair);
	return good;
}

static void test_mutated_messages(void **state)
{
	char const *wanted = getenv("FORGED_MESSAGES");
	uint32_t taken = 0, count = wanted ? (uint32_t)strtoul(wanted, NULL, 10) : 6000;

	for (uint32_t i = 0; i < count; i++)
		taken += try_one(i);
	/* Both results occur often. */
	assert_true(taken > count / 10 && taken < count / 2);
}

#define forged_test(function) cmocka_unit_test_setup_teardown(function, start, end)

int main(void)
{
	struct CMUnitTest const tests[] = {
		forged_test(test_good_message_is_taken),
		forged_test(test_wrong_bytes),
		forged_test(test_parts_that_are_none),
		forged_test(test_wrong_lengths),
		forged_test(test_wrong_descriptors),
		forged_test(test_other_files_get_no_ioctl),
		forged_test(test_kernels_before_5_3),
		forged_test(test_mutated_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
