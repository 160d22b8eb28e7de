/*-------------------------------------------------------------------------
 *
 * characters.c
 *	  What the repairing functions must know of Unicode: UTF-8, lower case,
 *	  spaces, digits, letters.
 *
 * The answers may not depend on the locale of a database, since the functions
 * are IMMUTABLE and their results are stored in indexes; hence no towlower().
 * PostgreSQL has its own tables of normalisation, which decompose what has an
 * accent; what is left of upper and lower case then fits in one table of
 * ranges.  Source: Unicode Character Database 15, UnicodeData.txt, simple
 * lower-case mappings of the scripts that are in use; Cherokee, Deseret and
 * their like keep their case.
 *
 * Cost: linear in the text.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "repair/repair.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

/* Capitals first .. last, of which each step-th becomes lower by adding. */
typedef struct CaseRange
{
	uint32_t	first;
	uint32_t	last;
	uint32_t	step;
	int32_t		add;
} CaseRange;

static const CaseRange case_ranges[] = {
	{0x41, 0x5A, 1, 32}, {0xC0, 0xD6, 1, 32}, {0xD8, 0xDE, 1, 32},
	{0x100, 0x12E, 2, 1}, {0x130, 0x130, 1, -199}, {0x132, 0x136, 2, 1},
	{0x139, 0x147, 2, 1}, {0x14A, 0x176, 2, 1}, {0x178, 0x178, 1, -121},
	{0x179, 0x17D, 2, 1}, {0x181, 0x181, 1, 210}, {0x182, 0x184, 2, 1},
	{0x186, 0x186, 1, 206}, {0x187, 0x187, 1, 1}, {0x189, 0x18A, 1, 205}, {0x18E, 0x18E, 1, 79}, {0x18F, 0x18F, 1, 202},
	{0x190, 0x190, 1, 203}, {0x191, 0x191, 1, 1}, {0x193, 0x193, 1, 205},
	{0x194, 0x194, 1, 207}, {0x196, 0x196, 1, 211}, {0x197, 0x197, 1, 209},
	{0x198, 0x198, 1, 1}, {0x19D, 0x19D, 1, 213}, {0x1A0, 0x1A4, 2, 1},
	{0x1AF, 0x1AF, 1, 1}, {0x1B2, 0x1B2, 1, 217}, {0x1B3, 0x1B5, 2, 1},
	{0x1B7, 0x1B7, 1, 219}, {0x1CD, 0x1DB, 2, 1}, {0x1DE, 0x1EE, 2, 1},
	{0x1F4, 0x1F4, 1, 1}, {0x1F8, 0x21E, 2, 1}, {0x222, 0x232, 2, 1},
	{0x23B, 0x23B, 1, 1}, {0x246, 0x24E, 2, 1}, {0x386, 0x386, 1, 38},
	{0x388, 0x38A, 1, 37}, {0x38C, 0x38C, 1, 64}, {0x38E, 0x38F, 1, 63},
	{0x391, 0x3A1, 1, 32}, {0x3A3, 0x3AB, 1, 32}, {0x3C2, 0x3C2, 1, 1},
	{0x3D8, 0x3EE, 2, 1}, {0x400, 0x40F, 1, 80}, {0x410, 0x42F, 1, 32},
	{0x460, 0x480, 2, 1}, {0x48A, 0x4BE, 2, 1}, {0x4C0, 0x4C0, 1, 15},
	{0x4C1, 0x4CD, 2, 1}, {0x4D0, 0x52E, 2, 1}, {0x531, 0x556, 1, 48},
	{0x10A0, 0x10C5, 1, 7264}, {0x1C90, 0x1CBA, 1, -3008},
	{0x1CBD, 0x1CBF, 1, -3008}, {0x1E00, 0x1E94, 2, 1}, {0x1E9E, 0x1E9E, 1, -7615},
	{0x1EA0, 0x1EFE, 2, 1}, {0x2C00, 0x2C2F, 1, 48}, {0x2C60, 0x2C60, 1, 1},
	{0x2C80, 0x2CE2, 2, 1}, {0xA640, 0xA66C, 2, 1}, {0xFF21, 0xFF3A, 1, 32},
};

/* The zeros of decimal digits; the other nine follow each. */
static const uint32_t zeros[] = {
	0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6,
	0xD66, 0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x17E0, 0x1810, 0xFF10
};

/*
 * Decode UTF-8 into n code points; chars has room for as many as there are
 * bytes.  False where it is not UTF-8.
 */
bool
mml_repair_decode(size_t bytes, const char *utf8, size_t *n, uint32_t *chars)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	size_t		count = 0;

	for (size_t i = 0; i < bytes;)
	{
		unsigned char byte = (unsigned char) utf8[i++];
		size_t		more = byte < 0x80 ? 0 : byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
		uint32_t	c = more == 0 ? byte : byte & (0x3Fu >> more);

		if ((byte >= 0x80 && byte < 0xC2) || byte > 0xF4 || more > bytes - i)
			return false;
		for (size_t k = 0; k < more; k++)
		{
			unsigned char next = (unsigned char) utf8[i++];

			if ((next & 0xC0) != 0x80)
				return false;
			c = c << 6 | (next & 0x3F);
		}
		if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
			return false;
		chars[count++] = c;
	}
	*n = count;
	return true;
}

/* Encode n code points; utf8 has room for 4n bytes.  Returns the bytes used. */
size_t
mml_repair_encode(size_t n, const uint32_t *chars, char *utf8)
{
	char	   *out = utf8;

	for (size_t i = 0; i < n; i++)
	{
		uint32_t	c = chars[i];

		if (c < 0x80)
			*out++ = (char) c;
		else if (c < 0x800)
		{
			*out++ = (char) (0xC0 | c >> 6);
			*out++ = (char) (0x80 | (c & 0x3F));
		}
		else if (c < 0x10000)
		{
			*out++ = (char) (0xE0 | c >> 12);
			*out++ = (char) (0x80 | (c >> 6 & 0x3F));
			*out++ = (char) (0x80 | (c & 0x3F));
		}
		else
		{
			*out++ = (char) (0xF0 | c >> 18);
			*out++ = (char) (0x80 | (c >> 12 & 0x3F));
			*out++ = (char) (0x80 | (c >> 6 & 0x3F));
			*out++ = (char) (0x80 | (c & 0x3F));
		}
	}
	return (size_t) (out - utf8);
}

/* The lower case of a character, one for one. */
uint32_t
mml_repair_lower(uint32_t c)
{
	size_t		low = 0;
	size_t		high = LENGTH(case_ranges);

	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	while (low < high)
	{
		size_t		middle = (low + high) / 2;
		const CaseRange *range = &case_ranges[middle];

		if (c > range->last)
			low = middle + 1;
		else if (c < range->first)
			high = middle;
		else
			return (c - range->first) % range->step == 0 ? (uint32_t) ((int32_t) c + range->add) : c;
	}
	return c;
}

/* White space of every width, and the ends of lines and paragraphs. */
bool
mml_repair_is_space(uint32_t c)
{
	return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 ||
		c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
		c == 0x202F || c == 0x205F || c == 0x3000;
}

/*
 * What is not seen and carries no meaning: controls, soft hyphens, zero-width
 * spaces, marks of direction, byte order marks, noncharacters.  Zero-width
 * joiner and non-joiner are letters' business in Persian, Indic scripts and
 * emoji: clean_text decides over those.
 */
bool
mml_repair_is_invisible(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E ||
		c == 0x200B || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
		(c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
		(c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
}

/* A digit of ASCII. */
bool
mml_repair_is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

/* A letter of an alphabet: scripts that are written without spaces are none. */
bool
mml_repair_is_letter(uint32_t c)
{
	c = mml_repair_lower(c);
	return (c >= 'a' && c <= 'z') || c == 0xAA || c == 0xB5 || c == 0xBA ||
		(c >= 0xDF && c < 0x2000 && c != 0xF7 &&
		 !(c >= 0x2B0 && c <= 0x36F) && !(c >= 0x660 && c <= 0x66D));
}

/* A character of a number or date in its plainest form; 0: it is to be left out. */
static uint32_t
plain(uint32_t c)
{
	if (c < 0x80)
		return mml_repair_is_space(c) ? ' ' : c;
	if (c >= 0xFF01 && c <= 0xFF5E)
		return c - 0xFEE0;
	if (mml_repair_is_space(c))
		return ' ';
	if (mml_repair_is_invisible(c))
		return 0;
	for (size_t i = 0; i < LENGTH(zeros); i++)
		if (c >= zeros[i] && c < zeros[i] + 10)
			return '0' + (c - zeros[i]);
	switch (c)
	{
		case 0x2010:			/* hyphens */
		case 0x2011:
		case 0x2012:
		case 0x2013:
		case 0x2212:			/* minus */
		case 0xFE63:
			return '-';
		case 0x2018:			/* apostrophes */
		case 0x2019:
		case 0x2BC:
		case 0xB4:
			return '\'';
		case 0xFFE5:
			return 0xA5;
		case 0xFFE1:
			return 0xA3;
		case 0xFFE6:
			return 0x20A9;
		case 0xFE69:
			return '$';
		case 0x66A:
			return '%';
		default:
			return c;
	}
}

/*
 * Decode a number or a date: digits of every script and full-width signs in
 * ASCII, white space as single blanks, none at the ends.  (NFKC would make 52
 * of 5², and with it a wrong number of a footnote.)  False where it is not
 * UTF-8, has no character, or more bytes than the capacity of chars.
 */
bool
mml_repair_plain(size_t bytes, const char *utf8, size_t capacity, size_t *n,
				 uint32_t *chars)
{
	size_t		decoded;
	size_t		count = 0;

	if (bytes > capacity || !mml_repair_decode(bytes, utf8, &decoded, chars))
		return false;
	for (size_t i = 0; i < decoded; i++)
	{
		uint32_t	c = plain(chars[i]);

		if (c == 0 || (c == ' ' && (count == 0 || chars[count - 1] == ' ')))
			continue;
		chars[count++] = c;
	}
	if (count > 0 && chars[count - 1] == ' ')
		count--;
	*n = count;
	return count > 0;
}

/* A character of UTF-8 of ours, which is sound; word moves on behind it. */
static uint32_t
next_of(const char **word)
{
	uint32_t	c = (unsigned char) *(*word)++;

	if (c < 0x80)
		return c;
	c &= c < 0xE0 ? 0x1F : c < 0xF0 ? 0x0F : 0x07;
	while (((unsigned char) **word & 0xC0) == 0x80)
		c = c << 6 | ((unsigned char) *(*word)++ & 0x3F);
	return c;
}

/* Whether a text begins with the word of so many bytes, which ends there. */
static size_t
match(size_t n, const uint32_t *chars, size_t bytes, const char *word, bool exact)
{
	const char *end = word + bytes;
	size_t		count = 0;

	while (word < end)
	{
		if (count == n || (exact ? chars[count] : mml_repair_lower(chars[count])) != next_of(&word))
			return 0;
		count++;
	}
	if (count > 0 && count < n && mml_repair_is_letter(chars[count - 1]) &&
		mml_repair_is_letter(chars[count]))
		return 0;
	return count;
}

/*
 * Whether a text begins with a word (of UTF-8, in lower case unless exact)
 * that ends there: how many characters it has, or 0.
 */
size_t
mml_repair_match(size_t n, const uint32_t *chars, const char *word, bool exact)
{
	uint32_t	first = (unsigned char) *word;

	if (n == 0 || (first < 0x80 ? first != (exact ? chars[0] : mml_repair_lower(chars[0])) : chars[0] < 0x80))
		return 0;
	return match(n, chars, strlen(word), word, exact);
}

/*
 * Whether a text begins with one of the words of a list, which blanks part:
 * how many characters that has, or 0.  Where place is given, it gets which.
 */
size_t
mml_repair_match_list(size_t n, const uint32_t *chars, const char *list, size_t *place)
{
	for (size_t i = 0; *list != '\0'; i++)
	{
		size_t		bytes = strcspn(list, " ");
		size_t		found = match(n, chars, bytes, list, true);

		if (found > 0)
		{
			if (place != NULL)
				*place = i;
			return found;
		}
		list += bytes;
		list += *list == ' ';
	}
	return 0;
}
