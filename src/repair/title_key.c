/*-------------------------------------------------------------------------
 *
 * title_key.c
 *	  What two catalogues have in common of a title: a key to join by.
 *
 * In two steps.  The caller gives the title decomposed (NFKD);
 * mml_repair_title_letters() takes from it accents, case, ligatures and
 * punctuation, of which it leaves what the second step needs to see the
 * structure: commas, parentheses, colons (title_letters.c).  The caller
 * composes it (NFC), so that Korean and Japanese are as usual;
 * mml_repair_title_key() then takes off the end what is no part of the title (a
 * year in parentheses, a season), brings an article back from behind its
 * comma, and drops it where it can only be an article.
 *
 * Whatever is taken off, something is left.  Cost: linear, times the words of
 * the lists for the last words.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "repair/repair.h"

/* Articles that are dropped at the front.  Not die, i, o, as: Die Hard. */
static const char *const front_articles =
"the a an der das le la les l el los las il lo gli un une una ein eine het det den";

/* Articles that are known behind a comma. */
static const char *const tail_articles =
"the a an der die das ein eine le la les l un une des el los las una il lo gli i uno "
"o os as um uma de het een den det en ett";

/* Words in a last parenthesis that are no part of a title, besides years. */
static const char *const kinds =
"film movie tv series serie miniseries mini show short video documentary telefilm fernsehserie "
"film. v vg anime i ii iii iv";

static const char *const season_words =
"season series saison staffel temporada stagione sezon sezona seizoen sasong sesong kausi сезон";

static const char *const numerals =
"one two three four five six seven eight nine ten eleven twelve";

static const char *const romans = "i ii iii iv v vi vii viii ix x xi xii";

static const char *const ordinals =
"first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth";

static const char *const chinese = "一 二 三 四 五 六 七 八 九";

/* Whether a whole word is in a list. */
static bool
in_list(size_t n, const uint32_t *word, const char *list, size_t *place)
{
	return n > 0 && mml_repair_match_list(n, word, list, place) == n;
}

/* What parts words in letters. */
static bool
is_break(uint32_t c)
{
	return c == ' ' || c == ',' || c == '(' || c == ')' || c == ':';
}

/* Where the text before end ends without its last breaks. */
static size_t
trim(const uint32_t *text, size_t end)
{
	while (end > 0 && is_break(text[end - 1]) && text[end - 1] != '(' && text[end - 1] != ')')
		end--;
	return end;
}

/* Where the word begins that ends at end. */
static size_t
word_start(const uint32_t *text, size_t end)
{
	while (end > 0 && !is_break(text[end - 1]))
		end--;
	return end;
}

/* A number of one or two digits, ten to twelve by word; 0: none. */
static size_t
count_of(size_t n, const uint32_t *word, bool romans_too)
{
	size_t		place;

	if (n >= 1 && n <= 2 && mml_repair_is_digit(word[0]) && mml_repair_is_digit(word[n - 1]))
		return n == 1 ? word[0] - '0' : (word[0] - '0') * 10 + word[1] - '0';
	if (in_list(n, word, numerals, &place) || (romans_too && in_list(n, word, romans, &place)))
		return place + 1;
	return 0;
}

/* An ordinal: second, 2nd, 2e, 2a; or bare digits, of "2. Staffel". */
static size_t
ordinal_of(size_t n, const uint32_t *word, bool bare)
{
	size_t		digits = 0;
	size_t		place;

	if (in_list(n, word, ordinals, &place))
		return place + 1;
	while (digits < n && mml_repair_is_digit(word[digits]))
		digits++;
	if (digits == 0 || (digits < n ? !in_list(n - digits, word + digits, "st nd rd th e eme a", NULL) : !bare))
		return 0;
	return count_of(digits, word, false);
}

/* 第二季, 第2期 at the end of text: its number, and where it begins. */
static size_t
chinese_season(const uint32_t *text, size_t end, size_t *start)
{
	size_t		number = 0;
	size_t		i = end;
	size_t		place;
	size_t		unit = 1;

	if (end < 3 || (text[end - 1] != 0x5B63 && text[end - 1] != 0x671F))
		return 0;
	for (i--; i > 0 && end - i < 5 && text[i - 1] != 0x7B2C; i--)
	{
		if (mml_repair_is_digit(text[i - 1]))
		{
			number += (text[i - 1] - '0') * unit;
			unit *= 10;
		}
		else if (text[i - 1] == 0x5341) /* ten, perhaps of several */
		{
			number += i < 2 || text[i - 2] == 0x7B2C ? 10 : 0;
			unit = 10;
		}
		else if (in_list(1, &text[i - 1], chinese, &place))
			number += (place + 1) * unit;
		else
			return 0;
	}
	if (i == 0 || text[i - 1] != 0x7B2C)
		return 0;
	*start = i - 1;
	return number;
}

/* シーズン2, 시즌 2 at the end of text. */
static size_t
eastern_season(const uint32_t *text, size_t end, size_t *start)
{
	static const uint32_t japanese[] = {0x30B7, 0x30FC, 0x30BA, 0x30F3};
	static const uint32_t korean[] = {0xC2DC, 0xC98C};
	size_t		digits = end;
	size_t		i;

	while (digits > 0 && end - digits < 3 && mml_repair_is_digit(text[digits - 1]))
		digits--;
	i = digits > 0 && text[digits - 1] == ' ' ? digits - 1 : digits;
	if (i >= 4 && memcmp(text + i - 4, japanese, sizeof(japanese)) == 0)
		*start = i - 4;
	else if (i >= 2 && memcmp(text + i - 2, korean, sizeof(korean)) == 0)
		*start = i - 2;
	else
		return 0;
	return count_of(end - digits, text + digits, false);
}

/*
 * A season at the end of text: its number, and where it begins; 0: none.
 * Season 2, season two, second season, 2. Staffel, S02, 第二季.
 */
static size_t
season_at(const uint32_t *text, size_t end, size_t *start)
{
	size_t		last = word_start(text, end);
	size_t		before_end = trim(text, last);
	size_t		before = word_start(text, before_end);
	size_t		number = chinese_season(text, end, start);
	size_t		place;

	if (number == 0)
		number = eastern_season(text, end, start);
	if (number > 0)
		return number;
	*start = before;
	if (in_list(before_end - before, text + before, season_words, NULL) &&
		(number = count_of(end - last, text + last, true)) > 0)
		return number;
	if (in_list(end - last, text + last, season_words, &place))
	{
		number = ordinal_of(before_end - before, text + before, place > 1);
		for (int i = 0; number > 0 && i < 2; i++)
		{
			size_t		word_end = trim(text, *start);
			size_t		word = word_start(text, word_end);

			if (!in_list(word_end - word, text + word, i == 0 ? "complete" : "the", NULL))
				break;
			*start = word;
		}
		return number;
	}
	*start = last;
	if (end - last >= 2 && text[last] == 's')
		return count_of(end - last - 1, text + last + 1, false) *
			(mml_repair_is_digit(text[last + 1]) ? 1 : 0);
	return 0;
}

/* Whether a word in parentheses is a year or a kind of film. */
static bool
is_remark(size_t n, const uint32_t *word)
{
	size_t		year = 0;

	for (size_t i = 0; i < n && n == 4; i++)
		year = mml_repair_is_digit(word[i]) ? year * 10 + word[i] - '0' : 0;
	return (year >= 1870 && year < 2200) || in_list(n, word, kinds, NULL);
}

/* Where the last parenthesis begins, if all its words are remarks; or end. */
static size_t
remark_start(const uint32_t *text, size_t end)
{
	size_t		i = end - 1;
	bool		any = false;

	while (i > 0 && text[i - 1] != '(')
	{
		size_t		word = word_start(text, i);

		if (word == i)
			i--;
		else if (!is_remark(i - word, text + word))
			return end;
		else
		{
			i = word;
			any = true;
		}
	}
	return any && i > 0 ? i - 1 : end;
}

/* Whether anything is left before end. */
static bool
has_word(const uint32_t *text, size_t end)
{
	for (size_t i = 0; i < end; i++)
		if (!is_break(text[i]))
			return true;
	return false;
}

/* Cut years and seasons from the end; returns the new length. */
static size_t
cut_tail(size_t n, const uint32_t *text, size_t *season)
{
	for (;;)
	{
		size_t		end = trim(text, n);
		size_t		start = end;
		size_t		inner = end > 0 && text[end - 1] == ')' ? trim(text, end - 1) : end;
		size_t		number = inner > 0 ? season_at(text, inner, &start) : 0;

		if (inner < end && number > 0)
		{
			while (start > 0 && text[start - 1] == ' ')
				start--;
			if (start == 0 || text[--start] != '(')
				number = 0;
		}
		if (number == 0)
			start = inner < end ? remark_start(text, end) : end;
		if (start == end || !has_word(text, start))
			return end;
		if (number > 0 && *season == 0)
			*season = number;
		n = start;
	}
}

/*
 * Bring articles back from behind their commas to the front of their part of
 * the title; the other characters make room.
 */
static void
turn_articles(size_t n, uint32_t *text)
{
	size_t		part = 0;

	for (size_t i = 0; i < n; i++)
	{
		size_t		word = i + 1;
		size_t		end;
		size_t		next;
		uint32_t	article[8];

		if (text[i] == '(' || text[i] == ')' || text[i] == ':')
			part = i + 1;
		while (part < n && text[part] == ' ')
			part++;
		if (text[i] != ',')
			continue;
		while (word < n && text[word] == ' ')
			word++;
		for (end = word; end < n && !is_break(text[end]);)
			end++;
		for (next = end; next < n && text[next] == ' ';)
			next++;
		if (i <= part || !in_list(end - word, text + word, tail_articles, NULL) ||
			(next < n && text[next] != '(' && text[next] != ')' && text[next] != ':'))
			continue;
		memcpy(article, text + word, (end - word) * sizeof(*text));
		memmove(text + part + (end - word) + 1, text + part, (i - part) * sizeof(*text));
		memcpy(text + part, article, (end - word) * sizeof(*text));
		text[part + (end - word)] = ' ';
		for (size_t k = i + (end - word) + 1; k < end; k++)
			text[k] = ' ';
	}
}

/* Drop an article at the front, if more follows it; returns where it ends. */
static size_t
front_end(size_t n, const uint32_t *text)
{
	size_t		start = 0;
	size_t		end;

	while (start < n && is_break(text[start]))
		start++;
	for (end = start; end < n && !is_break(text[end]);)
		end++;
	return in_list(end - start, text + start, front_articles, NULL) && end < n &&
		has_word(text + end, n - end) ? end : start;
}

/*
 * The key of a title's letters, in NFC, in place; there is room for
 * MML_REPAIR_KEY_EXTRA more.  seasons keeps the season, as s2.  Returns the
 * length; 0 where the title has no letters.
 */
size_t
mml_repair_title_key(size_t n, uint32_t *letters, bool seasons)
{
	size_t		season = 0;
	size_t		end = cut_tail(n, letters, &season);
	size_t		count = 0;

	turn_articles(end, letters);
	for (size_t i = front_end(end, letters); i < end; i++)
	{
		if (!is_break(letters[i]))
			letters[count++] = letters[i];
		else if (count > 0 && letters[count - 1] != ' ')
			letters[count++] = ' ';
	}
	if (count > 0 && letters[count - 1] == ' ')
		count--;
	if (seasons && season > 0 && count > 0)
	{
		letters[count++] = ' ';
		letters[count++] = 's';
		if (season >= 10)
			letters[count++] = '0' + (uint32_t) (season / 10 % 10);
		letters[count++] = '0' + (uint32_t) (season % 10);
	}
	return count;
}
