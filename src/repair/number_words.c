/*-------------------------------------------------------------------------
 *
 * number_words.c
 *	  Words beside numbers: currencies, and scales such as million.
 *
 * Only words that mean one number are here.  Left out: mil (a thousand in
 * Spanish, a million in American speech), 兆 (10^12 in Japan and Taiwan, a
 * million elsewhere), T (thousand, trillion, tera), hundred.  billion is the
 * English one, 10^9; Billionen and billones are 10^12.
 *
 *-------------------------------------------------------------------------
 */
#include "repair/number_words.h"
#include "repair/repair.h"

/* Signs of one character are known by their range. */
static const char *const currencies[] = {
	"usd", "eur", "gbp", "jpy", "cny", "rmb", "inr", "rub", "rur", "krw", "aud", "cad",
	"nzd", "chf", "sek", "nok", "dkk", "isk", "pln", "czk", "huf", "ron", "bgn", "hrk",
	"rsd", "try", "uah", "ils", "aed", "sar", "egp", "zar", "ngn", "kes", "mad", "brl",
	"mxn", "ars", "clp", "cop", "pen", "uyu", "hkd", "twd", "sgd", "myr", "thb", "idr",
	"php", "vnd", "pkr", "lkr", "bdt", "npr", "irr", "kwd", "qar", "kzt", "gel", "us$",
	"u$s", "u.s.$", "usd$", "a$", "au$", "aud$", "c$", "ca$", "can$", "cdn$", "nz$",
	"hk$", "nt$", "s$", "sg$", "r$", "mx$", "mex$", "ar$", "dollar", "dollars", "buck",
	"bucks", "euro", "euros", "yen", "yuan", "renminbi", "won", "rupee", "rupees",
	"ruble", "rubles", "rouble", "roubles", "franc", "francs", "peso", "pesos", "real",
	"reais", "krona", "kronor", "krone", "kroner", "zloty", "złoty", "złotych", "lira",
	"dm", "dem", "frf", "itl", "kr", "kč", "kc", "zł", "zl", "ft", "lei", "лв", "руб",
	"рублей", "рубля", "рубль", "р", "грн", "rs", "re", "fr", "sfr", "rm", "rp", "r",
	"元", "圆", "圓", "円", "원", "人民币", "人民幣", "美元", "美金", "欧元", "歐元", "英镑", "英鎊", "日元",
	"日圆", "日圓", "港元", "港币", "港幣", "台币", "台幣", "新台币", "新台幣", "韩元", "韓元", "卢布", "卢比",
	"米ドル", "ドル", "ユーロ", "ウォン", "달러", "유로", "엔",
	NULL
};

/* {word, zeros, how numbers are written there, capitals count, money only} */
static const MmlScaleWord scales[] = {
	{"k", 3, MML_MARKS_UNKNOWN, false, false}, {"thousand", 3, MML_MARKS_POINT, false, false},
	{"M", 6, MML_MARKS_UNKNOWN, true, false}, {"MM", 6, MML_MARKS_UNKNOWN, true, false},
	{"B", 9, MML_MARKS_POINT, true, false}, {"m", 6, MML_MARKS_UNKNOWN, true, true},
	{"mm", 6, MML_MARKS_UNKNOWN, true, true}, {"b", 9, MML_MARKS_POINT, true, true},
	{"million", 6, MML_MARKS_UNKNOWN, false, false},
	{"millions", 6, MML_MARKS_UNKNOWN, false, false}, {"mn", 6, MML_MARKS_UNKNOWN, false, false},
	{"mln", 6, MML_MARKS_UNKNOWN, false, false}, {"bn", 9, MML_MARKS_POINT, false, false},
	{"billion", 9, MML_MARKS_POINT, false, false}, {"billions", 9, MML_MARKS_POINT, false, false},
	{"bln", 9, MML_MARKS_UNKNOWN, false, false}, {"tn", 12, MML_MARKS_POINT, false, false},
	{"trn", 12, MML_MARKS_POINT, false, false}, {"trillion", 12, MML_MARKS_POINT, false, false},
	{"trillions", 12, MML_MARKS_POINT, false, false},
	{"thousand million", 9, MML_MARKS_POINT, false, false},
	{"lakh", 5, MML_MARKS_POINT, false, false}, {"lakhs", 5, MML_MARKS_POINT, false, false},
	{"lac", 5, MML_MARKS_POINT, false, false}, {"lacs", 5, MML_MARKS_POINT, false, false},
	{"crore", 7, MML_MARKS_POINT, false, false}, {"crores", 7, MML_MARKS_POINT, false, false},
	{"cr", 7, MML_MARKS_POINT, false, false},
	{"thousand crore", 10, MML_MARKS_POINT, false, false},
	{"thousand crores", 10, MML_MARKS_POINT, false, false},
	{"lakh crore", 12, MML_MARKS_POINT, false, false},
	{"lakh crores", 12, MML_MARKS_POINT, false, false}, {"tsd", 3, MML_MARKS_COMMA, false, false},
	{"tausend", 3, MML_MARKS_COMMA, false, false}, {"mille", 3, MML_MARKS_COMMA, false, false},
	{"mio", 6, MML_MARKS_COMMA, false, false}, {"mill", 6, MML_MARKS_COMMA, false, false},
	{"millionen", 6, MML_MARKS_COMMA, false, false},
	{"millones", 6, MML_MARKS_COMMA, false, false}, {"millón", 6, MML_MARKS_COMMA, false, false},
	{"milhão", 6, MML_MARKS_COMMA, false, false}, {"milhões", 6, MML_MARKS_COMMA, false, false},
	{"milioni", 6, MML_MARKS_COMMA, false, false}, {"milione", 6, MML_MARKS_COMMA, false, false},
	{"miljoen", 6, MML_MARKS_COMMA, false, false}, {"miljon", 6, MML_MARKS_COMMA, false, false},
	{"miljoner", 6, MML_MARKS_COMMA, false, false},
	{"millioner", 6, MML_MARKS_COMMA, false, false}, {"milion", 6, MML_MARKS_COMMA, false, false},
	{"miliony", 6, MML_MARKS_COMMA, false, false}, {"milionów", 6, MML_MARKS_COMMA, false, false},
	{"milionů", 6, MML_MARKS_COMMA, false, false}, {"mrd", 9, MML_MARKS_COMMA, false, false},
	{"mia", 9, MML_MARKS_COMMA, false, false}, {"milliarde", 9, MML_MARKS_COMMA, false, false},
	{"milliarden", 9, MML_MARKS_COMMA, false, false},
	{"milliard", 9, MML_MARKS_COMMA, false, false},
	{"milliards", 9, MML_MARKS_COMMA, false, false},
	{"milliarder", 9, MML_MARKS_COMMA, false, false}, {"md", 9, MML_MARKS_COMMA, false, false},
	{"mds", 9, MML_MARKS_COMMA, false, false}, {"mld", 9, MML_MARKS_COMMA, false, false},
	{"miliardi", 9, MML_MARKS_COMMA, false, false}, {"miliardo", 9, MML_MARKS_COMMA, false, false},
	{"miljard", 9, MML_MARKS_COMMA, false, false}, {"miljarder", 9, MML_MARKS_COMMA, false, false},
	{"miliard", 9, MML_MARKS_COMMA, false, false}, {"miliardy", 9, MML_MARKS_COMMA, false, false},
	{"miliardów", 9, MML_MARKS_COMMA, false, false},
	{"mil millones", 9, MML_MARKS_COMMA, false, false},
	{"mil milhões", 9, MML_MARKS_COMMA, false, false},
	{"bilhão", 9, MML_MARKS_COMMA, false, false}, {"bilhões", 9, MML_MARKS_COMMA, false, false},
	{"billionen", 12, MML_MARKS_COMMA, false, false},
	{"billón", 12, MML_MARKS_COMMA, false, false}, {"billones", 12, MML_MARKS_COMMA, false, false},
	{"тыс", 3, MML_MARKS_COMMA, false, false}, {"тысяч", 3, MML_MARKS_COMMA, false, false},
	{"тысячи", 3, MML_MARKS_COMMA, false, false}, {"млн", 6, MML_MARKS_COMMA, false, false},
	{"миллион", 6, MML_MARKS_COMMA, false, false}, {"миллиона", 6, MML_MARKS_COMMA, false, false},
	{"миллионов", 6, MML_MARKS_COMMA, false, false}, {"млрд", 9, MML_MARKS_COMMA, false, false},
	{"миллиард", 9, MML_MARKS_COMMA, false, false},
	{"миллиарда", 9, MML_MARKS_COMMA, false, false},
	{"миллиардов", 9, MML_MARKS_COMMA, false, false}, {"трлн", 12, MML_MARKS_COMMA, false, false},
	{"百", 2, MML_MARKS_EAST, false, false}, {"백", 2, MML_MARKS_EAST, false, false},
	{"千", 3, MML_MARKS_EAST, false, false}, {"천", 3, MML_MARKS_EAST, false, false},
	{"万", 4, MML_MARKS_EAST, false, false}, {"萬", 4, MML_MARKS_EAST, false, false},
	{"만", 4, MML_MARKS_EAST, false, false}, {"十万", 5, MML_MARKS_EAST, false, false},
	{"十萬", 5, MML_MARKS_EAST, false, false}, {"십만", 5, MML_MARKS_EAST, false, false},
	{"百万", 6, MML_MARKS_EAST, false, false}, {"百萬", 6, MML_MARKS_EAST, false, false},
	{"백만", 6, MML_MARKS_EAST, false, false}, {"千万", 7, MML_MARKS_EAST, false, false},
	{"千萬", 7, MML_MARKS_EAST, false, false}, {"천만", 7, MML_MARKS_EAST, false, false},
	{"亿", 8, MML_MARKS_EAST, false, false}, {"億", 8, MML_MARKS_EAST, false, false},
	{"억", 8, MML_MARKS_EAST, false, false}, {"十亿", 9, MML_MARKS_EAST, false, false},
	{"十億", 9, MML_MARKS_EAST, false, false}, {"십억", 9, MML_MARKS_EAST, false, false},
	{"百亿", 10, MML_MARKS_EAST, false, false}, {"百億", 10, MML_MARKS_EAST, false, false},
	{"백억", 10, MML_MARKS_EAST, false, false}, {"千亿", 11, MML_MARKS_EAST, false, false},
	{"千億", 11, MML_MARKS_EAST, false, false}, {"천억", 11, MML_MARKS_EAST, false, false},
	{"万亿", 12, MML_MARKS_EAST, false, false}, {"萬億", 12, MML_MARKS_EAST, false, false},
	{"万億", 12, MML_MARKS_EAST, false, false}, {"조", 12, MML_MARKS_EAST, false, false},
	{NULL, 0, MML_MARKS_UNKNOWN, false, false}
};

/* Whether a word may begin with a character, which is given in lower case too. */
static bool
may_begin(const char *word, uint32_t c, uint32_t lower)
{
	uint32_t	first = (unsigned char) *word;

	return first < 0x80 ? first == c || first == lower : c >= 0x80;
}

/* The longest currency that these characters begin with: its length, or 0. */
size_t
mml_repair_find_currency(size_t n, const uint32_t *chars)
{
	uint32_t	c = n > 0 ? chars[0] : 0;
	uint32_t	lower = mml_repair_lower(c);
	size_t		best = c == '$' || c == 0xA3 || c == 0xA5 || c == 0xE3F ||
		(c >= 0x20A0 && c <= 0x20CF);

	for (const char *const *word = currencies; *word != NULL; word++)
		if (may_begin(*word, c, lower))
			best = MML_MAX(best, mml_repair_match(n, chars, *word, false));
	return best;
}

/* The longest scale word that these characters begin with, or NULL. */
const MmlScaleWord *
mml_repair_find_scale(size_t n, const uint32_t *chars, size_t *length)
{
	const MmlScaleWord *best = NULL;
	uint32_t	c = n > 0 ? chars[0] : 0;
	uint32_t	lower = mml_repair_lower(c);

	*length = 0;
	for (const MmlScaleWord *word = scales; word->word != NULL; word++)
	{
		size_t		found = may_begin(word->word, c, lower) ?
			mml_repair_match(n, chars, word->word, word->exact) : 0;

		if (found > *length)
		{
			*length = found;
			best = word;
		}
	}
	return best;
}
