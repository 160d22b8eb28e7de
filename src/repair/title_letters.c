/*-------------------------------------------------------------------------
 *
 * title_letters.c
 *	  The letters of a title, and what of its punctuation shows its structure:
 *	  the first step of a title's key (title_key.c).
 *
 * Which characters are parts of words is told by what they are not: the signs
 * are known by their blocks in Unicode, and whatever is none of them belongs
 * to a word, in every script.  Only accents and points are dropped; what a
 * script writes as marks and means as letters, of Indic scripts, Thai and
 * Japanese, stays.
 *
 * Cost: linear.
 *
 *-------------------------------------------------------------------------
 */
#include "repair/repair.h"

/* Accents and points, which NFKD has parted from their letters. */
static bool
is_accent(uint32_t c)
{
	return (c >= 0x300 && c <= 0x36F) || (c >= 0x591 && c <= 0x5C7 && c != 0x5BE) ||
		c == 0x640 || (c >= 0x64B && c <= 0x65F) || c == 0x670 ||
		(c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) ||
		(c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE00 && c <= 0xFE0F) ||
		(c >= 0xFE20 && c <= 0xFE2F);
}

/* A part of a word: everything but what is known to be a sign. */
static bool
is_word(uint32_t c)
{
	if (c < 0x80)
		return mml_repair_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	return !((c < 0xC0 && c != 0xAA && c != 0xB5 && c != 0xBA) || c == 0xD7 || c == 0xF7 ||
			 (c >= 0x2B9 && c <= 0x2FF) || c == 0x37E || c == 0x387 || c == 0x589 ||
			 c == 0x5BE || c == 0x60C || c == 0x61B || c == 0x61F || c == 0x6D4 ||
			 c == 0x964 || c == 0x965 || (c >= 0x2000 && c <= 0x20CF) ||
			 (c >= 0x2100 && c <= 0x2BFF) || (c >= 0x2E00 && c <= 0x2E7F) ||
			 (c >= 0x3000 && c <= 0x303F && c != 0x3005 && c != 0x3006 && c != 0x3007) ||
			 c == 0x30FB || (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xFE00 && c <= 0xFE6F) ||
			 (c >= 0xFF00 && c <= 0xFF65) || (c >= 0x1F000 && c <= 0x1FAFF) ||
			 mml_repair_is_space(c) || mml_repair_is_invisible(c));
}

/* A letter that decomposition leaves whole, in plain ones; or NULL. */
static const char *
spell_out(uint32_t c)
{
	switch (c)
	{
		case 0xDF:
			return "ss";
		case 0xE6:
			return "ae";
		case 0x153:
			return "oe";
		case 0xFE:
			return "th";
		case 0xF8:
			return "o";
		case 0xF0:
		case 0x111:
			return "d";
		case 0x142:
			return "l";
		case 0x127:
			return "h";
		case 0x131:
			return "i";
		case 0x167:
			return "t";
		default:
			return NULL;
	}
}

/* What of the structure a sign is: , ( ) : or a blank. */
static uint32_t
structure(size_t n, const uint32_t *title, size_t i)
{
	uint32_t	c = title[i];

	if (c == ',' || c == 0x3001 || c == 0x60C)
		return ',';
	if (c == '(' || c == '[' || c == '{' || c == 0x3010)
		return '(';
	if (c == ')' || c == ']' || c == '}' || c == 0x3011)
		return ')';
	if (c == ':' || c == ';' || c == '/' || c == '|' || (c >= 0x2012 && c <= 0x2015))
		return ':';
	if (c == '-' && i > 0 && i + 1 < n &&
		mml_repair_is_space(title[i - 1]) && mml_repair_is_space(title[i + 1]))
		return ':';
	return ' ';
}

/* A full stop of an acronym, between letters that stand alone: E.T. */
static bool
in_acronym(size_t n, const uint32_t *title, size_t i)
{
	return title[i] == '.' && i > 0 && is_word(title[i - 1]) &&
		(i < 2 || !is_word(title[i - 2])) && i + 1 < n && is_word(title[i + 1]) &&
		!mml_repair_is_digit(title[i + 1]) && (i + 2 == n || !is_word(title[i + 2]));
}

/*
 * An apostrophe: 0 where it is within a word, which closes over it, and a
 * blank behind an elided article, L'Avventura.
 */
static uint32_t
apostrophe(const uint32_t *title, size_t i)
{
	bool		elided = i > 0 && mml_repair_lower(title[i - 1]) == 'l' &&
		(i == 1 || !is_word(title[i - 2]));

	return elided ? ' ' : 0;
}

/* Whether a sign stands for "and". */
static bool
is_and(size_t n, const uint32_t *title, size_t i)
{
	return title[i] == '&' ||
		(title[i] == '+' && i > 0 && i + 1 < n &&
		 mml_repair_is_space(title[i - 1]) && mml_repair_is_space(title[i + 1]));
}

/*
 * The letters of a title in NFKD, and of its signs those that show its
 * structure.  letters has room for MML_REPAIR_KEY_GROWTH times n.  Returns how
 * many there are.
 */
size_t
mml_repair_title_letters(size_t n, const uint32_t *title, uint32_t *letters)
{
	size_t		count = 0;

	for (size_t i = 0; i < n; i++)
	{
		uint32_t	c = title[i];
		const char *plain = NULL;

		if ((i & 0xFFFFF) == 0)
			MML_CHECK();
		if (is_accent(c) || (mml_repair_is_invisible(c) && !mml_repair_is_space(c)) ||
			c == 0x200C || c == 0x200D || in_acronym(n, title, i))
			continue;
		if (is_word(c))
		{
			/* 8½ has been decomposed into 8 1 ⁄ 2 */
			if (i > 0 && i + 1 < n && title[i + 1] == 0x2044 && mml_repair_is_digit(title[i - 1]))
				letters[count++] = ' ';
			c = mml_repair_lower(c);
			plain = spell_out(c);
		}
		else if (is_and(n, title, i))
			plain = " and ";
		else if (c == '\'' || c == '`' || c == 0x2018 || c == 0x2019 || c == 0x2BC || c == 0x2032)
			c = apostrophe(title, i);
		else
			c = structure(n, title, i);
		for (; plain != NULL && *plain != '\0'; plain++)
			letters[count++] = (unsigned char) *plain;
		if (plain == NULL && c != 0)
			letters[count++] = c;
	}
	return count;
}
