/*-------------------------------------------------------------------------
 *
 * repair_unit.c
 *	  Kernels that read numbers, dates, texts and titles: what each text
 *	  states, and which state nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "repair/repair.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

typedef struct Case
{
	const char *text;
	const char *expected;		/* NULL: nothing */
} Case;

/* Tell which text failed, then fail. */
#define CHECK_CASE(condition, text) \
	do { \
		if (!(condition)) \
			printf("# %s\n", text); \
		CHECK(condition); \
	} while (0)

/* ------------------------------------------------------------- numbers */

/* A text is the number of another, or none. */
static void
check_number(const Case *c, char mark)
{
	char		decimal[MML_REPAIR_DECIMAL_BYTES];
	bool		found = mml_repair_number(strlen(c->text), c->text, mark, decimal);

	CHECK_CASE(found == (c->expected != NULL), c->text);
	if (found)
		CHECK_CASE(strtod(decimal, NULL) == strtod(c->expected, NULL), c->text);
}

TEST(numbers)
{
	static const Case cases[] = {
		{"0", "0"}, {"007", "7"}, {"-0", "0"}, {"+5", "5"}, {".5", "0.5"}, {",5", "0.5"}, {"5.", "5"},
		{"$56.7M", "56700000"}, {"$537K", "537000"}, {"1.234,50 €", "1234.5"}, {"12.2e9", "12.2e9"},
		{"1E-3", "0.001"}, {"(340)", "-340"}, {"($1,234.5)", "-1234.5"}, {"$(340)", "-340"},
		{"340-", "-340"}, {"-$5", "-5"}, {"$ -5", "-5"}, {"\u22127", "-7"}, {"100,-", "100"},
		{"45%", "45"}, {"12.5 %", "12.5"}, {"3.5亿", "350000000"}, {"2,345万", "23450000"},
		{"3億5000万円", "350000000"}, {"3億5000", "300005000"}, {"1억 2000만 원", "120000000"},
		{"１２３", "123"}, {"１２，３４５．６", "12345.6"}, {"٣٫١٤", "3.14"}, {"١٢٬٣٤٥", "12345"},
		{"५०", "50"}, {"₹ 12,34,567.50", "1234567.5"}, {"Rs.500", "500"}, {"Rs. 5 crore", "5e7"},
		{"1 lakh crore", "1e12"}, {"1'234.50 CHF", "1234.5"}, {"1\u202f234,56", "1234.56"},
		{"1\u00a0234\u00a0567", "1234567"}, {"US$ 5 billion", "5e9"}, {"5 bn USD", "5e9"},
		{"1,2 Mrd. €", "1.2e9"}, {"10 млн руб.", "1e7"}, {"R$ 3 milhões", "3e6"},
		{"$5m", "5e6"}, {"kr 100,-", "100"}, {"￥１，０００", "1000"}, {"1 dollar", "1"}
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		check_number(&cases[i], 0);
}

TEST(no_numbers)
{
	static const char *const cases[] = {
		"", " ", "-", "N/A", "#N/A", "$", "()", "%", "M", "about 5", "5 stars", "5-7", "0 - 5", "1/2",
		"½", "5²", "1,234¹", "3D", "1st", "5+", "~5", ">5", "NaN", "inf", "0x1F", "1e", "1e99999",
		"1e400", "1e-400", "(-5)", "--5", "(5", "5)", "$5$", "5 %%", "5 M M", "5%M", "12.06.1998",
		"1,23,45", "1.23.456", "0,123,456", "1 23", "1,234,5.6.7", "5m", "5 mil", "5兆", "3万5万",
		"5\xff", "\xc0\x80", "\xed\xa0\x80", "1.234 €", "1,234 Mio.", "1.234 Mio.", "1,234M", "12,345%"
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
	{
		Case		c = {cases[i], NULL};

		check_number(&c, 0);
	}
}

TEST(marks)
{
	static const Case unstated[] = {
		{"1,234", "1234"}, {"1.234", "1.234"}, {"12,5", "12.5"}, {"12.5", "12.5"}, {"1,2345", "1.2345"},
		{"0,123", "0.123"}, {"1234,567", "1234.567"}, {"1.234.567", "1234567"}, {"1,234,567", "1234567"},
		{"1,234.5", "1234.5"}, {"1.234,5", "1234.5"}, {"1,234.567", "1234.567"}, {"1.234,567", "1234.567"},
		{"€1,234", "1234"}, {"$1,234 million", "1234e6"}, {"$1.234 billion", "1234e6"}, {"1.234M", "1234000"}
	};
	static const Case comma[] = {
		{"1.234", "1234"}, {"1,5", "1.5"}, {"1,234", "1.234"}, {"1.234,5", "1234.5"}, {"1.5", NULL},
		{"1,234.5", NULL}, {"1.234 €", "1234"}, {"1,2,3", NULL}, {"1.234 Mio.", "1234e6"}
	};
	static const Case point[] = {
		{"1,234", "1234"}, {"1.5", "1.5"}, {"1.234", "1.234"}, {"1,5", NULL}, {"1.234,5", NULL},
		{"1.234 €", "1.234"}, {"1,234M", "1234e6"}, {"1 234.5", "1234.5"}
	};

	for (size_t i = 0; i < LENGTH(unstated); i++)
		check_number(&unstated[i], 0);
	for (size_t i = 0; i < LENGTH(comma); i++)
		check_number(&comma[i], ',');
	for (size_t i = 0; i < LENGTH(point); i++)
		check_number(&point[i], '.');
}

TEST(long_numbers)
{
	char		text[MML_REPAIR_NUMBER_BYTES + 2];
	char		decimal[MML_REPAIR_DECIMAL_BYTES];

	memset(text, '9', sizeof(text));
	CHECK(mml_repair_number(308, text, 0, decimal) && strlen(decimal) == 310);
	CHECK(!mml_repair_number(309, text, 0, decimal));
	CHECK(!mml_repair_number(MML_REPAIR_NUMBER_BYTES + 1, text, 0, decimal));
	text[1] = '.';
	CHECK(mml_repair_number(MML_REPAIR_NUMBER_BYTES, text, 0, decimal));
	memset(text, '0', sizeof(text));
	CHECK(mml_repair_number(MML_REPAIR_NUMBER_BYTES, text, 0, decimal) && strtod(decimal, NULL) == 0);
	for (size_t i = 1; i < sizeof(text); i += 2)
		text[i] = '.';
	CHECK(!mml_repair_number(MML_REPAIR_NUMBER_BYTES, text, 0, decimal));
}

/* --------------------------------------------------------------- dates */

/* A text is a date in ISO form, or none. */
static void
check_date(const char *text, const char *expected, const MmlDateRules *rules)
{
	MmlDate		date;
	char		iso[40] = "";

	if (mml_repair_date(strlen(text), text, rules, &date))
		snprintf(iso, sizeof(iso), "%04d-%02d-%02d", date.year, date.month, date.day);
	CHECK_CASE(strcmp(iso, expected == NULL ? "" : expected) == 0, text);
}

TEST(dates)
{
	static const MmlDateRules rules = {.order = MML_DATE_YMD};
	static const char *const june[] = {
		"Jun 12 1998", "June 12, 1998", "12 June 1998", "12th of June, 1998", "Friday, Jun. 12, 1998",
		"1998-06-12", "1998/6/12", "1998.06.12", "1998 06 12", "19980612", "1998-06-12T23:59:60.5Z",
		"1998-06-12 7:05 PM", "1998-06-12 10:30:00+02", "12 June 1998 (USA)", "1998-06-12(中国大陆)",
		"12-Jun-1998", "1998 June 12", "12. Juni 1998", "12 juin 1998", "12 de junio de 1998",
		"12 июня 1998 г.", "1998年6月12日", "１９９８年６月１２日", "1998년 6월 12일", " 1998-06-12\u00a0",
		"12 giugno 1998", "12 de junho de 1998", "the 12th of June 1998"
	};
	static const char *const none[] = {
		"", "-", "N/A", "1998", "June 1998", "1998-06", "12/06/1998", "25/12/1998", "12-Jun-98",
		"1998-13-01", "1998-02-29", "1900-02-29", "1998-00-00", "0000-00-00", "0998-06-12",
		"1998-06/12", "1998-06-12-", "1998-06-12,", "released 1998-06-12", "1998-06-12 and later",
		"12 Juneteenth 1998", "May", "5 May", "1998-1999", "1998-06-12 25:99", "12th 06 1998",
		"12345678", "1998年13月1日", "6月12日1998", "1 2 3 4", "123456789", "5 June 12th", "()"
	};

	for (size_t i = 0; i < LENGTH(june); i++)
		check_date(june[i], "1998-06-12", &rules);
	for (size_t i = 0; i < LENGTH(none); i++)
		check_date(none[i], NULL, &rules);
	check_date("2000-02-29", "2000-02-29", &rules);
	check_date("9999-12-31", "9999-12-31", &rules);
}

TEST(orders_of_dates)
{
	static const MmlDateRules dmy = {.order = MML_DATE_DMY};
	static const MmlDateRules mdy = {.order = MML_DATE_MDY,.years_from = 1930};
	static const MmlDateRules ymd = {.order = MML_DATE_YMD,.years_from = 2000};

	check_date("12/06/1998", "1998-06-12", &dmy);
	check_date("12. 6. 1998", "1998-06-12", &dmy);
	check_date("1998-06-12", "1998-06-12", &dmy);
	check_date("12/25/1998", NULL, &dmy);
	check_date("12/06/98", NULL, &dmy);
	check_date("June 12 1998", "1998-06-12", &dmy);
	check_date("6/12/98", "1998-06-12", &mdy);
	check_date("6/12/29", "2029-06-12", &mdy);
	check_date("6/12/30", "1930-06-12", &mdy);
	check_date("12-Jun-98", "1998-06-12", &mdy);
	check_date("98-06-12", "2098-06-12", &ymd);
}

TEST(partial_dates)
{
	static const MmlDateRules rules = {.partial = true};

	check_date("1998", "1998-01-01", &rules);
	check_date("June 1998", "1998-06-01", &rules);
	check_date("1998-06", "1998-06-01", &rules);
	check_date("06/1998", "1998-06-01", &rules);
	check_date("1998年6月", "1998-06-01", &rules);
	check_date("1998-06-00", "1998-06-01", &rules);
	check_date("1998-00-00", "1998-01-01", &rules);
	check_date("1998-00-12", NULL, &rules);
	check_date("0000-00-00", NULL, &rules);
	check_date("Jun 98", NULL, &rules);
	check_date("1998-1999", NULL, &rules);
}

/* --------------------------------------------------------------- texts */

/* A kernel makes one text of another, in UTF-8. */
static void
check_text(size_t (*kernel) (size_t n, uint32_t *text), const char *text, const char *expected)
{
	uint32_t	chars[256];
	char		utf8[1024];
	size_t		n;

	CHECK(mml_repair_decode(strlen(text), text, &n, chars));
	n = kernel(n, chars);
	utf8[mml_repair_encode(n, chars, utf8)] = '\0';
	if (strcmp(utf8, expected) != 0)
		printf("# %s -> %s\n", text, utf8);
	CHECK(strcmp(utf8, expected) == 0);
}

TEST(utf8)
{
	static const char *const wrong[] = {
		"\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe4\xb8", "\xff", "a\xc3z"
	};
	uint32_t	chars[8];
	size_t		n;

	for (size_t i = 0; i < LENGTH(wrong); i++)
		CHECK_CASE(!mml_repair_decode(strlen(wrong[i]), wrong[i], &n, chars), wrong[i]);
	for (uint32_t c = 1; c <= 0x10FFFF; c++)
	{
		char		bytes[4];
		size_t		length = mml_repair_encode(1, &c, bytes);

		CHECK(mml_repair_decode(length, bytes, &n, chars) == (c < 0xD800 || c > 0xDFFF));
		CHECK((c >= 0xD800 && c <= 0xDFFF) || (n == 1 && chars[0] == c));
	}
}

TEST(lower_case)
{
	static const uint32_t pairs[][2] = {
		{'A', 'a'}, {'z', 'z'}, {0xC9, 0xE9}, {0xD7, 0xD7}, {0x141, 0x142}, {0x142, 0x142},
		{0x178, 0xFF}, {0x1E9E, 0xDF}, {0x3A3, 0x3C3}, {0x3C2, 0x3C3}, {0x416, 0x436}, {0x401, 0x451},
		{0x531, 0x561}, {0xFF21, 0xFF41}, {0x4E00, 0x4E00}, {0x130, 'i'}
	};

	for (size_t i = 0; i < LENGTH(pairs); i++)
		CHECK(mml_repair_lower(pairs[i][0]) == pairs[i][1]);
	for (uint32_t c = 0; c < 0x11000; c++)
		CHECK(mml_repair_lower(mml_repair_lower(c)) == mml_repair_lower(c));
}

TEST(entities)
{
	static const Case cases[] = {
		{"21 &amp; Over", "21 & Over"}, {"Ender&#39;s", "Ender's"}, {"&#x2019;", "\u2019"},
		{"Br&uuml;no", "Brüno"}, {"&AMP;", "&"}, {"&amp;amp;#39;", "'"}, {"&am&#112;;", "&"},
		{"&#146;", "\u2019"}, {"&#0;", "&#0;"}, {"&#xD800;", "&#xD800;"}, {"&#1114112;", "&#1114112;"},
		{"&#99999999999999999999;", "&#99999999999999999999;"}, {"&#;", "&#;"}, {"&#x;", "&#x;"},
		{"&nosuch;", "&nosuch;"}, {"R&B; x", "R&B; x"}, {"&amp", "&amp"}, {"&;", "&;"}, {";", ";"},
		{"&amp;&lt;&gt;&quot;&apos;&nbsp;", "&<>\"'\u00a0"}, {"&semi;", ";"}, {"&zwnj;", "\u200c"}
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		check_text(mml_repair_entities, cases[i].text, cases[i].expected);
}

TEST(mojibake)
{
	static const Case cases[] = {
		{"AmÃ©lie", "Amélie"}, {"Jean-Marc VallÃƒÂ©e", "Jean-Marc VallÃ©e"}, {"RodrÃ_guez SÃ¡nchez", "RodrÃ_guez Sánchez"},
		{"itâ€™s", "it’s"}, {"Ã…ngstrÃ¶m", "Ångström"}, {"MÃ“NICA", "MÓNICA"}, {"Ã€ bout", "À bout"},
		{"1Â\u00a0000", "1\u00a0000"}, {"WÅ‚adysÅ‚aw", "Władysław"}, {"Ð¢ÐµÑ€Ð¼Ð¸Ð½Ð°Ñ‚Ð¾Ñ€", "Терминатор"},
		{"ä¸­æ–‡", "中文"}, {"ðŸ˜€", "😀"}, {"â‚¬ 5", "€ 5"},
		/* sound texts */
		{"Amélie", "Amélie"}, {"AMANHÃ…", "AMANHÃ…"}, {"É…", "É…"}, {"le café…”", "le café…”"},
		{"« café\u00a0»", "« café\u00a0»"}, {"à\u00a0«", "à\u00a0«"}, {"Spaß”", "Spaß”"}, {"IRMÃ’s", "IRMÃ’s"},
		{"ESPAÑA", "ESPAÑA"}, {"São Paulo", "São Paulo"}, {"Ã", "Ã"}, {"naïve—", "naïve—"}, {"", ""}
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		check_text(mml_repair_mojibake, cases[i].text, cases[i].expected);
}

TEST(spaces)
{
	static const Case cases[] = {
		{"  a \t b\n", "a b"}, {"a\u00a0\u3000b", "a b"}, {"a\u200bb\u00adc\ufeff", "abc"}, {"a\x01\x7f" "b", "ab"},
		{" \u2003\u200b ", ""}, {"", ""}, {"می\u200cخواهم", "می\u200cخواهم"}, {"a\u200db", "ab"}, {"\u200d", ""}
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		check_text(mml_repair_spaces, cases[i].text, cases[i].expected);
}

/* -------------------------------------------------------------- titles */

/* The key of a title that is its own NFKD, with seasons. */
static size_t
key_of(size_t n, uint32_t *text)
{
	uint32_t	letters[256 * MML_REPAIR_KEY_GROWTH];
	size_t		count = mml_repair_title_letters(n, text, letters);

	count = mml_repair_title_key(count, letters, true);
	memcpy(text, letters, count * sizeof(*text));
	return count;
}

TEST(title_keys)
{
	static const Case cases[] = {
		{"The Matrix (1999)", "matrix"}, {"Matrix, The (1999)", "matrix"}, {"Ame\u0301lie", "amelie"},
		{"L'Avventura", "avventura"}, {"Avventura, L' (1960)", "avventura"}, {"Die Hard", "die hard"},
		{"Blechtrommel, Die", "die blechtrommel"}, {"Tom & Jerry", "tom and jerry"}, {"E.T.", "et"},
		{"A.k.a. Cassius Clay", "aka cassius clay"}, {"Blade Runner 2049", "blade runner 2049"},
		{"1917", "1917"}, {"The", "the"}, {"(2012)", "2012"}, {"Season 2", "season 2"}, {"$", ""}, {"", ""},
		{"Lord of the Rings, The: The Two Towers", "lord of the rings the two towers"},
		{"City, The (Cite, La) (1995)", "city la cite"}, {"Dark: Season Two (2017)", "dark s2"},
		{"Dark (Season 2)", "dark s2"}, {"Dark S02", "dark s2"}, {"Dark - 2. Staffel", "dark s2"},
		{"Dark: The Complete Second Season", "dark s2"}, {"Dark Season XII", "dark s12"},
		{"爱情公寓 第二季", "爱情公寓 s2"}, {"爱情公寓第2季", "爱情公寓 s2"}, {"爱情公寓第十二季", "爱情公寓 s12"},
		{"爱情公寓第二十季", "爱情公寓 s20"}, {"第二季", "第二季"}, {"巨人 シーズン2", "巨人 s2"}, {"世界末日", "世界末日"},
		{"Season of the Witch", "season of the witch"}, {"Bee Season", "bee season"}, {"Stra\u00dfe", "strasse"},
		{"81\u20442", "8 1 2"}, {"[REC]", "rec"}, {"Film (1965)", "film"}, {"x, a, b, the", "x a b"}, {", the", "the"},
		{"((", ""}, {"a)", "a"}, {"()", ""}, {"a (1999", "1999"}, {"Don\u2019t", "dont"}
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		check_text(key_of, cases[i].text, cases[i].expected);
}
