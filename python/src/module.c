/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "binding.h"

struct state *find_state(PyTypeObject *type)
{
	/* The base of a subclass is the type with its memory layout. */
	for (; type; type = type->tp_base) {
		PyObject *module = PyType_GetModule(type);

		if (module && PyModule_GetDef(module) == &module_definition)
			return PyModule_GetState(module);
		PyErr_Clear();
	}
	PyErr_SetString(PyExc_TypeError, "not a type of imxdmabuffer");
	return NULL;
}

static PyObject *allocators(PyObject *module, PyObject *unused)
{
	struct state *state = PyModule_GetState(module);
	PyObject *list = PyList_New(0);
	char const *name;

	for (size_t i = 0; list && (name = imx_dma_buffer_builtin_allocator_name(i)); i++) {
		ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};
		PyObject *item;
		int code, error = 0;

		Py_BEGIN_ALLOW_THREADS
		code = imx_dma_buffer_query_allocator(name, &info, &error);
		Py_END_ALLOW_THREADS
		item = (code == 0) ? make_allocator_info(state, &info) : raise_error(error);
		if (!item || PyList_Append(list, item) < 0)
			Py_CLEAR(list);
		Py_XDECREF(item);
	}
	return list;
}

static PyObject *import_dmabuf(PyObject *module, PyObject *args, PyObject *kwargs)
{
	static char *names[] = {"fd", "offset", "size", NULL};
	size_t offset = 0, size = 0;
	ImxDmaBuffer *buffer;
	int fd, error = 0;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&|O&O&:import_dmabuf", names, parse_fd, &fd, parse_size, &offset,
			parse_size, &size))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	buffer = imx_dma_buffer_import_dmabuf(fd, offset, size, &error);
	Py_END_ALLOW_THREADS
	return buffer ? make_buffer(PyModule_GetState(module), buffer, NULL) : raise_error(error);
}

static int add_type(PyObject *module, PyTypeObject **type, PyType_Spec *spec, PyTypeObject *base)
{
	PyObject *bases = base ? PyTuple_Pack(1, base) : NULL;

	if (base && !bases)
		return -1;
	*type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, bases);
	Py_XDECREF(bases);
	return *type ? PyModule_AddType(module, *type) : -1;
}

static int add_constants(PyObject *module)
{
	static struct {
		char const *name;
		long value;
	} const constants[] = {
		{"NO_PHYSICAL_ADDRESS", IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS},
		{"REQUIRE_PHYSICAL_ADDRESS", IMX_DMA_BUFFER_ALLOCATOR_FLAG_REQUIRE_PHYSICAL_ADDRESS},
		{"USER_SYNC", IMX_DMA_BUFFER_ALLOCATOR_FLAG_USER_SYNC},
		{"KERNEL_SYNC", IMX_DMA_BUFFER_ALLOCATOR_FLAG_KERNEL_SYNC},
		{"ANY_FIT", IMX_DMA_BUFFER_POOL_FLAG_ANY_FIT},
		{"ZERO", IMX_DMA_BUFFER_POOL_FLAG_ZERO},
		{"NO_FENCES", IMX_DMA_BUFFER_POOL_FLAG_NO_FENCES},
		{"TO_DEVICE", IMX_DMA_BUFFER_TO_DEVICE},
		{"FROM_DEVICE", IMX_DMA_BUFFER_FROM_DEVICE},
		{"BIDIRECTIONAL", IMX_DMA_BUFFER_BIDIRECTIONAL},
		{"SHARE_GRANULE", IMX_DMA_BUFFER_VIEW_FLAG_SHARE_GRANULE},
	};

	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
			return -1;
	}
	return PyModule_AddStringConstant(module, "__version__", imx_dma_buffer_get_version());
}

static int execute(PyObject *module)
{
	struct state *state = PyModule_GetState(module);

	state->release = PyUnicode_InternFromString("release");
	if (!state->release || add_fact_types(module, state) < 0 || add_constants(module) < 0)
		return -1;
	if (add_type(module, &state->allocator, &allocator_spec, NULL) < 0)
		return -1;
	if (add_type(module, &state->pool, &pool_spec, state->allocator) < 0)
		return -1;
	if (add_type(module, &state->buffer, &buffer_spec, NULL) < 0)
		return -1;
	return add_type(module, &state->mapping, &mapping_spec, NULL);
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
	struct state *state = PyModule_GetState(module);

	Py_VISIT(state->allocator);
	Py_VISIT(state->pool);
	Py_VISIT(state->buffer);
	Py_VISIT(state->mapping);
	Py_VISIT(state->allocator_info);
	Py_VISIT(state->properties);
	Py_VISIT(state->address);
	Py_VISIT(state->pool_stats);
	Py_VISIT(state->release);
	return 0;
}

static int clear(PyObject *module)
{
	struct state *state = PyModule_GetState(module);

	Py_CLEAR(state->allocator);
	Py_CLEAR(state->pool);
	Py_CLEAR(state->buffer);
	Py_CLEAR(state->mapping);
	Py_CLEAR(state->allocator_info);
	Py_CLEAR(state->properties);
	Py_CLEAR(state->address);
	Py_CLEAR(state->pool_stats);
	Py_CLEAR(state->release);
	return 0;
}

static void release(void *module)
{
	clear(module);
}

PyDoc_STRVAR(module_doc, "The part of imxdmabuffer that is written in C. Import imxdmabuffer.");
PyDoc_STRVAR(allocators_doc,
	"allocators($module, /)\n--\n\n"
	"Try all built-in allocators, and return an AllocatorInfo for each.");
PyDoc_STRVAR(import_doc,
	"import_dmabuf($module, /, fd, offset=0, size=0)\n--\n\n"
	"Make a buffer of a DMA-BUF, or of a part of it.\n\n"
	"fd: a descriptor or an object with fileno(); stays the caller's. size: 0: up to the end of the DMA-BUF.");
PyDoc_STRVAR(receive_doc,
	"receive($module, /, socket)\n--\n\n"
	"Receive a buffer that another process sent with Buffer.send().\n\n"
	"socket: a connected Unix socket. The call waits as long as the socket's timeout says.");

/* For os.register_at_fork(). */
static PyObject *forked(PyObject *module, PyObject *unused)
{
	((struct state *)PyModule_GetState(module))->forks++;
	Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
	{"_forked", forked, METH_NOARGS, "Note that this process is the child of a fork."},
	{"allocators", allocators, METH_NOARGS, allocators_doc},
	{"import_dmabuf", (PyCFunction)(void (*)(void))import_dmabuf, METH_VARARGS | METH_KEYWORDS, import_doc},
	{"receive", (PyCFunction)(void (*)(void))module_receive, METH_VARARGS | METH_KEYWORDS, receive_doc},
	{NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
	{Py_mod_exec, execute},
	{0, NULL},
};

PyModuleDef module_definition = {
	PyModuleDef_HEAD_INIT,
	.m_name = "_imxdmabuffer",
	.m_doc = module_doc,
	.m_size = sizeof(struct state),
	.m_methods = methods,
	.m_slots = slots,
	.m_traverse = traverse,
	.m_clear = clear,
	.m_free = release,
};

/* No header declares it: the interpreter looks it up. */
PyMODINIT_FUNC PyInit__imxdmabuffer(void);

PyMODINIT_FUNC PyInit__imxdmabuffer(void)
{
	return PyModuleDef_Init(&module_definition);
}
