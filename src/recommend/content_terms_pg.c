/*-------------------------------------------------------------------------
 *
 * content_terms_pg.c
 *	  The terms of a text: words by PostgreSQL's text search, and pairs of
 *	  characters where a script has no blanks between words.
 *
 * The parser gets what is between blanks in pieces, so that a text of any
 * length can be cancelled; only a phrase of a thesaurus that lies across two
 * pieces is missed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "tsearch/ts_utils.h"
#include "utils/builtins.h"

#include "core/compat_pg.h"
#include "core/text.h"
#include "recommend/content.h"
#include "recommend/content_pg.h"

#define PIECE_BYTES 32768		/* that the parser gets at least, if there are */

/* Add a term. */
static void
add_term(MmlTerms *terms, const char *bytes, Size length)
{
	MmlId		id = {bytes, {.length = length}};

	if (terms->count == terms->room)
	{
		Size		room = Max(terms->room * 2, 256);

		terms->numbers = terms->numbers == NULL ?
			palloc(room * sizeof(int32)) :
			repalloc_huge(terms->numbers, room * sizeof(int32));
		terms->room = room;
	}
	terms->numbers[terms->count++] = mml_idmap_item(terms->map, &id);
}

/* Add the words of a piece of UTF-8. */
static void
add_words(MmlTerms *terms, const char *piece, Size length)
{
	char	   *text = pnstrdup(piece, length);
	char	   *own = pg_any_to_server(text, (int) length, PG_UTF8);
	ParsedText	parsed = {.lenwords = 64};

	parsed.words = palloc(sizeof(ParsedWord) * (Size) parsed.lenwords);
	parsetext(terms->config, &parsed, own, (int32) (own == text ? length : strlen(own)));
	for (int i = 0; i < parsed.curwords; i++)
	{
		add_term(terms, parsed.words[i].word, parsed.words[i].len);
		pfree(parsed.words[i].word);
	}
	pfree(parsed.words);
	pfree(text);
}

/* Add the words of a run, in pieces that end at a blank. */
static void
add_run(MmlTerms *terms, const char *run, const char *end)
{
	while (run < end)
	{
		const char *stop = end - run > PIECE_BYTES ? run + PIECE_BYTES : end;

		while (stop < end && !mml_text_is_blank(*stop))
			stop++;
		CHECK_FOR_INTERRUPTS();
		add_words(terms, run, (Size) (stop - run));
		run = stop;
	}
}

/* Add the pairs of neighbouring characters of a run, or its only character. */
static void
add_pairs(MmlTerms *terms, const char *run, const char *end)
{
	const char *middle = mml_content_character(run, end);

	if (middle == end)
		add_term(terms, run, (Size) (end - run));
	for (int i = 0; middle < end; i++)
	{
		const char *next = mml_content_character(middle, end);

		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		add_term(terms, run, (Size) (next - run));
		run = middle;
		middle = next;
	}
}

/* Add the terms of a text. */
void
mml_content_terms(MmlTerms *terms, const text *document)
{
	const char *bytes = VARDATA_ANY(document);
	Size		length = VARSIZE_ANY_EXHDR(document);
	const char *utf8 = pg_server_to_any(bytes, (int) length, PG_UTF8);
	const char *end = utf8 + (utf8 == bytes ? length : strlen(utf8));

	while (utf8 < end)
	{
		bool		dense;
		const char *stop = mml_content_run(utf8, end, &dense);

		if (dense)
			add_pairs(terms, utf8, stop);
		else
			add_run(terms, utf8, stop);
		utf8 = stop;
	}
}
