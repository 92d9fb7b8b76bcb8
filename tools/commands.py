# SPDX-License-Identifier: LGPL-2.1-or-later
"""The commands and options of the program: the one place for the parser, --help, completion and imxdmabuffer(1).

Texts have the markup of scdoc: *bold*, _underlined_. --help prints them without the markup. The texts named `more` are
for the manual page only.
"""


class Option:
    """An option. value: the name of its value in the texts; None: it takes no value."""

    def __init__(self, name, value, text, more=''):
        self.name, self.value, self.text, self.more = name, value, text, more


class Command:
    """A command. arguments: of the usage line. about, more: paragraphs. hidden: it is not listed. json: the text of
    the option --json; None: it has none.
    """

    def __init__(self, name, summary, arguments, about, options=(), more=(), hidden=False,
                 json='Prints a JSON document.'):
        self.name, self.summary, self.arguments = name, summary, arguments
        self.about, self.more, self.hidden = about, more, hidden
        self.options = [*options, *([Option('json', None, json)] if json else []),
                        Option('help', None, 'Prints this help.')]


ALLOCATOR = Option(
    'allocator', 'NAME[:TARGET]',
    'Uses this allocator; *imxdmabuffer list* prints the names. _TARGET_ is a node or a kind of memory, as in '
    'dma-heap:/dev/dma_heap/reserved or host:memfd.')

ROOT = Option(
    'root', 'DIRECTORY', 'Reads /proc, /sys, /etc, /run and /usr below this directory.',
    'In a container, this may be the place where those of the host are mounted. Devices are always those of the '
    'process.')

COMMANDS = [
    Command(
        'list', 'the allocators, and the reason if one is not usable', '[--json]',
        about=['Lists the allocators that are built in, in the order in which they are tried. Each one is opened, '
               'allocates one page, and is closed. An asterisk marks the default.'],
        more=['The columns show whether the allocator is usable (_without address_: only by programs that need no '
              'physical address, as with IMXDMABUFFER_PHYSICAL_ADDRESS=optional), whether buffers are DMA-BUFs, '
              'whether this process can learn their physical address (_unknown_: it depends on the size), whether '
              'the CPU\'s mappings are cached, and how sync sessions keep buffers coherent (see '
              '*libimxdmabuffer*(7)). Further lines contain the device node with owner and mode, the reason if the '
              'allocator is not usable or has no addresses, and a warning if sync sessions do not serve devices that '
              'use the physical address. Without a default allocator, the last line contains the reason.',
              'The exit code is 0 also if no allocator is usable.']),
    Command(
        'alloc', 'allocate buffers, print their properties, test them, free them', '[OPTION]... SIZE',
        about=['Allocates buffers, prints their properties, and frees them. _SIZE_ is a number of bytes, such as '
               '4096, 64K, 3M or 1G (also KiB, MiB and GiB; all are powers of 1024), or the dimensions and format of '
               'a picture, such as 1920x1080:nv12.',
               'Without *--allocator*, the default allocator is used. If there is none, the allocator "host" '
               'replaces it, with a note on standard error, unless IMXDMABUFFER_ALLOCATOR names an allocator.',
               'Without an option for the physical address, allocating fails if the address is unknown, except with '
               'the allocator host. IMXDMABUFFER_PHYSICAL_ADDRESS counts only without *--allocator*.'],
        more=['The error message about an unknown format lists the known ones.'],
        options=[
            ALLOCATOR,
            Option('alignment', 'N', 'Aligns the physical address to _N_ bytes, such as 64K.'),
            Option('count', 'N', 'Allocates _N_ buffers of this size.'),
            Option('name', 'NAME', 'Names the DMA-BUFs, with at most 31 bytes.',
                   '*imxdmabuffer top*, /proc/PID/fdinfo and debugfs show the name.'),
            Option('map', None, 'Maps each buffer for writing, and unmaps it.',
                   'Fails if a sync session fails at unmapping.'),
            Option('verify', None, 'Writes a pattern into all buffers, then reads all back through other mappings.',
                   'The pattern differs between buffers and between runs: this finds buffers that share memory. '
                   'Fails also if a sync session fails at unmapping, because written data may be lost then.'),
            Option('hold', 'SECONDS', 'Keeps the buffers for this time, or until SIGINT, SIGTERM or SIGHUP.',
                   'Fractions such as 0.5 are allowed.'),
            Option('no-physical-address', None, 'Allocates without looking for the physical address.',
                   'The output still contains the address if it can be found.'),
            Option('require-physical-address', None,
                   'Fails if the physical address is unknown, also with the allocator host.'),
        ]),
    Command(
        'info', 'versions, built-in allocators, environment variables, kernel', '[--json]',
        about=['Prints the versions of library and program, the kernel, the DMA-BUF heap that was configured when '
               'the library was built, the allocators that are built in, and the environment variables that the '
               'library reads, with the value in effect. No device is opened.'],
        more=['*imxdmabuffer list* shows the heap that is used on a machine.']),
    Command(
        'check', 'let a device test whether memory is coherent', '[OPTION]...',
        about=['Lets a device of this machine write to a buffer and read it, and counts the cache lines that went '
               'wrong: lost ones, which the CPU wrote and the device did not see, and stale ones, which the device '
               'wrote and the CPU did not see. Only a real board can show this: QEMU has no caches, and the simulator '
               'emulates them.',
               'Each way to keep memory coherent that can be chosen on this machine is tested, with each kind of '
               'session and in both directions. The default allocator is used without *--allocator*.'],
        more=['The first device that is there is used: libg2d, whose device uses physical addresses; a driver of '
              'V4L2 from memory to memory, such as those of the PxP and of encoders, which imports DMA-BUFs; and '
              'QEMU\'s device edu, which uses physical addresses and needs root. The older driver of the PxP is '
              'reached through libg2d. With a driver whose result is no copy, the result is compared with that of a '
              'pass without the buffer.',
              'An asterisk marks the way that programs get without a flag. Wrong lines of a way that is not the '
              'default and promises nothing to this kind of device (importer, with devices that use physical '
              'addresses) are shown, but are no fault. On arm64 the report also says whether a program may maintain '
              'the caches of a read-only mapping.',
              'In the trials named control, no session maintains caches. If they lose nothing either, faults do not '
              'show on this machine. Wrong lines with ranges only can mean that the device has bounce buffers, which '
              'ranges do not serve.',
              'The command takes a few seconds and 8 MiB, and a buffer of at most 4 MiB. The exit code is 0 if '
              'memory is coherent, 4 if it is not, and 1 if there is no device, or if a session or the device fails.'],
        options=[
            ALLOCATOR,
            Option('witness', 'NAME', 'Uses this device: libg2d, v4l2 or edu.'),
        ]),
    Command(
        'bench', 'the time that allocating, mapping, syncing and using memory takes', '[OPTION]...',
        about=['Measures, for sizes from 4 KiB to 32 MiB, the times of allocating, mapping, the first touch (the '
               'first write to each page), sync sessions, syncs of the whole buffer and of 4 KiB, unmapping, '
               'freeing, and getting a buffer from a pool; and the speed at which the CPU writes, reads and copies. '
               'A run takes up to 30 seconds for each allocator.',
               'Without *--allocator*, all usable allocators are measured: of dma-heap, each heap in /dev/dma_heap, '
               'except those for special use, such as secure memory. If the process can maintain caches itself, '
               'this way and the kernel\'s are measured.'],
        more=['An allocator is asked for the physical address if it knows the address of each buffer; the output '
              'names the others. Each time is the median of at least five repetitions, unless they take longer than '
              'ten times the time that is planned for them; the JSON document also contains the 5th and the 95th '
              'percentile. Maps are made without sync sessions, which are measured by themselves. A frame is what a '
              'program needs for a picture: a map for writing all, a write to all bytes, and an unmap with its sync. '
              'At most one buffer, and as much ordinary memory, is in use at a time. Sizes that an allocator does '
              'not give are left out, with the reason.',
              'Between the measurements, a fixed loop is timed. If its times differ much, other programs disturb the '
              'results, and the output says so.',
              'The exit code is 1 if an operation other than allocating failed or if nothing was measured, and 3 if '
              'no allocator is usable.'],
        options=[
            Option('allocator', 'NAME[:TARGET]', ALLOCATOR.text.replace('Uses', 'Measures') +
                   ' May be given several times.'),
            Option('quick', None, 'Measures fewer sizes, for less than 10 seconds in all.'),
            Option('svg', 'FILE', 'Writes a picture of the time of a frame over the size.',
                   'The letters at the curves name the allocators. The axes are logarithmic.'),
        ]),
    Command(
        'doctor', 'what this machine has for DMA memory, what is wrong, what to do', '[OPTION]...',
        about=['Looks at the board, the kernel, IOMMUs, heaps and their access rights, udev rules, CMA, control groups '
               'and limits, and opens each allocator. Prints what is there, then what is wrong: the most severe fault '
               'first, each with its evidence and a remedy.',
               'The exit code is 0 if nothing is wrong, 4 if something is, and 1 if nothing could be seen.'],
        more=['It looks as the user who runs it: run it as the user of the program that fails. What that user cannot '
              'see is said; root sees more.'],
        options=[ROOT]),
    Command(
        'top', 'the DMA-BUFs of the system, and who holds them', '[OPTION]...',
        about=['Shows each DMA-BUF of the system once: its size, inode, exporter and name, and the processes that '
               'hold it, with the numbers of descriptors and mappings. The sums of processes and exporters follow. '
               'On a terminal, the screen is refreshed each second until q is typed.',
               'Root sees all processes, unless the kernel refuses it, as in some containers; the number of those that '
               'cannot be read is printed. _other_ counts references that no visible process has: drivers, and '
               'processes that cannot be read.'],
        more=['Buffers that only a driver holds are not found. The data come from fdinfo and maps in /proc, as Linux '
              'has them since 5.3; older kernels do not tell the DMA-BUFs of a process apart, and only the number of '
              'their descriptors is printed. Bytes of names that are not printable ASCII are shown as "?".'],
        options=[
            Option('sort', 'ORDER', 'Sorts by size (largest first, the default), name, or holders (most first).'),
            Option('once', None, 'Prints once, also on a terminal.'),
            Option('pid', 'PID', 'Shows the buffers of this process only.',
                   'The other holders then count as _other_.'),
            Option('diff', 'SECONDS',
                   'Prints what has changed after this time, or at SIGINT; the process that grew most is first.',
                   'A process that leaks buffers is listed with what it had before and has after. The JSON document '
                   'also contains the new buffers that stayed, and the freed ones.'),
            ROOT,
        ]),
    Command(
        'map', 'the CMA areas as a picture, and whether a buffer fits', '[OPTION]... [SIZE]',
        about=['Shows each CMA area: used and free memory by address, and the largest free run. With _SIZE_, as for '
               '*imxdmabuffer alloc*, prints how often a buffer of this size still fits.',
               'The picture needs debugfs (root, CONFIG_CMA_DEBUGFS). Without it, sizes and counters are printed.'],
        more=['The number for _SIZE_ follows the search of the kernel, which aligns buffers of the CMA heap to the '
              'next power of two, but to 1 MiB at most (with the usual CONFIG_CMA_ALIGNMENT). An allocation can fail '
              'nevertheless, if pages that the kernel has lent to others cannot be moved.'],
        options=[
            Option('alignment', 'N', 'Aligns the buffer of _SIZE_ to _N_ bytes, a power of two.'),
            Option('svg', 'FILE', 'Also draws the areas into this file, in SVG.'),
            ROOT,
        ]),
    Command(
        'metrics', 'numbers for Prometheus: DMA-BUFs and CMA', '[OPTION]...', json=None,
        about=['Prints the numbers and sizes of the DMA-BUFs by exporter and process, and the sizes, largest free '
               'runs and failures of the CMA areas, in the text format of Prometheus. Run it as root: other users '
               'see their own processes only, and no free runs.'],
        more=['The examples of the package contain a service and a timer for systemd that write the file for the '
              'textfile collector of the node exporter.'],
        options=[
            Option('textfile', 'FILE', 'Writes this file in place of standard output.',
                   'It is replaced as a whole: readers see the old or the new content. If it cannot be written, the '
                   'old content stays.'),
            ROOT,
        ]),
    Command(
        'sim', 'run a program on a simulated board, and check its use of caches',
        '[OPTION]... [--] PROGRAM [ARGUMENT]...', json='With --list-boards: prints a JSON document.',
        about=['Runs a program on a simulated i.MX board, on any Linux machine: with its devices and its kernel, '
               'and with memory that is not coherent with devices. The exit code is that of the program; 126 if it '
               'cannot be run, 127 if it is not there, 99 if the check of caches found something.',
               'Children of the program run on the board, too. Programs that are linked statically, or that run as '
               'another user, cannot be simulated.'],
        more=['The simulator replaces functions of the C library (see docs/simulator.md for the grammar of scripts). '
              'It is a package of its own.'],
        options=[
            Option('board', 'NAME', 'Emulates this board, such as imx8mp, or imx8mp/mainline for another kernel.'),
            Option('script', 'FILE', 'Emulates the machine that this file describes.'),
            Option('check-caches', None, 'Reports what the program does wrong with caches.',
                   'Each session, each access of a device and each unmap compares what CPU and devices see. The report '
                   'shows for each mistake the buffer, the lines, the place in the program (with the source line if '
                   '*addr2line*(1) is installed), and the call before. Leaks, and devices that use freed memory, are '
                   'reported, too. On boards with a cached and an uncached heap, the default allocator is the cached '
                   'one, unless IMXDMABUFFER_ALLOCATOR names another: uncached memory hides mistakes. The exit code '
                   'is 99 if something was found; remarks about cost do not count.'),
            Option('trace-cpu', None, 'Finds also the reads of old data; implies --check-caches.',
                   'Outside of sessions, the pages of cached DMA-BUFs are closed to the program, so that its accesses '
                   'can be seen. Calls that let the kernel use the memory open it before. This costs a page fault for '
                   'each page of a wrong access, and two calls of *mprotect*(2) for each session.'),
            Option('report', 'FILE', 'Writes the report to this file as JSON, too; implies --check-caches.'),
            Option('list-boards', None, 'Prints the boards.'),
        ]),
    Command('complete', '', '', about=[], hidden=True),
]
