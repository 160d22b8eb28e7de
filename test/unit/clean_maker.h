/*-------------------------------------------------------------------------
 *
 * clean_maker.h
 *	  Train a preprocessor without a server: cells go the way that the
 *	  aggregate sends them, and end in a parsed model.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_CLEAN_MAKER_H
#define MML_CLEAN_MAKER_H

#include <stdio.h>

#include "clean/preprocessor.h"
#include "envelope_writer.h"

#define MAKER_COLUMNS 16

/* Memory of a test, released together. */
typedef struct Kept
{
	struct Kept *before;
} Kept;

static Kept *kept;

/* So many bytes, zero, until release(). */
static inline void *
keep(size_t bytes)
{
	Kept	   *block = calloc(1, sizeof(Kept) + 16 + bytes);

	block->before = kept;
	kept = block;
	return (char *) block + 16;
}

/* Release all that was kept. */
static inline void
release(void)
{
	while (kept != NULL)
	{
		Kept	   *before = kept->before;

		free(kept);
		kept = before;
	}
}

/* The resize of a Room: blocks are moved at every chance. */
static inline void *
maker_resize(MmlRoom *room, void *block, size_t old, size_t bytes)
{
	void	   *new = bytes > 0 ? keep(bytes) : NULL;

	(void) room;
	if (new != NULL && old > 0)
		memcpy(new, block, old < bytes ? old : bytes);
	return new;
}

static MmlRoom maker_room = {maker_resize};

/* A column in training. */
typedef struct Maker
{
	const char *name;
	const char *type;
	MmlRecipe	recipe;
	MmlColumn	column;
	MmlDecision decision;
	MmlFitted	fitted;
} Maker;

/* ---------------------------------------------------------------- cells */

static inline MmlCell
no_cell(MmlClass class)
{
	MmlCell		cell = {0};

	cell.class = class;
	return cell;
}

/* NaN: a missing one. */
static inline MmlCell
number_cell(double number)
{
	MmlCell		cell = no_cell(MML_CLASS_NUMBER);

	cell.present = number == number;
	cell.number = number;
	return cell;
}

static inline MmlCell
time_cell(double time)
{
	MmlCell		cell = number_cell(time);

	cell.class = MML_CLASS_TIME;
	return cell;
}

/* NULL: a missing one. */
static inline MmlCell
text_cell(const char *text)
{
	MmlCell		cell = no_cell(MML_CLASS_TEXT);

	cell.present = text != NULL;
	cell.text.bytes = text;
	cell.text.length = text == NULL ? 0 : strlen(text);
	return cell;
}

/* ------------------------------------------------------------- training */

/* Begin a column. */
static inline void
maker_begin(Maker *maker, const char *name, MmlClass class)
{
	static const char *const types[] = {"", "double precision", "boolean", "date", "text", "text[]"};

	memset(maker, 0, sizeof(*maker));
	maker->name = name;
	maker->type = types[class];
	maker->recipe.class = class;
	maker->recipe.asked = true;
}

/* Sum up a cell. */
static inline void
maker_add(Maker *maker, MmlCell cell, const MmlTarget *target)
{
	MmlText		items[64];

	if (maker->column.rows == 0)
	{
		maker->column.class = maker->recipe.class;
		maker->column.collect = mml_clean_collect(&maker->recipe, target != NULL);
	}
	mml_clean_admit(&maker->recipe, &cell);
	if (cell.present && cell.class == MML_CLASS_TEXT && mml_clean_is_list(&maker->recipe))
	{
		const char *separator = maker->recipe.separator;

		cell.count = mml_clean_split(cell.text, separator == NULL ? "," : separator, 64, items);
		cell.items = items;
		cell.class = MML_CLASS_LIST;
	}
	mml_profile_column_add(&maker->column, &cell, target, &maker_room);
}

/* Decide and fit. */
static inline void
maker_fit(Maker *maker, const MmlMoments *target)
{
	size_t		bytes = mml_clean_work(&maker->recipe, &maker->column);
	void	   *work = keep(bytes);

	maker->decision = mml_clean_decide(&maker->recipe, &maker->column, maker->name,
									   maker->type, work);
	if (maker->decision == MML_TAKE)
		mml_clean_fit(&maker->recipe, &maker->column, target, &maker->fitted, keep(bytes));
}

/* -------------------------------------------------------------- writing */

/* A list of texts, or of other bytes, being gathered. */
typedef struct Gathered
{
	char	   *bytes;
	size_t		length;
	size_t		room;
} Gathered;

static inline void
gather(Gathered *all, const void *bytes, size_t length)
{
	if (all->length + length > all->room)
	{
		char	   *grown = keep(all->room = 2 * (all->length + length));

		if (all->length > 0)
			memcpy(grown, all->bytes, all->length);
		all->bytes = grown;
	}
	if (length > 0)
		memcpy(all->bytes + all->length, bytes, length);
	all->length += length;
}

/* A text with its end. */
static inline void
gather_text(Gathered *all, const char *text)
{
	gather(all, text, strlen(text) + 1);
}

/* What the sections hold of a column. */
static inline void
maker_gather(const Maker *maker, size_t width, Gathered *sections)
{
	const MmlFitted *fitted = &maker->fitted;
	size_t		n = fitted->categories;
	int32_t		whole[CLEAN_RECIPE];
	double		numbers[CLEAN_NUMBERS];
	int64_t    *hashes = keep(n * sizeof(int64_t));
	int32_t    *codes = keep(n * sizeof(int32_t));

	mml_clean_rows(&maker->recipe, fitted, whole, numbers);
	gather(&sections[0], whole, sizeof(whole));
	gather(&sections[1], numbers, sizeof(numbers));
	mml_clean_index(n, fitted->texts, hashes, codes);
	gather(&sections[2], hashes, n * sizeof(int64_t));
	gather(&sections[3], codes, n * sizeof(int32_t));
	gather(&sections[4], fitted->counts, n * sizeof(int64_t));
	for (size_t i = 0; i < n; i++)
	{
		double		values[1 + MML_FOLDS] = {0};
		int64_t		end;

		memcpy(values, fitted->values + i * fitted->width, fitted->width * sizeof(double));
		gather(&sections[5], values, width * sizeof(double));
		gather(&sections[7], fitted->texts[i].bytes, fitted->texts[i].length);
		end = (int64_t) sections[7].length;
		gather(&sections[6], &end, sizeof(end));
	}
	gather_text(&sections[9], maker->name);
	gather_text(&sections[10], maker->type);
	gather_text(&sections[11], maker->recipe.separator == NULL ? "" : maker->recipe.separator);
	for (int i = 0; i < maker->recipe.missing_count; i++)
		gather_text(&sections[12], maker->recipe.missing[i]);
	for (size_t f = 0; f < fitted->features; f++)
	{
		char		name[256] = {0};

		/* unless a test has changed the recipe since */
		if (fitted->features == mml_clean_features(whole))
			mml_clean_feature_name(whole, fitted->texts, maker->name, f, 255, name);
		gather_text(&sections[13], name);
	}
	if (mml_clean_is_numbers(whole))
	{
		gather(&sections[15], fitted->points, sizeof(fitted->points));
		gather(&sections[15], fitted->shares, sizeof(fitted->shares));
	}
}

/* Sections to write: 15 are those of models that had no quantiles. */
static int	maker_sections = 16;

/* The model of n columns: an envelope; free_model() it. */
static inline char *
maker_write(int n, const Maker *makers, size_t *length)
{
	static const char *const names[] = {
		"recipes", "numbers", "hashes", "codes", "counts", "values", "texts", "pool",
		"rows", "names", "types", "separators", "missing", "feature_names", "roles",
		"quantiles"
	};
	static const uint32_t types[] = {2, 5, 3, 2, 3, 5, 3, 1, 3, 1, 1, 1, 1, 1, 1, 5};
	Gathered	gathered[16] = {{0}};
	TestSection sections[16];
	int64_t		rows[CLEAN_SUMMARY] = {1, MML_CLASS_NUMBER, MML_CLASS_NUMBER};
	int64_t		zero = 0;
	size_t		width = 1;
	size_t		categories = 0;

	for (int j = 0; j < n; j++)
	{
		width = makers[j].fitted.width > width ? makers[j].fitted.width : width;
		rows[CLEAN_SEEN] = makers[j].column.rows;
		categories += makers[j].fitted.categories;
	}
	gather(&gathered[6], &zero, sizeof(zero));
	for (int j = 0; j < n; j++)
		maker_gather(&makers[j], width, gathered);
	gather(&gathered[8], rows, sizeof(rows));
	gather(&gathered[14], "y\0double precision\0key\0bigint", 30);
	for (int s = 0; s < maker_sections; s++)
	{
		size_t		size = types[s] == 1 ? 1 : types[s] == 2 ? 4 : 8;
		size_t		cols = s == 0 ? CLEAN_RECIPE : s == 1 ? CLEAN_NUMBERS : s == 5 ? width :
			s == 15 ? 2 * MML_POINTS : 1;
		TestSection section = {names[s], types[s], size, gathered[s].length / size / cols, cols,
		gathered[s].bytes};

		sections[s] = section;
	}
	return write_envelope("preprocessor", maker_sections, sections, length);
}

#endif							/* MML_CLEAN_MAKER_H */
