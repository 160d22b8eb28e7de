/*-------------------------------------------------------------------------
 *
 * text.h
 *	  Texts of cells: blanks around them, and their order.
 *
 * What sums a column up and what prepares a row must agree on these: a value
 * of training is found again only if both see the same bytes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_TEXT_H
#define MML_TEXT_H

#include <string.h>

#include "core/cell.h"

/* Is this white space of ASCII, which is no part of a text at its ends? */
MML_INLINE bool
mml_text_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A text without the blanks around it. */
MML_INLINE MmlText
mml_text_trim(MmlText text)
{
	while (text.length > 0 && mml_text_is_blank(text.bytes[0]))
	{
		text.bytes++;
		text.length--;
	}
	while (text.length > 0 && mml_text_is_blank(text.bytes[text.length - 1]))
		text.length--;
	return text;
}

/* Texts in the order of bytes: below 0, 0, above 0. */
MML_INLINE int
mml_text_compare(MmlText a, MmlText b)
{
	size_t		length = MML_MIN(a.length, b.length);
	int			order = length == 0 ? 0 : memcmp(a.bytes, b.bytes, length);

	return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

#endif							/* MML_TEXT_H */
