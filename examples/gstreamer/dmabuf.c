/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A frame of a camera for GStreamer, without a copy: this library allocates the memory, GstDmaBufAllocator wraps its
 * descriptor, and elements that know nothing of this library read it: appsrc ! videoconvert ! appsink.
 *
 * GStreamer 1.22 calls DMA_BUF_IOCTL_SYNC when it maps such memory, which serves devices that are attached to the
 * DMA-BUF. Devices that use the physical address are not: for them, the program keeps a session of this library open
 * while elements read the frame with the CPU. On a simulated board (imxdmabuffer sim) such a device writes the frame,
 * elsewhere the CPU does.
 *
 * usage: dmabuf [--without-sync]; exit status: 0 if the pixels are right, otherwise 1
 * cc dmabuf.c $(pkg-config --cflags --libs gstreamer-app-1.0 gstreamer-allocators-1.0 libimxdmabuffer) -o dmabuf
 */
#include <gst/allocators/gstdmabuf.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <imxdmabuffer/imxdmabuffer_ext.h>
#include <imxdmabuffer/imxdmabuffer_sim.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 320, HEIGHT = 240, SIZE = 4 * WIDTH * HEIGHT };
static char const description[] = "appsrc name=source caps=video/x-raw,format=BGRx,width=320,height=240,framerate=30/1 "
								  "! videoconvert ! "
								  "appsink name=sink caps=video/x-raw,format=RGBA sync=false";

static guint8 const bgrx[] = {0x10, 0x20, 0x30, 0xff}, rgba[] = {0x30, 0x20, 0x10, 0xff};

/* The camera. */
static gboolean capture(ImxDmaBuffer *frame)
{
	guint8 *pixels = g_malloc(SIZE), *bytes;
	gboolean done;

	for (gsize i = 0; i < SIZE; i++)
		pixels[i] = bgrx[i % 4];
	if (imxdmabuffer_sim_is_present()) {
		done = imxdmabuffer_sim_write(imx_dma_buffer_get_physical_address(frame), pixels, SIZE) == 0;
	} else {
		bytes = imx_dma_buffer_map(frame, IMX_DMA_BUFFER_MAPPING_FLAG_WRITE, NULL);
		done = bytes && memcpy(bytes, pixels, SIZE);
		imx_dma_buffer_unmap(frame);
	}
	g_free(pixels);
	return done;
}

/* GStreamer closes its descriptor of the memory. */
static GstBuffer *wrap(ImxDmaBuffer *frame)
{
	GstAllocator *allocator = gst_dmabuf_allocator_new();
	GstBuffer *buffer = gst_buffer_new();

	gst_buffer_append_memory(buffer, gst_dmabuf_allocator_alloc(allocator, dup(imx_dma_buffer_get_fd(frame)), SIZE));
	gst_object_unref(allocator);
	return buffer;
}

/* Returns the number of wrong pixels behind the pipeline. */
static guint convert(GstBuffer *buffer)
{
	g_autoptr(GstElement) pipeline = gst_parse_launch(description, NULL);
	g_autoptr(GstElement) source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
	g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
	g_autoptr(GstSample) sample = NULL;
	GstMapInfo map;
	guint wrong = WIDTH * HEIGHT;

	gst_element_set_state(pipeline, GST_STATE_PLAYING);
	gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
	sample = gst_app_sink_pull_sample(GST_APP_SINK(sink));
	if (sample && gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ)) {
		for (gsize i = 0; i + 4 <= map.size && map.size == SIZE; i += 4)
			wrong -= memcmp(map.data + i, rgba, 4) == 0;
		gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
	}
	gst_element_set_state(pipeline, GST_STATE_NULL);
	return wrong;
}

int main(int count, char **arguments)
{
	gboolean sync = count < 2 || strcmp(arguments[1], "--without-sync") != 0;
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new(NULL);
	ImxDmaBuffer *frame = allocator ? imx_dma_buffer_allocate(allocator, SIZE, 0, NULL) : NULL;
	guint wrong = WIDTH * HEIGHT;

	gst_init(NULL, NULL);
	if (frame && capture(frame) && (!sync || imx_dma_buffer_map(frame, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL))) {
		wrong = convert(wrap(frame));
		if (sync)
			imx_dma_buffer_unmap(frame);
		g_print("%u of %d pixels are wrong\n", wrong, WIDTH * HEIGHT);
	} else {
		g_printerr("%s\n", imx_dma_buffer_get_last_error());
	}
	imx_dma_buffer_allocator_destroy(allocator);
	return wrong != 0;
}
