/*-------------------------------------------------------------------------
 *
 * parse_number.c
 *	  The number that a dirty text states, or none.
 *
 * Film databases hold numbers as people and programs of many countries write
 * them: $56.7M, 1.234,50 €, (340), 3.5亿, '-'.  A text is read from its first
 * digit outwards:
 *
 *		text = affixes numeral [exponent] {scale numeral} [scale] affixes
 *
 * where affixes are a sign, a currency, a percent sign, parentheses; every
 * character must have its place, or there is no number.  So "about 5", "5-7"
 * and "5 stars" are none: what is told apart by nothing is not guessed.
 *
 * A numeral is groups of digits and the marks between them (decide_marks()).
 * What its marks mean is plain where there are two kinds of them, or one kind
 * twice; one mark before exactly three digits is decided by what stands
 * around it, or not at all (read_single_mark()).
 *
 * The answer is a decimal in digits, as exact as the text.  Cost: linear in
 * the text, times the words of the lists below.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <string.h>

#include "repair/number_words.h"
#include "repair/repair.h"

/* A numeral of more groups is none. */
#define MAX_GROUPS 128

#define ARABIC_DECIMAL 0x66B
#define ARABIC_GROUP 0x66C

/* What stands around the digits. */
typedef struct Number
{
	size_t		n;
	const uint32_t *chars;		/* (n) */
	size_t		at;				/* what is before it has been read */
	char		decimal_mark;	/* '.', ',' or 0: not stated */
	bool		negative;
	bool		signed_;		/* a sign or parentheses have been read */
	bool		open;			/* a parenthesis has */
	bool		currency;
	bool		currency_first;
	bool		percent;
	const MmlScaleWord *scale;
	char	   *digits;			/* (count) */
	size_t		count;
	size_t		fraction;		/* of them behind the decimal mark */
	int			exponent;
} Number;

/* Digits and the marks between them. */
typedef struct Numeral
{
	size_t		groups;			/* at least 1 */
	size_t		size[MAX_GROUPS];	/* digits in each; the first may have none */
	uint32_t	mark[MAX_GROUPS];	/* before each but the first */
	uint32_t	first_digit;
} Numeral;

/* The character at a place; 0 past the end. */
static uint32_t
peek(const Number *number, size_t ahead)
{
	return number->at + ahead < number->n ? number->chars[number->at + ahead] : 0;
}

/* Skip blanks. */
static void
skip_blanks(Number *number)
{
	while (peek(number, 0) == ' ')
		number->at++;
}

/* A currency, in signs or letters, with the full stop of an abbreviation. */
static bool
read_currency(Number *number)
{
	size_t		length = mml_repair_find_currency(number->n - number->at,
												  number->chars + number->at);

	if (length == 0 || number->currency)
		return false;
	number->at += length;
	if (peek(number, 0) == '.' && mml_repair_is_letter(number->chars[number->at - 1]))
		number->at++;
	number->currency = true;
	return true;
}

/* A sign, a parenthesis or a currency before the digits. */
static bool
read_prefix(Number *number)
{
	uint32_t	c = peek(number, 0);

	if (c == '(' || c == '-' || c == '+')
	{
		if (number->signed_)
			return false;
		number->signed_ = true;
		number->negative = c != '+';
		number->open = c == '(';
		number->at++;
		return true;
	}
	number->currency_first = read_currency(number);
	return number->currency_first;
}

/* A mark that may stand between digits. */
static bool
is_mark(uint32_t c)
{
	return c == '.' || c == ',' || c == ' ' || c == '\'' ||
		c == ARABIC_DECIMAL || c == ARABIC_GROUP;
}

/*
 * Read groups of digits, each mark directly before a digit.  The digits are
 * added to the number's, the groups described.
 */
static bool
read_groups(Number *number, Numeral *numeral)
{
	numeral->groups = 1;
	numeral->size[0] = 0;
	numeral->first_digit = peek(number, 0);
	for (;; number->at++)
	{
		uint32_t	c = peek(number, 0);

		if (mml_repair_is_digit(c))
		{
			number->digits[number->count++] = (char) c;
			numeral->size[numeral->groups - 1]++;
		}
		else if (is_mark(c) && mml_repair_is_digit(peek(number, 1)))
		{
			if (numeral->groups == MAX_GROUPS)
				return false;
			numeral->mark[numeral->groups] = c;
			numeral->size[numeral->groups++] = 0;
		}
		else
			return numeral->groups > 1 || numeral->size[0] > 0;
	}
}

/*
 * Whether the first groups are thousands: one to three digits without a
 * leading zero, then three each; or, with commas, two each and three at last.
 */
static bool
grouped(const Numeral *numeral, size_t groups)
{
	bool		western = numeral->size[0] >= 1 && numeral->size[0] <= 3;
	bool		indian = numeral->size[0] >= 1 && numeral->size[0] <= 2 && groups >= 3;

	for (size_t i = 1; i < groups; i++)
	{
		western = western && numeral->size[i] == 3;
		indian = indian && numeral->mark[i] == ',' &&
			numeral->size[i] == (i == groups - 1 ? 3 : 2);
	}
	return numeral->first_digit != '0' && (western || indian);
}

/*
 * A numeral with one mark, point or comma, which nobody has stated to be the
 * decimal one or the other.  Before one, two, four or more digits, or behind
 * a leading zero or four digits and more, it is decimal.  Before exactly three
 * digits a comma groups and a point is decimal, unless what stands around it
 * speaks for the other use: then there is no number.
 */
static bool
read_single_mark(const Number *number, const Numeral *numeral, bool *decimal)
{
	MmlMarkStyle style = number->scale ? number->scale->style : MML_MARKS_UNKNOWN;

	*decimal = true;
	if (!grouped(numeral, 2))
		return true;
	if (numeral->mark[1] == '.')
		return number->scale ? style != MML_MARKS_COMMA : !number->currency;
	*decimal = false;
	if (number->percent)
		return false;
	return number->scale == NULL || style == MML_MARKS_POINT || style == MML_MARKS_EAST ||
		(style == MML_MARKS_UNKNOWN && number->currency_first);
}

/* Decide which digits are behind the decimal mark; false: it cannot be told. */
static bool
decide_marks(Number *number, const Numeral *numeral)
{
	size_t		marks = numeral->groups - 1;
	uint32_t	last = marks > 0 ? numeral->mark[marks] : 0;
	bool		may_be_decimal = last == ARABIC_DECIMAL || (number->decimal_mark == 0 ?
															last == '.' || last == ',' :
															last == (unsigned char) number->decimal_mark);
	bool		decimal;

	if (marks == 0)
		return true;
	for (size_t i = 2; i < marks; i++)
		if (numeral->mark[i] != numeral->mark[1])
			return false;
	if (marks == 1)
	{
		decimal = may_be_decimal;
		if (decimal && number->decimal_mark == 0 && last != ARABIC_DECIMAL &&
			!read_single_mark(number, numeral, &decimal))
			return false;
	}
	else
		decimal = last != numeral->mark[1];
	if (decimal && !may_be_decimal)
		return false;
	for (size_t i = 1; i <= marks - decimal; i++)
		if (numeral->mark[i] == ARABIC_DECIMAL ||
			numeral->mark[i] == (unsigned char) number->decimal_mark)
			return false;
	if (decimal)
		number->fraction = numeral->size[marks];
	return marks == decimal || grouped(numeral, marks - decimal + 1);
}

/* The exponent of 12.2e9. */
static bool
read_exponent(Number *number)
{
	uint32_t	sign = peek(number, 1);
	size_t		skip = sign == '-' || sign == '+' ? 2 : 1;
	int			exponent = 0;

	if ((peek(number, 0) != 'e' && peek(number, 0) != 'E') ||
		!mml_repair_is_digit(peek(number, skip)))
		return true;
	number->at += skip;
	for (size_t i = 0; mml_repair_is_digit(peek(number, 0)); i++, number->at++)
	{
		if (i == 4)
			return false;
		exponent = exponent * 10 + (int) (peek(number, 0) - '0');
	}
	number->exponent = sign == '-' ? -exponent : exponent;
	return true;
}

/* A scale word; what it does is seen when all is read. */
static bool
read_scale(Number *number)
{
	size_t		length;
	const MmlScaleWord *scale = mml_repair_find_scale(number->n - number->at,
													  number->chars + number->at, &length);

	if (scale == NULL || number->scale != NULL || number->percent)
		return false;
	number->scale = scale;
	number->at += length;
	if (peek(number, 0) == '.' && mml_repair_is_letter(number->chars[number->at - 1]))
		number->at++;
	return true;
}

/*
 * 3億5000万: behind an East Asian scale come digits again, fewer than the
 * scale has zeros, and perhaps a smaller scale.  They are put in their places,
 * so that what was read stays an integer of the smallest scale.
 */
static bool
read_compound(Number *number, const Numeral *numeral)
{
	while (number->scale != NULL && number->scale->style == MML_MARKS_EAST)
	{
		int			zeros = number->scale->exponent;
		size_t		length;
		size_t		digits = 0;
		const MmlScaleWord *next;

		skip_blanks(number);
		while (mml_repair_is_digit(peek(number, digits)))
			digits++;
		if (digits == 0)
			return true;
		if (numeral->groups > 1 || number->exponent != 0)
			return false;
		number->at += digits;
		next = mml_repair_find_scale(number->n - number->at, number->chars + number->at, &length);
		if (next != NULL && next->style != MML_MARKS_EAST)
			return false;
		if (next != NULL)
			zeros -= next->exponent;
		if (zeros < (int) digits)
			return false;
		for (size_t i = digits; i < (size_t) zeros; i++)
			number->digits[number->count++] = '0';
		for (size_t i = 0; i < digits; i++)
			number->digits[number->count++] = (char) number->chars[number->at - digits + i];
		number->at += length;
		number->scale = next;
	}
	return true;
}

/* Something behind the digits. */
static bool
read_suffix(Number *number)
{
	uint32_t	c = peek(number, 0);

	if (c == ')' && number->open)
	{
		number->open = false;
		number->at++;
		return true;
	}
	if (c == '%' && !number->percent && number->scale == NULL && !number->currency)
	{
		number->percent = true;
		number->at++;
		return true;
	}
	return read_currency(number) || read_scale(number);
}

/* What may follow the last digit directly: 5. and 100,- and 340-. */
static bool
read_tail(Number *number)
{
	uint32_t	c = peek(number, 0);

	if (c == '.' && number->at + 1 == number->n)
		number->at++;
	else if ((c == '.' || c == ',') && (peek(number, 1) == '-' || peek(number, 1) == 0x2014))
	{
		number->at += 2;
		if (peek(number, 0) == '-')
			number->at++;
	}
	else if (c == '-')
	{
		if (number->signed_)
			return false;
		number->signed_ = number->negative = true;
		number->at++;
	}
	return true;
}

/*
 * Write the decimal: digits, then the exponent that puts the point in place.
 * Only such as float8 holds too, so that a cast never fails.
 */
static bool
write_decimal(const Number *number, char *decimal)
{
	const char *digits = number->digits;
	size_t		count = number->count;
	int			exponent = number->exponent - (int) number->fraction +
		(number->scale ? number->scale->exponent : 0);

	while (count > 1 && *digits == '0')
	{
		digits++;
		count--;
	}
	if (*digits == '0')
		exponent = MML_MAX(MML_MIN(exponent, 0), -300);
	else if (exponent + (int) count > 308 || exponent + (int) count < -306)
		return false;
	snprintf(decimal, MML_REPAIR_DECIMAL_BYTES, "%s%.*se%d",
			 number->negative && *digits != '0' ? "-" : "", (int) count, digits, exponent);
	return true;
}

/*
 * The number that a text states, as decimal digits with an exponent, in
 * MML_REPAIR_DECIMAL_BYTES bytes; false where it states none.  decimal_mark is
 * '.' or ',', or 0 where nobody has stated it.
 */
bool
mml_repair_number(size_t bytes, const char *utf8, char decimal_mark, char *decimal)
{
	uint32_t	chars[MML_REPAIR_NUMBER_BYTES];
	char		digits[MML_REPAIR_DECIMAL_BYTES + 64];
	Number		number = {.chars = chars,.decimal_mark = decimal_mark,.digits = digits};
	Numeral		numeral;

	if (!mml_repair_plain(bytes, utf8, MML_REPAIR_NUMBER_BYTES, &number.n, chars))
		return false;
	while (!mml_repair_is_digit(peek(&number, 0)) &&
		   !((peek(&number, 0) == '.' || peek(&number, 0) == ',') &&
			 mml_repair_is_digit(peek(&number, 1))))
	{
		if (!read_prefix(&number))
			return false;
		skip_blanks(&number);
	}
	if (!read_groups(&number, &numeral) || !read_exponent(&number) || !read_tail(&number))
		return false;
	for (;;)
	{
		bool		scaled = number.scale != NULL;

		skip_blanks(&number);
		if (number.at == number.n)
			break;
		if (!read_suffix(&number) ||
			(!scaled && number.scale != NULL && !read_compound(&number, &numeral)))
			return false;
	}
	if (number.open || (number.scale && number.scale->money && !number.currency) ||
		!decide_marks(&number, &numeral))
		return false;
	return write_decimal(&number, decimal);
}
