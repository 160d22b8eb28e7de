/*-------------------------------------------------------------------------
 *
 * clean_text.c
 *	  Texts that went through the wrong hands: UTF-8 that was read as
 *	  Windows-1252 or Latin-1 and encoded again, and characters that cannot be
 *	  seen.
 *
 * "Amélie" in UTF-8, read as Windows-1252, is "AmÃ©lie".  Each run of
 * characters that would be the bytes of one character in UTF-8 is put back
 * (sequence()), so that a text of which a part is beyond repair gets the rest
 * repaired.  The method follows Speer, "ftfy" (2019), with its question: is
 * the run plausible as it stands?  Runs are read for the scripts that
 * catalogues have, and one that could end a word (a letter, then a quotation
 * mark, a dash, a no-break space) is left alone unless its neighbours show
 * that it is none (plausible()).  "É…" and "café »" stay as they are.
 *
 * Cost: linear.
 *
 *-------------------------------------------------------------------------
 */
#include "repair/repair.h"

/* What Windows-1252 has at 0x80 .. 0x9F; 0 where it has nothing. */
static const uint16_t windows[32] = {
	0x20AC, 0, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0, 0x17D, 0,
	0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0, 0x17E, 0x178
};

/* What stands around a run. */
typedef struct Neighbours
{
	uint32_t	before;			/* 0 at the start of the text */
	uint32_t	after;			/* 0 at its end */
	bool		company;		/* the run before has been repaired, or one
								 * follows at once */
} Neighbours;

/* The byte that a character is in Windows-1252 or Latin-1; 256: none. */
static uint32_t
byte_of(uint32_t c)
{
	if (c < 0x100)
		return c;
	for (uint32_t i = 0; i < 32; i++)
		if (windows[i] == c)
			return 0x80 + i;
	return 256;
}

/* A byte that follows another in UTF-8. */
static bool
is_trail(uint32_t byte)
{
	return byte >= 0x80 && byte < 0xC0;
}

/*
 * Whether a character may stand behind a word in sound text: quotation marks,
 * dashes, dots, signs and the no-break space.
 */
static bool
may_end_word(uint32_t byte)
{
	switch (byte)
	{
		case 0x80:				/* the euro, ƒ, ˆ, Š, Œ, Ž, ˜, š, œ,
								 * ž, Ÿ, and */
		case 0x81:				/* what Windows-1252 has not */
		case 0x83:
		case 0x88:
		case 0x8A:
		case 0x8C:
		case 0x8D:
		case 0x8E:
		case 0x8F:
		case 0x90:
		case 0x98:
		case 0x9A:
		case 0x9C:
		case 0x9D:
		case 0x9E:
		case 0x9F:
		case 0xA1:				/* ¡ ¢ £ ¤ ¥ ¦ ¨ © ¬ SHY ¯ ± ¶ ¸ ¼ ½ ¾ ¿ */
		case 0xA2:
		case 0xA3:
		case 0xA4:
		case 0xA5:
		case 0xA6:
		case 0xA8:
		case 0xA9:
		case 0xAC:
		case 0xAD:
		case 0xAF:
		case 0xB1:
		case 0xB6:
		case 0xB8:
		case 0xBC:
		case 0xBD:
		case 0xBE:
		case 0xBF:
			return false;
		default:
			return true;
	}
}

/*
 * How many characters here are the bytes of one character, and which; 0 where
 * they are not, or where that one is of no script that is looked for.
 */
static size_t
sequence(size_t n, const uint32_t *text, uint32_t *c)
{
	uint32_t	byte[4] = {byte_of(text[0])};
	size_t		length = byte[0] < 0xC2 ? 0 : byte[0] < 0xE0 ? 2 : byte[0] < 0xF0 ? 3 : byte[0] < 0xF5 ? 4 : 0;

	if (length == 0 || length > n || text[0] != byte[0])
		return 0;
	*c = byte[0] & (0x7Fu >> length);
	for (size_t i = 1; i < length; i++)
	{
		byte[i] = byte_of(text[i]);
		if (!is_trail(byte[i]))
			return 0;
		*c = *c << 6 | (byte[i] & 0x3F);
	}
	switch (length)
	{
		case 2:					/* Latin, Greek, Cyrillic, Hebrew, Arabic */
			return (*c >= 0xA0 && *c < 0x180) || (*c >= 0x380 && *c < 0x480) ||
				(*c >= 0x5C0 && *c < 0x680) ? 2 : 0;
		case 3:					/* Indic to Georgian, Vietnamese, punctuation,
								 * Chinese, Japanese, Korean, full width */
			return (*c >= 0x900 && *c < 0x1100) || (*c >= 0x1E00 && *c < 0xD7A4) ||
				(*c >= 0xF900 && *c < 0xFFFE) ? 3 : 0;
		default:				/* emoji */
			return *c >= 0x1F000 && *c < 0x1FB00 ? 4 : 0;
	}
}

/* Whether a run of so many characters is damage, not text. */
static bool
plausible(size_t length, const uint32_t *text, const Neighbours *around)
{
	uint32_t	before = around->before;
	bool		capital = mml_repair_is_letter(before) && mml_repair_lower(before) != before;

	if (around->company)
		return true;
	for (size_t i = 1; i < length; i++)
		if (!may_end_word(byte_of(text[i])))
			return true;
	if (length > 2)
		return false;
	/* what leads two bytes is a capital, which follows no small letter */
	if (mml_repair_is_letter(before) && !capital)
		return true;
	if (mml_repair_is_letter(around->after) && byte_of(text[1]) != 0x92)
		return true;
	return !mml_repair_is_letter(before) && (text[0] == 0xC2 || text[0] == 0xC3);
}

/*
 * Put characters back together that were encoded twice, in place; returns the
 * new length.  A text that was encoded three times needs two calls.
 */
size_t
mml_repair_mojibake(size_t n, uint32_t *text)
{
	Neighbours	around = {0};
	bool		repaired = false;
	size_t		count = 0;

	for (size_t i = 0; i < n;)
	{
		uint32_t	c;
		uint32_t	next;
		size_t		length = text[i] < 0xC2 ? 0 : sequence(n - i, text + i, &c);

		if (length > 0)
		{
			size_t		rest = n - i - length;

			around.after = rest > 0 ? text[i + length] : 0;
			around.company = repaired ||
				(rest > 0 && sequence(rest, text + i + length, &next) > 0);
			repaired = plausible(length, text + i, &around);
		}
		else
			repaired = false;
		around.before = repaired ? c : text[i];
		text[count++] = around.before;
		i += repaired ? length : 1;
		if ((i & 0xFFFFF) == 0)
			MML_CHECK();
	}
	return count;
}

/* A zero-width joiner or non-joiner that joins letters it is meant for. */
static bool
joins(size_t n, const uint32_t *text, size_t i)
{
	return (text[i] == 0x200C || text[i] == 0x200D) && i > 0 && i + 1 < n &&
		text[i - 1] >= 0x600 && text[i + 1] >= 0x600 &&
		!mml_repair_is_space(text[i - 1]) && !mml_repair_is_space(text[i + 1]);
}

/*
 * White space becomes single blanks, none at the ends; controls and what has no
 * width go.  In place; returns the new length.
 */
size_t
mml_repair_spaces(size_t n, uint32_t *text)
{
	size_t		count = 0;

	for (size_t i = 0; i < n; i++)
	{
		uint32_t	c = text[i];

		if (mml_repair_is_space(c))
			c = ' ';
		else if (mml_repair_is_invisible(c) ||
				 ((c == 0x200C || c == 0x200D) && !joins(n, text, i)))
			continue;
		if (c == ' ' && (count == 0 || text[count - 1] == ' '))
			continue;
		text[count++] = c;
		if ((i & 0xFFFFF) == 0)
			MML_CHECK();
	}
	if (count > 0 && text[count - 1] == ' ')
		count--;
	return count;
}
