/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The extension module _imxdmabuffer. The lock of the interpreter (GIL) guards all members of its objects. Functions
 * that may wait release it; `busy` then keeps other threads from freeing the buffer.
 */
#ifndef BINDING_H
#define BINDING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

#include <imxdmabuffer/imxdmabuffer.h>
#include <imxdmabuffer/imxdmabuffer_ext.h>
#include <imxdmabuffer/imxdmabuffer_ipc.h>
#include <imxdmabuffer/imxdmabuffer_pool.h>
#include <imxdmabuffer/imxdmabuffer_view.h>

/* The objects of one module. Each interpreter has its own. */
struct state {
	PyTypeObject *allocator;
	PyTypeObject *pool;
	PyTypeObject *buffer;
	PyTypeObject *mapping;
	PyTypeObject *allocator_info;
	PyTypeObject *properties;
	PyTypeObject *address;
	PyTypeObject *pool_stats;
	/* The text "release", a method of memoryview. */
	PyObject *release;
	/* Counts the forks of which this process is the child: other threads' calls did not survive them. */
	unsigned int forks;
};

struct allocator {
	PyObject_HEAD
		/* The type of the object keeps the module, and so its state. */
		struct state *state;
	/* Valid as long as the object lives. */
	ImxDmaBufferAllocator *allocator;
	PyObject *weak_references;
};

struct buffer {
	PyObject_HEAD struct state *state;
	/* NULL after free(). */
	ImxDmaBuffer *buffer;
	/* Kept alive: it would free the buffer. NULL for imported and received buffers. */
	PyObject *allocator;
	/* Users of the buffer protocol: no one may unmap the memory under them. */
	Py_ssize_t exports;
	/* Calls that run without the interpreter's lock; those among them that need the mapping; since this fork. */
	Py_ssize_t busy, ranges;
	unsigned int forks;
	/* Mappings that ended during such a call: it unmaps the buffer. */
	Py_ssize_t late_unmaps;
	/* Another thread frees the buffer. */
	bool is_freeing;
	PyObject *weak_references;
};

extern PyType_Spec allocator_spec, pool_spec, buffer_spec, mapping_spec;
extern PyModuleDef module_definition;

/* buffer.c: begin and end a call without the interpreter's lock. */
void hold(struct buffer *buffer);
void unhold(struct buffer *buffer);
/* Is another thread in such a call? */
bool is_busy(struct buffer *buffer);

/* Return the state of the module that defines the type, or a base of it. */
struct state *find_state(PyTypeObject *type);

/* errors.c: raise OSError with the code and the library's message, with another message, or "is freed". NULL. */
PyObject *raise_error(int code);
PyObject *raise_message(int code, char const *message);
PyObject *raise_freed(void);
/* A tp_new for types that only this module makes. */
PyObject *refuse_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);

/* convert.c: converters for "O&". */
int parse_size(PyObject *object, void *size);
int parse_unsigned(PyObject *object, void *number);
int parse_fd(PyObject *object, void *fd);
int parse_length(PyObject *object, void *size); /* None: SIZE_MAX */
PyObject *make_text(char const *text);

/* facts.c: named tuples of facts. */
int add_fact_types(PyObject *module, struct state *state);
PyObject *make_allocator_info(struct state const *state, ImxDmaBufferAllocatorInfo const *info);
PyObject *make_properties(struct state const *state, ImxDmaBufferProperties const *properties);
PyObject *make_address(struct state const *state, ImxDmaBufferAddress const *address);
PyObject *make_pool_stats(struct state const *state, ImxDmaBufferPoolStats const *stats);

/* Make a Python object of a buffer, which is freed on failure. allocator: may be NULL. */
PyObject *make_buffer(struct state *state, ImxDmaBuffer *buffer, PyObject *allocator);

/* mapping.c: make a Mapping; return the flags of a mode, or 0 with an exception. */
PyObject *map_buffer(struct buffer *buffer, unsigned int flags);
unsigned int parse_mode(PyObject *mode);

/* wait.c: milliseconds of a timeout in seconds (None: -1), the time now, and those that are left until an end. */
int parse_timeout(PyObject *object, void *milliseconds);
long long get_time(void);
int get_rest(long long end);

/* The methods and attributes of Buffer are in several files. */
PyObject *buffer_map(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names);
PyObject *buffer_array(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *buffer_sync_for_device(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *buffer_sync_for_cpu(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *buffer_start_sync_session(PyObject *self, PyObject *unused);
PyObject *buffer_stop_sync_session(PyObject *self, PyObject *unused);
PyObject *buffer_attach_device(PyObject *self, PyObject *unused);
PyObject *buffer_wait(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *buffer_export_sync_file(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *buffer_import_sync_file(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *buffer_send(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *module_receive(PyObject *module, PyObject *args, PyObject *kwargs);

#endif /* BINDING_H */
