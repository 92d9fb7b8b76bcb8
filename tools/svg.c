/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "svg.h"

#include <stdlib.h>

#include "files.h"
#include "output.h"

/* Write text for XML: no markup, and no control characters, which XML cannot hold. */
static void put_text(FILE *stream, char const *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", stream);
		else if (*text == '>')
			fputs("&gt;", stream);
		else if (*text == '&')
			fputs("&amp;", stream);
		else if (*text == '"')
			fputs("&quot;", stream);
		else
			/* Names come from the kernel: bytes that are not ASCII may be no UTF-8. */
			fputc((*text < ' ' || *text > '~') ? '?' : *text, stream);
	}
}

int svg_begin(struct svg *svg, int width, int height, char const *title)
{
	svg->stream = open_memstream(&svg->text, &svg->length);
	if (!svg->stream)
		return -1;
	fprintf(svg->stream,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
		"font-family=\"sans-serif\">\n<title>",
		width, height, width, height);
	put_text(svg->stream, title);
	fprintf(svg->stream, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", width, height);
	return 0;
}

void svg_rectangle(struct svg *svg, double x, double y, double width, double height, char const *fill, char const *tip)
{
	fprintf(svg->stream, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"", x, y, width, height,
		fill);
	if (!tip) {
		fputs("/>\n", svg->stream);
		return;
	}
	fputs("><title>", svg->stream);
	put_text(svg->stream, tip);
	fputs("</title></rect>\n", svg->stream);
}

void svg_label(struct svg *svg, double x, double y, int size, enum svg_anchor anchor, char const *text)
{
	static char const *const anchors[] = {"start", "middle", "end"};

	fprintf(svg->stream, "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%d\" text-anchor=\"%s\">", x, y, size,
		anchors[anchor]);
	put_text(svg->stream, text);
	fputs("</text>\n", svg->stream);
}

void svg_upright_label(struct svg *svg, double x, double y, int size, char const *text)
{
	fprintf(svg->stream,
		"<text font-size=\"%d\" text-anchor=\"middle\" transform=\"translate(%.2f %.2f) rotate(-90)\">", size, x, y);
	put_text(svg->stream, text);
	fputs("</text>\n", svg->stream);
}

void svg_line(struct svg *svg, double x1, double y1, double x2, double y2, double width, char const *colour)
{
	fprintf(svg->stream,
		"<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" stroke=\"%s\" stroke-width=\"%.2f\"/>\n", x1, y1, x2, y2,
		colour, width);
}

void svg_curve(struct svg *svg, double const (*points)[2], size_t count, char const *colour, char const *dashes)
{
	fprintf(svg->stream, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\"", colour);
	if (dashes[0] != '\0')
		fprintf(svg->stream, " stroke-dasharray=\"%s\"", dashes);
	fputs(" points=\"", svg->stream);
	for (size_t i = 0; i < count; i++)
		fprintf(svg->stream, "%s%.2f,%.2f", i ? " " : "", points[i][0], points[i][1]);
	fputs("\"/>\n", svg->stream);
}

void svg_dot(struct svg *svg, double x, double y, double radius, char const *colour)
{
	fprintf(svg->stream, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\" fill=\"%s\"/>\n", x, y, radius, colour);
}

int svg_end(struct svg *svg, char const *path)
{
	int code;

	fputs("</svg>\n", svg->stream);
	code = fclose(svg->stream) == 0 ? files_replace(path, svg->text, svg->length)
									: output_fail(EXIT_FAILED, "out of memory for the picture");
	free(svg->text);
	return code;
}
