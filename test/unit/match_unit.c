/*-------------------------------------------------------------------------
 *
 * match_unit.c
 *	  How well cells fit conditions.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "match/match.h"

/* A cell of a number. */
static MmlCell
number_cell(double number)
{
	MmlCell		cell = {.class = MML_CLASS_NUMBER,.present = true,.number = number};

	return cell;
}

/* A text of C as a text. */
static MmlText
text_of(const char *string)
{
	MmlText		made = {string, strlen(string)};

	return made;
}

/* How well a text fits a test on values, cut at a separator. */
static double
text_fits(MmlMatchTest test, const char *cell_text, const char *separator,
		  size_t count, const MmlText *wanted)
{
	MmlCondition condition = {.test = test,.count = count,.texts = wanted};
	MmlCell		cell = {.class = MML_CLASS_TEXT,.present = true};
	char	   *copy = malloc(strlen(cell_text) + 1);
	double		similarity;

	/* just its bytes, so that a read past the end is seen */
	memcpy(copy, cell_text, strlen(cell_text) + 1);
	copy = realloc(copy, strlen(cell_text) > 0 ? strlen(cell_text) : 1);
	cell.text.bytes = copy;
	cell.text.length = strlen(cell_text);
	condition.separator = text_of(separator);
	similarity = mml_match_similarity(&condition, &cell);
	CHECK(mml_match_holds(&condition, &cell) == (similarity >= 1));
	free(copy);
	return similarity;
}

TEST(numbers_fall_over_the_range)
{
	MmlCondition near_it = {.test = MML_MATCH_NEAR,.low = 10,.high = 10,.range = 4};
	MmlCondition within = {.test = MML_MATCH_WITHIN,.low = 10,.high = INFINITY};
	MmlCell		at[] = {number_cell(10), number_cell(11), number_cell(14), number_cell(14.1),
	number_cell(8), number_cell(NAN), number_cell(-INFINITY)};
	const double similar[] = {1, 0.75, 0, 0, 0.5, 0, 0};
	const bool	holds[] = {true, true, true, false, true, false, false};

	for (int i = 0; i < 7; i++)
	{
		CHECK_NEAR(mml_match_similarity(&near_it, &at[i]), similar[i], 1e-15);
		CHECK(mml_match_holds(&near_it, &at[i]) == holds[i]);
	}
	CHECK(mml_match_similarity(&within, &at[2]) == 1 && mml_match_holds(&within, &at[2]));
	CHECK(mml_match_similarity(&within, &at[4]) == 0 && !mml_match_holds(&within, &at[4]));
	within.range = 4;
	CHECK_NEAR(mml_match_similarity(&within, &at[4]), 0.5, 1e-15);
	CHECK(!mml_match_holds(&within, &at[4]));
	at[0].present = false;
	CHECK(mml_match_similarity(&near_it, &at[0]) == 0 && !mml_match_holds(&near_it, &at[0]));
}

TEST(values_of_texts)
{
	MmlText		wanted[2];

	wanted[0] = text_of("b");
	wanted[1] = text_of("");
	CHECK(text_fits(MML_MATCH_IS, "b", "", 1, wanted) == 1);
	CHECK(text_fits(MML_MATCH_IS, " b", "", 1, wanted) == 0);
	CHECK(text_fits(MML_MATCH_ANY, "a|b", "", 1, wanted) == 0);
	CHECK(text_fits(MML_MATCH_ANY, "a| b ", "|", 1, wanted) == 1);
	CHECK(text_fits(MML_MATCH_ANY, "ab|ba|", "|", 1, wanted) == 0);
	CHECK(text_fits(MML_MATCH_ALL, "a|b", "|", 2, wanted) == 0.5);
	CHECK(text_fits(MML_MATCH_ALL, "b||a", "|", 2, wanted) == 1);
	CHECK(text_fits(MML_MATCH_ANY, "a, b", ", ", 1, wanted) == 1);
	CHECK(text_fits(MML_MATCH_NONE, "a, b", ", ", 1, wanted) == 0);
	CHECK(text_fits(MML_MATCH_NONE, "", "|", 1, wanted) == 1);
}

TEST(values_of_lists)
{
	MmlText		items[3];
	MmlText		wanted[2];
	MmlCell		cell = {.class = MML_CLASS_LIST,.present = true,.count = 3,.items = items};
	MmlCondition condition = {.test = MML_MATCH_ALL,.count = 2,.texts = wanted};

	items[0] = text_of("x");
	items[1] = text_of("yy");
	items[2] = text_of("");
	wanted[0] = text_of("yy");
	wanted[1] = text_of("y");
	CHECK(mml_match_similarity(&condition, &cell) == 0.5 && !mml_match_holds(&condition, &cell));
	condition.test = MML_MATCH_ANY;
	CHECK(mml_match_similarity(&condition, &cell) == 1 && mml_match_holds(&condition, &cell));
	condition.test = MML_MATCH_NONE;
	CHECK(mml_match_similarity(&condition, &cell) == 0);
	cell.count = 0;
	CHECK(mml_match_similarity(&condition, &cell) == 1);
}
