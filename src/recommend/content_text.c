/*-------------------------------------------------------------------------
 *
 * content_text.c
 *	  Cut a text into runs that have blanks between words, and runs that have
 *	  none; see content.h.
 *
 * Chinese and Japanese are written without blanks, and Korean glues particles
 * to its words, so that a parser of words finds whole sentences there.  Pairs
 * of neighbouring characters find nearly as much as the words that a
 * dictionary would cut, and need no dictionary (Nie, Gao, Zhang and Zhou, "On
 * the use of words and n-grams for Chinese information retrieval", IRAL 2000).
 *
 *-------------------------------------------------------------------------
 */
#include "recommend/content.h"

/* Ranges of characters of scripts without blanks, ascending; no punctuation. */
static const uint32_t dense_ranges[][2] = {
	{0x1100, 0x11FF},			/* Hangul, its letters */
	{0x3005, 0x3007},			/* Han, repeated, closed, zero */
	{0x3021, 0x3029},			/* Han, numerals */
	{0x3041, 0x3096},			/* Hiragana */
	{0x309D, 0x309F},
	{0x30A1, 0x30FA},			/* Katakana, but for its middle dot */
	{0x30FC, 0x30FF},
	{0x3131, 0x318E},			/* Hangul */
	{0x31F0, 0x31FF},			/* Katakana, small */
	{0x3400, 0x4DBF},			/* Han */
	{0x4E00, 0x9FFF},
	{0xA960, 0xA97C},			/* Hangul */
	{0xAC00, 0xD7A3},
	{0xD7B0, 0xD7FB},
	{0xF900, 0xFAFF},			/* Han */
	{0xFF66, 0xFF9F},			/* Katakana, of half width */
	{0xFFA0, 0xFFDC},			/* Hangul, of half width */
	{0x1B000, 0x1B16F},			/* Kana, old and small */
	{0x20000, 0x3FFFD}			/* Han */
};

/* A character of UTF-8 and, in next, what is behind it; a stray byte is one. */
static uint32_t
decode(const char *text, const char *end, const char **next)
{
	const unsigned char *p = (const unsigned char *) text;
	size_t		left = (size_t) (end - text);
	size_t		length = p[0] < 0xC0 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	uint32_t	code = p[0];

	*next = text + 1;
	if (length == 1 || length > left)
		return code;
	code &= 0x7FU >> length;
	for (size_t i = 1; i < length; i++)
	{
		if ((p[i] & 0xC0) != 0x80)
			return p[0];
		code = code << 6 | (p[i] & 0x3F);
	}
	*next = text + length;
	return code;
}

/* Is this a character of a script without blanks? */
static bool
is_dense(uint32_t code)
{
	size_t		ranges = sizeof(dense_ranges) / sizeof(*dense_ranges);

	if (code < dense_ranges[0][0])
		return false;
	for (size_t i = 0; i < ranges && code >= dense_ranges[i][0]; i++)
		if (code <= dense_ranges[i][1])
			return true;
	return false;
}

/* Where the character at text, which is not the end, ends. */
const char *
mml_content_character(const char *text, const char *end)
{
	const char *next;

	decode(text, end, &next);
	return next;
}

/*
 * Where the run that begins at text, which is not the end, ends; and whether
 * it is of a script without blanks.
 */
const char *
mml_content_run(const char *text, const char *end, bool *dense)
{
	const char *next;

	*dense = is_dense(decode(text, end, &next));
	for (text = next; text < end; text = next)
		if (is_dense(decode(text, end, &next)) != *dense)
			break;
	return text;
}
