/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls that wait for devices and for other processes. The library repeats interrupted system calls; waiting in steps,
 * or before its call, lets signal handlers such as that of Ctrl-C run.
 */
#include "binding.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <time.h>

/* Milliseconds between two looks at signals, while a device is at work. */
#define STEP 100

int parse_timeout(PyObject *object, void *milliseconds)
{
	double seconds = (object == Py_None) ? -1 : PyFloat_AsDouble(object);

	if (PyErr_Occurred())
		return 0;
	if (object != Py_None && !(seconds >= 0)) {
		PyErr_SetString(PyExc_ValueError, "a timeout is None or not negative");
		return 0;
	}
	seconds = ceil(seconds * 1000);
	*(int *)milliseconds = (object == Py_None) ? -1 : (seconds < INT_MAX) ? (int)seconds : INT_MAX;
	return 1;
}

long long get_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

int get_rest(long long end)
{
	long long rest = end - get_time();

	return (rest > 0) ? (int)rest : 0;
}

/* Wait for fences. Returns 0, an errno code, or -1 if a signal handler raised an exception. */
static int wait_for_fences(struct buffer *self, ImxDmaBufferDirection direction, int timeout)
{
	long long end = get_time() + timeout;
	int code, step, error = 0;

	for (;;) {
		step = (timeout < 0) ? STEP : get_rest(end);
		step = (step < STEP) ? step : STEP;
		Py_BEGIN_ALLOW_THREADS
		code = imx_dma_buffer_wait(self->buffer, direction, step, &error);
		Py_END_ALLOW_THREADS
		if (code == 0 || error != ETIMEDOUT || (timeout >= 0 && get_rest(end) == 0))
			return (code == 0) ? 0 : error;
		if (PyErr_CheckSignals() < 0)
			return -1;
	}
}

/* The library knows the last step only. */
static PyObject *raise_timeout(int timeout)
{
	char text[80];

	snprintf(text, sizeof(text), "a device is still at work after %d ms (ETIMEDOUT)", timeout);
	return raise_message(ETIMEDOUT, text);
}

PyObject *buffer_wait(PyObject *object, PyObject *args, PyObject *kwargs)
{
	static char *names[] = {"direction", "timeout", NULL};
	struct buffer *self = (struct buffer *)object;
	int direction = IMX_DMA_BUFFER_BIDIRECTIONAL, timeout = -1, error;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|iO&:wait", names, &direction, parse_timeout, &timeout))
		return NULL;
	if (!self->buffer)
		return raise_freed();
	hold(self);
	error = wait_for_fences(self, (ImxDmaBufferDirection)direction, timeout);
	unhold(self);
	if (error == ETIMEDOUT)
		return raise_timeout(timeout);
	if (error > 0)
		return raise_error(error);
	if (error < 0)
		return NULL;
	Py_RETURN_NONE;
}

/* A socket, and the call that uses it. */
struct transfer {
	int fd;
	/* Milliseconds; 0: does not wait; -1: no limit. */
	int timeout;
	short events;
	/* To send, or NULL to receive. */
	ImxDmaBuffer *buffer;
	ImxDmaBuffer *received;
};

/* Of an object without gettimeout(), such as a number, the descriptor itself blocks or does not. */
static int timeout_of(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return (flags >= 0 && !(flags & O_NONBLOCK)) ? -1 : 0;
}

static bool parse_socket(PyObject *socket, struct transfer *transfer)
{
	PyObject *timeout;
	bool is_good = true;

	transfer->fd = PyObject_AsFileDescriptor(socket);
	if (transfer->fd < 0)
		return false;
	transfer->timeout = timeout_of(transfer->fd);
	if (PyLong_Check(socket) || !PyObject_HasAttrString(socket, "gettimeout"))
		return true;
	timeout = PyObject_CallMethod(socket, "gettimeout", NULL);
	is_good = timeout && parse_timeout(timeout, &transfer->timeout);
	Py_XDECREF(timeout);
	return is_good;
}

/* Wait until the socket is ready. Returns 0, an errno code, or -1 with an exception of a signal handler. */
static int wait_for_socket(struct transfer *transfer, long long end)
{
	struct pollfd file = {.fd = transfer->fd, .events = transfer->events};
	int count, error;

	for (;;) {
		Py_BEGIN_ALLOW_THREADS
		count = poll(&file, 1, (transfer->timeout < 0) ? -1 : get_rest(end));
		error = errno;
		Py_END_ALLOW_THREADS
		if (count > 0)
			return 0;
		if (count == 0)
			return ETIMEDOUT;
		if (error != EINTR)
			return error;
		if (PyErr_CheckSignals() < 0)
			return -1;
	}
}

/* Returns true, or false with an exception. */
static bool run(struct transfer *transfer)
{
	long long end = get_time() + transfer->timeout;
	bool is_done;
	int error = 0;

	do {
		if (transfer->timeout != 0 && (error = wait_for_socket(transfer, end)) != 0) {
			if (error > 0)
				raise_message(error, (error == ETIMEDOUT) ? "the socket's timeout is over" : strerror(error));
			return false;
		}
		Py_BEGIN_ALLOW_THREADS
		if (transfer->buffer)
			is_done = imx_dma_buffer_send(transfer->buffer, transfer->fd, &error) == 0;
		else
			is_done = (transfer->received = imx_dma_buffer_receive(transfer->fd, &error)) != NULL;
		Py_END_ALLOW_THREADS
	} while (!is_done && error == EAGAIN && transfer->timeout != 0);
	if (!is_done)
		raise_error(error);
	return is_done;
}

PyObject *buffer_send(PyObject *object, PyObject *args, PyObject *kwargs)
{
	static char *names[] = {"socket", NULL};
	struct buffer *self = (struct buffer *)object;
	struct transfer transfer = {.events = POLLOUT};
	PyObject *socket;
	bool is_done;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:send", names, &socket) || !parse_socket(socket, &transfer))
		return NULL;
	if (!self->buffer)
		return raise_freed();
	transfer.buffer = self->buffer;
	hold(self);
	is_done = run(&transfer);
	unhold(self);
	if (!is_done)
		return NULL;
	Py_RETURN_NONE;
}

PyObject *module_receive(PyObject *module, PyObject *args, PyObject *kwargs)
{
	static char *names[] = {"socket", NULL};
	struct transfer transfer = {.events = POLLIN};
	PyObject *socket;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:receive", names, &socket) || !parse_socket(socket, &transfer))
		return NULL;
	if (!run(&transfer))
		return NULL;
	return make_buffer(PyModule_GetState(module), transfer.received, NULL);
}
