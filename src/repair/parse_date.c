/*-------------------------------------------------------------------------
 *
 * parse_date.c
 *	  The date that a dirty text states, or none.
 *
 * A text is taken apart into atoms, which are numbers and names of months, and
 * what stands between them.  Then one of a few shapes must fit:
 *
 *		D month Y, month D Y, Y month D		a month by its name
 *		Y年M月D日								parts by their units
 *		Y-M-D, D-M-Y, M-D-Y, YYYYMMDD		digits only
 *		month Y, Y-M, M-Y, Y				partial, where that is allowed
 *
 * A year has four digits, from 1000; so of three numbers a first one of four
 * digits is the year, and otherwise the order is what the caller has stated: a
 * day beyond 12 does not turn it round.  Two digits are a year only where the
 * caller says of which hundred years.  A weekday before, a time of day and a
 * country in parentheses behind are left out; anything else that is left over
 * means that there is no date.
 *
 * Cost: linear in the text, times the names of months.
 *
 *-------------------------------------------------------------------------
 */
#include "repair/repair.h"

#define MAX_ATOMS 3

/* What an atom is known to be. */
typedef enum Role
{
	ROLE_NUMBER,				/* not known */
	ROLE_YEAR,					/* has the unit 年 */
	ROLE_MONTH,					/* has the unit 月 */
	ROLE_DAY,					/* has the unit 日, or is an ordinal: 12th */
	ROLE_MONTH_NAME
} Role;

typedef struct Atom
{
	Role		role;
	int			value;
	size_t		digits;
	uint32_t	before;			/* the mark before it: - / . , or a blank */
} Atom;

typedef struct Reader
{
	size_t		n;
	const uint32_t *chars;		/* (n) in lower case */
	size_t		at;
	size_t		atoms;
	Atom		atom[MAX_ATOMS];
} Reader;

/*
 * English, German, French, Spanish, Italian, Portuguese, Dutch, Scandinavian,
 * Polish and Russian, in lower case; short forms too.
 */
static const char *const month_names[12] = {
	"january jan januar jän jänner janvier janv enero ene gennaio gen janeiro januari "
	"stycznia января янв",
	"february feb februar février fevrier févr fév febrero febbraio fevereiro fev februari "
	"lutego февраля фев",
	"march mar märz marz mär mars marzo março marco maart mrt marca марта мар",
	"april apr avril avr abril abr aprile kwietnia апреля апр",
	"may mai mayo maggio mag maio mei maj maja мая май",
	"june jun juni juin junio giugno giu junho czerwca июня июн",
	"july jul juli juillet juil julio luglio lug julho lipca июля июл",
	"august aug août aout agosto ago augustus augusti sierpnia августа авг",
	"september sep sept septembre septiembre setiembre settembre set setembro września "
	"сентября сен сент",
	"october oct oktober okt octobre octubre ottobre ott outubro out oktobra "
	"października октября окт",
	"november nov novembre noviembre novembro ноября ноя нояб",
	"december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro "
	"grudnia декабря дек"
};

static const char *const weekdays =
"monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs "
"fri sat sun montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag "
"lundi mardi mercredi jeudi vendredi samedi dimanche";

/* Words between the parts of a date. */
static const char *const fillers = "of the de del le г года";

/* The character at a place; 0 past the end. */
static uint32_t
peek(const Reader *reader, size_t ahead)
{
	return reader->at + ahead < reader->n ? reader->chars[reader->at + ahead] : 0;
}

/* Whether the text goes on with one of these words: its length, or 0. */
static size_t
match_list(const Reader *reader, const char *list)
{
	return mml_repair_match_list(reader->n - reader->at, reader->chars + reader->at, list, NULL);
}

/* A mark behind digits: what it says of them. */
static Role
read_unit(Reader *reader)
{
	static const struct
	{
		Role		role;
		const char *units;
	}			kinds[] = {{ROLE_YEAR, "年 년"}, {ROLE_MONTH, "月 월"}, {ROLE_DAY, "日 号 號 일"},
	{ROLE_DAY, "st nd rd th er"}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
	{
		size_t		length = match_list(reader, kinds[i].units);

		reader->at += length;
		if (length > 0)
			return kinds[i].role;
	}
	return ROLE_NUMBER;
}

/* The next atom. */
static bool
read_atom(Reader *reader, Atom *atom)
{
	if (mml_repair_is_digit(peek(reader, 0)))
	{
		for (; mml_repair_is_digit(peek(reader, 0)); reader->at++)
		{
			if (++atom->digits > 8)
				return false;
			atom->value = atom->value * 10 + (int) (peek(reader, 0) - '0');
		}
		atom->role = read_unit(reader);
		return true;
	}
	for (int month = 0; month < 12; month++)
	{
		size_t		length = match_list(reader, month_names[month]);

		if (length == 0)
			continue;
		reader->at += length;
		atom->role = ROLE_MONTH_NAME;
		atom->value = month + 1;
		return true;
	}
	return false;
}

/*
 * What stands between two atoms: one mark, with blanks around it, and words
 * that say nothing.  A comma may be a second mark: "Jun. 12, 1998".
 */
static bool
read_between(Reader *reader, uint32_t *mark)
{
	*mark = ' ';
	for (;;)
	{
		uint32_t	c = peek(reader, 0);
		size_t		length;

		if (c == ' ')
			reader->at++;
		else if ((c == '-' || c == '/' || c == '.' || c == ',') && (*mark == ' ' || c == ','))
		{
			if (*mark == ',')
				return false;
			*mark = c;
			reader->at++;
		}
		else if ((length = match_list(reader, fillers)) > 0)
			reader->at += length;
		else
			return true;
	}
}

/* Two digits of a time, below a limit. */
static bool
read_two(Reader *reader, uint32_t limit)
{
	uint32_t	tens = peek(reader, 0);
	uint32_t	ones = peek(reader, 1);

	if (!mml_repair_is_digit(tens) || !mml_repair_is_digit(ones) ||
		(tens - '0') * 10 + ones - '0' >= limit)
		return false;
	reader->at += 2;
	return true;
}

/* A time zone: Z, UTC, +02, -0330, +05:30 */
static bool
read_zone(Reader *reader)
{
	size_t		length = match_list(reader, "z utc gmt");

	reader->at += length;
	if (length > 0 || (peek(reader, 0) != '+' && peek(reader, 0) != '-'))
		return true;
	reader->at++;
	if (!read_two(reader, 24))
		return false;
	if (peek(reader, 0) == ':')
		reader->at++;
	else if (!mml_repair_is_digit(peek(reader, 0)))
		return true;
	return read_two(reader, 60);
}

/* A time of day, to the end of the text. */
static bool
read_time(Reader *reader)
{
	if (peek(reader, 0) == 't' || peek(reader, 0) == ' ')
		reader->at++;
	if (peek(reader, 1) == ':')
		reader->at++;			/* one digit of an hour */
	else if (!read_two(reader, 25))
		return false;
	for (int i = 0; i < 2 && peek(reader, 0) == ':'; i++)
	{
		reader->at++;
		if (!read_two(reader, 61))
			return false;
	}
	if (peek(reader, 0) == '.' || peek(reader, 0) == ',')
		do
			reader->at++;
		while (mml_repair_is_digit(peek(reader, 0)));
	reader->at += peek(reader, 0) == ' ';
	reader->at += match_list(reader, "am pm");
	return read_zone(reader) && reader->at == reader->n;
}

/* Whether a time of day follows the date here. */
static bool
time_follows(const Reader *reader)
{
	uint32_t	c = peek(reader, 0);

	return (c == 't' || c == ' ') && mml_repair_is_digit(peek(reader, 1)) &&
		(peek(reader, 2) == ':' || (mml_repair_is_digit(peek(reader, 2)) && peek(reader, 3) == ':'));
}

/* Cut a last parenthesis without digits: 12 June 1998 (USA). */
static void
cut_parenthesis(Reader *reader)
{
	size_t		i = reader->n;

	if (i == 0 || reader->chars[i - 1] != ')')
		return;
	while (i > 0 && reader->chars[i - 1] != '(')
		if (mml_repair_is_digit(reader->chars[--i]))
			return;
	if (i < 2)
		return;
	reader->n = i - 1;
	if (reader->chars[reader->n - 1] == ' ')
		reader->n--;
}

/* Take the text apart into atoms. */
static bool
read_atoms(Reader *reader)
{
	size_t		weekday = match_list(reader, weekdays);
	uint32_t	mark = ' ';

	if (weekday > 0)
	{
		reader->at += weekday;
		if (!read_between(reader, &mark) || mark == '-' || mark == '/')
			return false;
	}
	else if (!read_between(reader, &mark) || mark != ' ')
		return false;
	for (;;)
	{
		Atom	   *atom = &reader->atom[reader->atoms];

		if (reader->atoms == MAX_ATOMS || !read_atom(reader, atom))
			return false;
		atom->before = mark;
		reader->atoms++;
		if (time_follows(reader))
			return read_time(reader);
		if (reader->at < reader->n && !read_between(reader, &mark))
			return false;
		if (reader->at == reader->n)
			return mark == ' ' || mark == '.' || reader->chars[reader->n - 1] != mark;
	}
}

/* Days of a month; 0 of none. */
static int
days_of(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month < 1 || month > 12)
		return 0;
	return days[month - 1] +
		(month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/* The year that an atom is. */
static bool
read_year(const Atom *atom, const MmlDateRules *rules, int *year)
{
	*year = atom->value;
	if (atom->digits == 2 && rules->years_from > 0)
	{
		*year += rules->years_from / 100 * 100;
		*year += *year < rules->years_from ? 100 : 0;
	}
	else if (atom->digits != 4)
		return false;
	return (atom->role == ROLE_NUMBER || atom->role == ROLE_YEAR) &&
		*year >= 1000 && *year <= 9999;
}

/*
 * Put the parts together.  A month or day that is absent, or zero as MySQL
 * writes it, makes the date partial.
 */
static bool
make_date(const Atom *year, const Atom *month, const Atom *day,
		  const MmlDateRules *rules, MmlDate *date)
{
	bool		no_month = month == NULL || (month->value == 0 && month->digits > 0);
	bool		no_day = day == NULL || day->value == 0;

	if (!read_year(year, rules, &date->year))
		return false;
	if ((no_month || no_day) && (!rules->partial || !no_day))
		return false;
	if (month != NULL && (month->digits > 2 || month->role == ROLE_YEAR || month->role == ROLE_DAY))
		return false;
	if (day != NULL && (day->digits > 2 || (day->role != ROLE_NUMBER && day->role != ROLE_DAY)))
		return false;
	date->month = no_month ? 1 : month->value;
	date->day = no_day ? 1 : day->value;
	return date->day >= 1 && date->day <= days_of(date->year, date->month);
}

/* Eight digits: the year, the month, the day. */
static bool
make_compact(int value, const MmlDateRules *rules, MmlDate *date)
{
	Atom		year = {.value = value / 10000,.digits = 4};
	Atom		month = {.value = value / 100 % 100,.digits = 2};
	Atom		day = {.value = value % 100,.digits = 2};

	return year.value >= 1800 && year.value < 2200 &&
		make_date(&year, &month, &day, rules, date);
}

/* One or two atoms: a year, a year and a month, or eight digits. */
static bool
make_partial(const Reader *reader, const MmlDateRules *rules, MmlDate *date)
{
	const Atom *a = reader->atom;

	if (reader->atoms == 1)
	{
		if (a->digits == 8 && a->role == ROLE_NUMBER)
			return make_compact(a->value, rules, date);
		return a->digits == 4 && make_date(a, NULL, NULL, rules, date);
	}
	if (a[0].digits == 4)
		return make_date(&a[0], &a[1], NULL, rules, date);
	return a[1].digits == 4 && make_date(&a[1], &a[0], NULL, rules, date);
}

/* Three atoms in the order that their shape or the caller says. */
static bool
make_full(const Reader *reader, const MmlDateRules *rules, MmlDate *date)
{
	const Atom *a = reader->atom;
	MmlDateOrder order = rules->order;

	if (a[1].role == ROLE_MONTH_NAME)
		order = a[0].digits == 4 ? MML_DATE_YMD : MML_DATE_DMY;
	else if (a[0].role == ROLE_MONTH_NAME)
		order = MML_DATE_MDY;
	else if (a[0].digits == 4)
		order = MML_DATE_YMD;
	if (a[0].role == ROLE_NUMBER && a[1].role == ROLE_NUMBER && a[1].before != a[2].before)
		return false;
	switch (order)
	{
		case MML_DATE_YMD:
			return make_date(&a[0], &a[1], &a[2], rules, date);
		case MML_DATE_DMY:
			return make_date(&a[2], &a[1], &a[0], rules, date);
		default:
			return make_date(&a[2], &a[0], &a[1], rules, date);
	}
}

/* The date that a text states under these rules; false where it states none. */
bool
mml_repair_date(size_t bytes, const char *utf8, const MmlDateRules *rules,
				MmlDate *date)
{
	uint32_t	chars[MML_REPAIR_DATE_BYTES];
	Reader		reader = {.chars = chars};

	if (!mml_repair_plain(bytes, utf8, MML_REPAIR_DATE_BYTES, &reader.n, chars))
		return false;
	for (size_t i = 0; i < reader.n; i++)
		chars[i] = mml_repair_lower(chars[i]);
	cut_parenthesis(&reader);
	if (!read_atoms(&reader))
		return false;
	return reader.atoms == 3 ? make_full(&reader, rules, date) :
		make_partial(&reader, rules, date);
}
