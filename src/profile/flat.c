/*-------------------------------------------------------------------------
 *
 * flat.c
 *	  Read the flat form of the summary of a table, believing nothing.
 *
 * Anybody may hand in a state.  verify() demands that every part lies within
 * the state, and whatever the kernels rely on: that counts agree with each
 * other, values are finite, levels sorted, texts UTF-8 without zero bytes.
 * What only spoils the result of who forged it, such as a wrong mean, is not
 * found.  Categories that come twice are joined as the state is opened; keys
 * of columns that are no texts may be any bytes.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "profile/flat.h"

#define HALF (MML_VALUES_RUN / 2)
#define MAX_RANK 51				/* of a register; see distinct.c */
#define ALL_COLLECTED 31

/* Interrupts are polled once in so many numbers. */
#define POLL (1 << 18)

/* -------------------------------------------------------------- reading */

/* The next part: n of so many bytes each. */
static const void *
take(FlatReader *reader, uint64_t n, size_t size)
{
	const char *part = reader->at;
	size_t		bytes;
	size_t		padded;

	if (reader->failed || !mml_mul_size(n, size, &bytes) || bytes > reader->left)
	{
		reader->failed = true;
		return NULL;
	}
	padded = (bytes + 7) & ~(size_t) 7;
	if (padded > reader->left)
	{
		reader->failed = true;
		return NULL;
	}
	for (size_t i = bytes; i < padded; i++)
		if (part[i] != 0)
			reader->failed = true;
	reader->at += padded;
	reader->left -= padded;
	return part;
}

/* Begin to read a state of at least the size of an empty one. */
const FlatTable *
mml_profile_flat_begin(FlatReader *reader, const MmlState *state, size_t bytes,
					   const char **options)
{
	const FlatTable *table = (const FlatTable *) state;

	reader->at = (const char *) state;
	reader->left = bytes;
	reader->failed = false;
	take(reader, 1, sizeof(FlatTable));
	*options = take(reader, table->options_length, 1);
	return table;
}

/* The parts of the next column; false where they are not all there. */
bool
mml_profile_flat_next(FlatReader *reader, FlatParts *parts)
{
	const FlatColumn *column = take(reader, 1, sizeof(FlatColumn));
	uint64_t	sums;
	uint64_t	extremes;

	if (reader->failed || !mml_mul_size(column->count, column->width, &sums) ||
		!mml_add_size(column->first_length, column->last_length, &extremes))
		return false;
	parts->column = column;
	parts->name = take(reader, column->name_length, 1);
	parts->type = take(reader, column->type_length, 1);
	parts->loose = take(reader, column->loose, sizeof(double));
	for (int i = 0; i < MML_VALUES_LEVELS; i++)
		parts->level[i] = column->runs >> i & 1 ? take(reader, HALF, sizeof(double)) : NULL;
	parts->values_distinct = column->runs > 0 ? take(reader, 1, sizeof(MmlDistinct)) : NULL;
	parts->counts = take(reader, column->count, sizeof(int64_t));
	parts->ends = take(reader, column->count, sizeof(uint64_t));
	parts->sums = take(reader, sums, sizeof(double));
	parts->text = take(reader, column->bytes, 1);
	parts->distinct = column->estimated ? take(reader, 1, sizeof(MmlDistinct)) : NULL;
	parts->extremes = take(reader, extremes, 1);
	return !reader->failed;
}

/* ---------------------------------------------------------------- texts */

/* The length of the character that a byte begins, or 0. */
static size_t
length_of(unsigned char c)
{
	return c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
}

/*
 * Whether this is UTF-8 as the server demands it: no zero byte, nothing longer
 * than it need be, no half of a UTF-16 pair, nothing past U+10FFFF.
 */
static bool
is_utf8(size_t length, const char *text)
{
	const unsigned char *c = (const unsigned char *) text;
	const unsigned char *end = c + length;

	while (c < end)
	{
		size_t		n = length_of(*c);

		if (n == 0 || *c == 0 || n > (size_t) (end - c))
			return false;
		for (size_t i = 1; i < n; i++)
			if ((c[i] & 0xC0) != 0x80)
				return false;
		if ((*c == 0xE0 && c[1] < 0xA0) || (*c == 0xED && c[1] > 0x9F) ||
			(*c == 0xF0 && c[1] < 0x90) || (*c == 0xF4 && c[1] > 0x8F))
			return false;
		c += n;
	}
	return true;
}

/* Whether a count is one. */
static bool
is_count(int64_t count, int64_t most)
{
	return count >= 0 && count <= most;
}

/* ---------------------------------------------------------------- counts */

/* A column's class, and the cells by what they are. */
static const char *
verify_counts(const FlatColumn *column)
{
	int64_t		left = column->rows;
	const int64_t counts[] = {
		column->nulls, column->blanks, column->padded, column->nans, column->infinite,
		column->moments.n
	};

	if (column->class < MML_CLASS_NUMBER || column->class > MML_CLASS_UNFIT ||
		column->collect < 0 || column->collect > ALL_COLLECTED)
		return "It has a column of an unknown class.";
	if (!is_count(column->rows, MML_PROFILE_MAX_ROWS))
		return "Its number of rows is out of range.";
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
	{
		if (!is_count(counts[i], left))
			return "Its counts do not agree.";
		left -= counts[i];
	}
	if (column->differs > 1 || column->estimated > 1 || column->has_extremes > 1)
		return "It has a flag that is none.";
	for (size_t i = 0; i < sizeof(column->zeros); i++)
		if (column->zeros[i] != 0)
			return "It has a flag that is none.";
	return NULL;
}

/* --------------------------------------------------------------- values */

/* Registers hold no more than a hash can give. */
static bool
verify_registers(const MmlDistinct *distinct)
{
	if (distinct == NULL)
		return true;
	for (size_t i = 0; i < MML_DISTINCT_REGISTERS; i++)
		if (distinct->registers[i] > MAX_RANK)
			return false;
	return true;
}

/* Whether so many numbers are finite and, if that is asked for, ascending. */
static bool
verify_numbers(size_t n, const double *x, bool ascending)
{
	for (size_t i = 0; i < n; i++)
	{
		if (!isfinite(x[i]) || (ascending && i > 0 && x[i] < x[i - 1]))
			return false;
		if (i % POLL == 0)
			MML_CHECK();
	}
	return true;
}

/* Moments are those of some numbers, as far as it matters. */
static bool
verify_moments(const MmlMoments *moments)
{
	if (!is_count(moments->zeros, moments->n) ||
		!is_count(moments->negatives, moments->n - moments->zeros))
		return false;
	if (!isfinite(moments->mean) || !isfinite(moments->rest) ||
		!isfinite(moments->min) || !isfinite(moments->max))
		return false;
	return moments->min <= moments->max && !(moments->m2 < 0);
}

/* The values of a column. */
static const char *
verify_values(const FlatParts *parts)
{
	const FlatColumn *column = parts->column;
	uint64_t	n = (uint64_t) column->moments.n;

	if (column->loose > (column->runs > 0 ? MML_VALUES_RUN : MML_EXACT) ||
		column->runs > n / MML_VALUES_RUN ||
		n != column->loose + column->runs * MML_VALUES_RUN ||
		(column->runs > 0) != (n > MML_EXACT))
		return "Its number of values is wrong.";
	if (!verify_moments(&column->moments))
		return "It has moments that are none.";
	if (!verify_numbers(column->loose, parts->loose, false))
		return "It has a value that is not finite.";
	for (int i = 0; i < MML_VALUES_LEVELS; i++)
		if (parts->level[i] != NULL && !verify_numbers(HALF, parts->level[i], true))
			return "It has values that are not in order.";
	if (!verify_registers(parts->values_distinct))
		return "Its estimate of distinct values is none.";
	return NULL;
}

/* ----------------------------------------------------------- categories */

/* Whether categories are texts, and not keys of other values. */
static bool
is_textual(const FlatColumn *column)
{
	return column->class == MML_CLASS_TEXT || column->class == MML_CLASS_LIST;
}

/* Texts lie one behind the other, none too long. */
static const char *
verify_texts(const FlatParts *parts)
{
	const FlatColumn *column = parts->column;
	bool		text = is_textual(column);
	uint64_t	start = 0;

	for (size_t i = 0; i < column->count; i++)
	{
		uint64_t	end = parts->ends[i];

		if (end < start || end - start > MML_CATEGORY_BYTES || end > column->bytes)
			return "It has categories out of bounds.";
		if (text && !is_utf8(end - start, parts->text + start))
			return "It has a category that is not UTF-8.";
		start = end;
		if (i % POLL == 0)
			MML_CHECK();
	}
	return start == column->bytes ? NULL : "It has categories out of bounds.";
}

/* The categories of a column. */
static const char *
verify_categories(const FlatParts *parts)
{
	const FlatColumn *column = parts->column;
	int64_t		left = column->added;

	if (!is_count(column->added, MML_PROFILE_MAX_ROWS) ||
		!is_count(column->lost, column->added) ||
		column->count > MML_EXACT || column->bytes > MML_CATEGORIES_BYTES ||
		column->width != mml_profile_column_sums((int) column->collect))
		return "It has too many categories.";
	for (int i = 0; i < MML_TARGET_SUMS; i += 2)
		if (!(column->missing_sums[i] >= 0 &&
			  column->missing_sums[i] <= (double) column->rows))
			return "Its missing values have wrong sums.";
	for (size_t i = 0; i < column->count; i++)
	{
		if (parts->counts[i] < 1 || parts->counts[i] > left)
			return "Its categories have wrong counts.";
		left -= parts->counts[i];
		for (size_t j = 0; j < column->width; j += 2)
			if (!(parts->sums[i * column->width + j] >= 0 &&
				  parts->sums[i * column->width + j] <= (double) column->added))
				return "Its categories have wrong sums.";
	}
	if (!column->estimated && (left > 0 || column->lost > 0))
		return "Its categories have wrong counts.";
	if (!verify_registers(parts->distinct))
		return "Its estimate of distinct values is none.";
	return verify_texts(parts);
}

/* The first and the last text of a column. */
static const char *
verify_extremes(const FlatParts *parts)
{
	const FlatColumn *column = parts->column;

	if (!column->has_extremes && column->first_length + column->last_length > 0)
		return "It has extremes of nothing.";
	if (column->first_length > MML_CATEGORY_BYTES || column->last_length > MML_CATEGORY_BYTES)
		return "It has extremes that are too long.";
	if (is_textual(column) &&
		(!is_utf8(column->first_length, parts->extremes) ||
		 !is_utf8(column->last_length, parts->extremes + column->first_length)))
		return "It has extremes that are not UTF-8.";
	return NULL;
}

/* Every invariant of a column. */
static const char *
verify_column(const FlatParts *parts)
{
	const FlatColumn *column = parts->column;
	const char *wrong = verify_counts(column);

	if (wrong == NULL && (!is_utf8(column->name_length, parts->name) ||
						  !is_utf8(column->type_length, parts->type)))
		wrong = "It has a name that is not UTF-8.";
	if (wrong == NULL)
		wrong = verify_values(parts);
	if (wrong == NULL)
		wrong = verify_categories(parts);
	if (wrong == NULL)
		wrong = verify_extremes(parts);
	return wrong;
}

/* Every invariant of a state of kind columns. */
static const char *
verify_table(const MmlState *state, size_t bytes)
{
	const char *options;
	FlatReader	reader;
	FlatParts	parts;
	const FlatTable *table = mml_profile_flat_begin(&reader, state, bytes, &options);

	if (reader.failed || !is_utf8(table->options_length, options))
		return "Its options are not there.";
	if (!is_count(table->rows, MML_PROFILE_MAX_ROWS))
		return "Its number of rows is out of range.";
	if (table->columns > reader.left / sizeof(FlatColumn))
		return "Its number of columns is out of range.";
	for (uint64_t i = 0; i < table->columns; i++)
	{
		const char *wrong;

		if (!mml_profile_flat_next(&reader, &parts))
			return "It has a column that is not all there.";
		wrong = verify_column(&parts);
		if (wrong != NULL)
			return wrong;
	}
	return reader.left == 0 ? NULL : "It is longer than what it holds.";
}

const MmlStateKind mml_profile_table_kind = {
	.name = "columns",
	.version = 1,
	.grows = true,
	.size = sizeof(FlatTable),
	.verify = verify_table
};
