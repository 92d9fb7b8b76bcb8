/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of the type Buffer; a part of buffer.c. */
#define FUNCTION(name) ((PyCFunction)(void (*)(void))(name))
#define KEYWORDS (METH_VARARGS | METH_KEYWORDS)

PyDoc_STRVAR(buffer_doc,
	"A block of memory for DMA.\n\n"
	"Allocator.allocate(), import_dmabuf(), receive() and slices make buffers. A buffer is freed with free(), at the "
	"end\n"
	"of a with statement, or with its last reference.");
PyDoc_STRVAR(map_doc,
	"map($self, /, mode='rw', *, manual_sync=False, overwrite=False)\n--\n\n"
	"Map the buffer for the CPU, and return a Mapping.\n\n"
	"mode: 'r', 'w' or 'rw'. manual_sync: the program starts and stops sync sessions itself. overwrite: the program\n"
	"writes all of the buffer before it reads.");
PyDoc_STRVAR(array_doc,
	"array($self, /, shape, dtype='uint8', strides=None, *, offset=0, mode='rw')\n--\n\n"
	"Map the buffer, and return its memory as a numpy.ndarray, without a copy.\n\n"
	"strides and offset: in bytes. The last view of the array unmaps the buffer and ends the sync session.");
PyDoc_STRVAR(free_doc,
	"free($self, /)\n--\n\n"
	"Free the buffer. Raises BufferError while views of its memory exist. Does nothing for a freed buffer.");
PyDoc_STRVAR(view_doc,
	"view($self, /, offset=0, size=0, flags=0)\n--\n\n"
	"Make a buffer of a part of this one, as buffer[offset:offset + size] does.\n\n"
	"size: 0: up to the end. flags: of ViewFlag. The part keeps the memory alive.");
PyDoc_STRVAR(fileno_doc,
	"fileno($self, /)\n--\n\n"
	"Return the descriptor, which belongs to the buffer. Raises OSError without one.");
PyDoc_STRVAR(export_doc,
	"export($self, /)\n--\n\n"
	"Return a new descriptor of the memory, which the caller closes. A part of a DMA-BUF is refused.");
PyDoc_STRVAR(export_with_offset_doc,
	"export_with_offset($self, /)\n--\n\n"
	"Return a new descriptor of the memory, which the caller closes, and the offset of byte 0 in it.");
PyDoc_STRVAR(query_doc,
	"query_physical_address($self, /)\n--\n\n"
	"Find the physical address, also of memory that was allocated without, and return an Address.");
PyDoc_STRVAR(sync_for_device_doc,
	"sync_for_device($self, /, offset=0, length=None, direction=3)\n--\n\n"
	"Hand a range of the mapped buffer to devices.\n\n"
	"length: None: up to the end. direction: of Direction.");
PyDoc_STRVAR(sync_for_cpu_doc,
	"sync_for_cpu($self, /, offset=0, length=None, direction=3)\n--\n\n"
	"Take a range of the mapped buffer back from devices.\n\n"
	"length: None: up to the end. direction: of Direction.");
PyDoc_STRVAR(start_doc,
	"start_sync_session($self, /)\n--\n\n"
	"Start a sync session of a mapping with manual_sync.");
PyDoc_STRVAR(stop_doc,
	"stop_sync_session($self, /)\n--\n\n"
	"Stop a sync session of a mapping with manual_sync.");
PyDoc_STRVAR(attach_doc,
	"attach_device($self, /)\n--\n\n"
	"Attach a device for coherency if nothing better keeps the buffer coherent.");
PyDoc_STRVAR(wait_doc,
	"wait($self, /, direction=3, timeout=None)\n--\n\n"
	"Wait for the fences of devices.\n\n"
	"direction: what the CPU will do: FROM_DEVICE reads. timeout: in seconds; None: no limit. Raises TimeoutError.");
PyDoc_STRVAR(export_sync_file_doc,
	"export_sync_file($self, /, direction=3)\n--\n\n"
	"Return the fences as a descriptor of a sync file, which the caller closes.");
PyDoc_STRVAR(import_sync_file_doc,
	"import_sync_file($self, /, fd, direction=3)\n--\n\n"
	"Add the fence of a sync file, which stays the caller's.");
PyDoc_STRVAR(send_doc,
	"send($self, /, socket)\n--\n\n"
	"Send the buffer to another process, which takes it with receive().\n\n"
	"socket: a connected Unix socket. The call waits as long as the socket's timeout says.");

static PyMethodDef buffer_methods[] = {
	{"map", FUNCTION(buffer_map), METH_FASTCALL | METH_KEYWORDS, map_doc},
	{"array", FUNCTION(buffer_array), KEYWORDS, array_doc},
	{"free", buffer_free, METH_NOARGS, free_doc},
	{"view", FUNCTION(buffer_view), KEYWORDS, view_doc},
	{"fileno", buffer_fileno, METH_NOARGS, fileno_doc},
	{"export", buffer_export, METH_NOARGS, export_doc},
	{"export_with_offset", buffer_export_with_offset, METH_NOARGS, export_with_offset_doc},
	{"query_physical_address", buffer_query_address, METH_NOARGS, query_doc},
	{"sync_for_device", FUNCTION(buffer_sync_for_device), KEYWORDS, sync_for_device_doc},
	{"sync_for_cpu", FUNCTION(buffer_sync_for_cpu), KEYWORDS, sync_for_cpu_doc},
	{"start_sync_session", buffer_start_sync_session, METH_NOARGS, start_doc},
	{"stop_sync_session", buffer_stop_sync_session, METH_NOARGS, stop_doc},
	{"attach_device", buffer_attach_device, METH_NOARGS, attach_doc},
	{"wait", FUNCTION(buffer_wait), KEYWORDS, wait_doc},
	{"export_sync_file", FUNCTION(buffer_export_sync_file), KEYWORDS, export_sync_file_doc},
	{"import_sync_file", FUNCTION(buffer_import_sync_file), KEYWORDS, import_sync_file_doc},
	{"send", FUNCTION(buffer_send), KEYWORDS, send_doc},
	{"__enter__", buffer_enter, METH_NOARGS, "Return the buffer."},
	{"__exit__", FUNCTION(buffer_exit), METH_FASTCALL, "Free the buffer."},
	{NULL, NULL, 0, NULL},
};

static PyGetSetDef buffer_attributes[] = {
	{"size", get_size, NULL, "The size in bytes.", NULL},
	{"physical_address", get_physical_address, NULL, "The physical address of byte 0, or None if it is unknown.", NULL},
	{"fd", get_fd, NULL, "The descriptor, which belongs to the buffer, or None without one.", NULL},
	{"name", get_name, set_name, "The name of the DMA-BUF, at most 31 bytes.", NULL},
	{"allocator", get_allocator, NULL, "The allocator, or None for an imported or received buffer.", NULL},
	{"freed", get_is_freed, NULL, "Whether the buffer is freed.", NULL},
	{"properties", get_properties, NULL, "Facts about the buffer, a Properties.", NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef buffer_members[] = {
	{"__weaklistoffset__", T_PYSSIZET, offsetof(struct buffer, weak_references), READONLY, NULL},
	{NULL, 0, 0, 0, NULL},
};

static PyType_Slot buffer_slots[] = {
	{Py_tp_doc, (void *)(uintptr_t)buffer_doc},
	{Py_tp_new, refuse_new},
	{Py_tp_dealloc, buffer_dealloc},
	{Py_tp_traverse, buffer_traverse},
	{Py_tp_repr, buffer_repr},
	{Py_tp_methods, buffer_methods},
	{Py_tp_getset, buffer_attributes},
	{Py_tp_members, buffer_members},
	{Py_mp_length, buffer_length},
	{Py_mp_subscript, buffer_slice},
	{0, NULL},
};

PyType_Spec buffer_spec = {
	.name = "imxdmabuffer.Buffer",
	.basicsize = sizeof(struct buffer),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
	.slots = buffer_slots,
};
