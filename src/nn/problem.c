/*-------------------------------------------------------------------------
 *
 * problem.c
 *	  What is wrong with a network, in words, and the texts that name it.
 *
 *-------------------------------------------------------------------------
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "nn/problem.h"

#define MOST_SHOWN 80

/* Say what is wrong, unless something was before; false, for the caller. */
bool
mml_nn_fail(MmlProblem *problem, MmlFault fault, const char *format,...)
{
	va_list		values;

	if (problem->fault != MML_FAULT_NONE)
		return false;
	problem->fault = fault;
	problem->detail[0] = '\0';
	va_start(values, format);
	vsnprintf(problem->message, sizeof(problem->message), format, values);
	va_end(values);
	return false;
}

/* How many bytes of a text to show: whole characters. */
int
mml_nn_shown(MmlText text)
{
	size_t		n = text.length;

	if (n > MOST_SHOWN)
		for (n = MOST_SHOWN; n > 0 && ((unsigned char) text.bytes[n] & 0xC0) == 0x80; n--)
			;
	return (int) n;
}

/* Is a text this word? */
bool
mml_nn_text_is(MmlText text, const char *word)
{
	return mml_nn_text_same(text, mml_nn_text(word));
}

/* Are two texts the same? */
bool
mml_nn_text_same(MmlText a, MmlText b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

/* A word as a text. */
MmlText
mml_nn_text(const char *word)
{
	MmlText		text = {word, strlen(word)};

	return text;
}

/* The bytes of the character that begins so; 0 where none does. */
static size_t
character_bytes(const unsigned char *p, size_t left)
{
	size_t		n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 :
		p[0] < 0xF5 ? 4 : 0;

	if (n == 0 || n > left || p[0] == 0)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
		(p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return n;
}

/* Is a text valid UTF-8, without a zero byte? */
bool
mml_nn_text_sound(MmlText text)
{
	const unsigned char *p = (const unsigned char *) text.bytes;
	size_t		i = 0;

	while (i < text.length)
	{
		size_t		n = character_bytes(p + i, text.length - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}
