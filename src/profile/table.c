/*-------------------------------------------------------------------------
 *
 * table.c
 *	  The summary of a table: flat, in memory again, and merged.
 *
 * See flat.h for the flat form.  Slots of hashes and the hashes themselves
 * are not in it; opening it finds them anew.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "profile/flat.h"

#define HALF (MML_VALUES_RUN / 2)

/* Interrupts are polled once in so many categories. */
#define POLL (1 << 16)

/* -------------------------------------------------------------- writing */

/* Writes parts, or measures them where it has nowhere to write. */
typedef struct FlatWriter
{
	char	   *at;				/* NULL: measure */
	size_t		bytes;			/* so far */
} FlatWriter;

/* Write a part of so many bytes. */
static void
put(FlatWriter *writer, size_t bytes, const void *part)
{
	size_t		padded = (bytes + 7) & ~(size_t) 7;

	if (writer->at != NULL)
	{
		if (bytes > 0)
			memcpy(writer->at, part, bytes);
		memset(writer->at + bytes, 0, padded - bytes);
		writer->at += padded;
	}
	writer->bytes += padded;
}

/* What is fixed of a column's flat form. */
static FlatColumn
describe(const MmlColumn *column, const char *name, const char *type)
{
	const MmlCategories *categories = &column->categories;
	FlatColumn	flat;

	memset(&flat, 0, sizeof(flat));
	flat.class = (int64_t) column->class;
	flat.collect = column->collect;
	flat.rows = column->rows;
	flat.nulls = column->nulls;
	flat.blanks = column->blanks;
	flat.padded = column->padded;
	flat.nans = column->nans;
	flat.infinite = column->infinite;
	mml_profile_values_moments(&column->values, &flat.moments);
	flat.loose = column->values.count;
	flat.runs = column->values.runs;
	flat.odd = column->values.odd;
	flat.added = categories->added;
	flat.lost = categories->lost;
	flat.count = categories->count;
	flat.width = categories->count > 0 ? categories->width :
		mml_profile_column_sums(column->collect);
	flat.bytes = categories->bytes;
	flat.name_length = strlen(name);
	flat.type_length = strlen(type);
	flat.first_length = column->first_length;
	flat.last_length = column->last_length;
	flat.differs = column->differs;
	memcpy(flat.missing_sums, column->missing_sums, sizeof(flat.missing_sums));
	flat.estimated = categories->distinct != NULL;
	flat.has_extremes = column->has_extremes;
	return flat;
}

/* Write a column. */
static void
put_column(FlatWriter *writer, const MmlColumn *column, const char *name, const char *type)
{
	const MmlValues *values = &column->values;
	const MmlCategories *categories = &column->categories;
	FlatColumn	flat = describe(column, name, type);

	put(writer, sizeof(flat), &flat);
	put(writer, flat.name_length, name);
	put(writer, flat.type_length, type);
	put(writer, values->count * sizeof(double), values->loose);
	for (int i = 0; i < MML_VALUES_LEVELS; i++)
		if (values->runs >> i & 1)
			put(writer, HALF * sizeof(double), values->level[i]);
	if (values->runs > 0)
		put(writer, sizeof(MmlDistinct), values->distinct);
	put(writer, categories->count * sizeof(int64_t), categories->counts);
	put(writer, categories->count * sizeof(uint64_t), categories->ends);
	put(writer, categories->count * categories->width * sizeof(double), categories->sums);
	put(writer, categories->bytes, categories->text);
	if (categories->distinct != NULL)
		put(writer, sizeof(MmlDistinct), categories->distinct);
	put(writer, column->first_length + column->last_length, column->extremes);
	MML_CHECK();
}

/* Write a table behind the header of its state, which is there already. */
static void
put_table(FlatWriter *writer, const MmlTable *table)
{
	FlatTable	flat;
	size_t		header = offsetof(FlatTable, rows);
	size_t		options = table->options != NULL ? strlen(table->options) : 0;

	memset(&flat, 0, sizeof(flat));
	flat.rows = table->rows;
	flat.columns = table->count;
	flat.options_length = options;
	put(writer, sizeof(flat) - header, &flat.rows);
	put(writer, options, table->options);
	for (size_t i = 0; i < table->count; i++)
		put_column(writer, &table->columns[i], table->names[i], table->types[i]);
}

/* How many bytes its flat form has. */
size_t
mml_profile_table_flat_size(const MmlTable *table)
{
	FlatWriter	writer = {NULL, offsetof(FlatTable, rows)};

	put_table(&writer, table);
	return writer.bytes;
}

/* Write its flat form: flat_size() bytes, of which the header is there. */
void
mml_profile_table_flatten(const MmlTable *table, MmlState *flat)
{
	FlatWriter	writer = {(char *) flat + offsetof(FlatTable, rows), offsetof(FlatTable, rows)};

	put_table(&writer, table);
}

/* -------------------------------------------------------------- opening */

/* A copy of so many bytes; NULL of none. */
static void *
copy(size_t bytes, const void *from, MmlRoom *room)
{
	void	   *to;

	if (bytes == 0)
		return NULL;
	to = room->resize(room, NULL, 0, bytes);
	memcpy(to, from, bytes);
	return to;
}

/* A copy of a text, terminated. */
static char *
copy_text(size_t length, const char *text, MmlRoom *room)
{
	char	   *to = room->resize(room, NULL, 0, length + 1);

	if (length > 0)
		memcpy(to, text, length);
	to[length] = '\0';
	return to;
}

/* The values of a column. */
static void
open_values(MmlValues *values, const FlatParts *parts, MmlRoom *room)
{
	size_t		loose = parts->column->loose;

	values->moments = parts->column->moments;
	values->runs = parts->column->runs;
	values->odd = parts->column->odd;
	values->room = values->runs > 0 ? MML_VALUES_RUN : loose;
	values->loose = values->runs == 0 ? copy(loose * sizeof(double), parts->loose, room) :
		room->resize(room, NULL, 0, MML_VALUES_LOOSE * sizeof(double));
	if (values->runs > 0 && loose > 0)
		memcpy(values->loose, parts->loose, loose * sizeof(double));
	values->count = loose;
	values->summed = loose;
	for (int i = 0; i < MML_VALUES_LEVELS; i++)
		if (parts->level[i] != NULL)
			values->level[i] = copy(HALF * sizeof(double), parts->level[i], room);
	if (values->runs > 0)
		values->distinct = copy(sizeof(MmlDistinct), parts->values_distinct, room);
}

/* The categories: added as they were first, so that no two are the same. */
static void
open_categories(MmlCategories *categories, const FlatParts *parts, MmlRoom *room)
{
	const FlatColumn *column = parts->column;
	size_t		width = column->width;
	size_t		start = 0;

	categories->width = width;
	for (size_t i = 0; i < column->count; i++)
	{
		size_t		place = mml_profile_categories_add(categories, parts->ends[i] - start,
													   parts->text + start, parts->counts[i],
													   room);

		for (size_t j = 0; j < width; j++)
			categories->sums[place * width + j] += parts->sums[i * width + j];
		start = parts->ends[i];
		if (i % POLL == 0)
			MML_CHECK();
	}
	categories->added = column->added;
	categories->lost = column->lost;
	if (column->estimated)
	{
		categories->distinct = copy(sizeof(MmlDistinct), parts->distinct, room);
		mml_profile_categories_widen(categories);
	}
}

/* A column, which is zeroed. */
static void
open_column(MmlColumn *column, const FlatParts *parts, MmlRoom *room)
{
	const FlatColumn *flat = parts->column;

	column->class = (MmlClass) flat->class;
	column->collect = (int) flat->collect;
	column->rows = flat->rows;
	column->nulls = flat->nulls;
	column->blanks = flat->blanks;
	column->padded = flat->padded;
	column->nans = flat->nans;
	column->infinite = flat->infinite;
	column->differs = flat->differs;
	memcpy(column->missing_sums, flat->missing_sums, sizeof(flat->missing_sums));
	column->has_extremes = flat->has_extremes;
	column->first_length = flat->first_length;
	column->last_length = flat->last_length;
	column->extremes_room = flat->first_length + flat->last_length;
	column->extremes = copy(column->extremes_room, parts->extremes, room);
	open_values(&column->values, parts, room);
	open_categories(&column->categories, parts, room);
}

/* Open a flat form that has been verified, and so ends where it should. */
void
mml_profile_table_open(MmlTable *table, const MmlState *flat, MmlRoom *room)
{
	const char *options;
	FlatReader	reader;
	FlatParts	parts;
	const FlatTable *head = mml_profile_flat_begin(&reader, flat, SIZE_MAX, &options);
	size_t		n = head->columns;

	memset(table, 0, sizeof(*table));
	table->rows = head->rows;
	table->options = copy_text(head->options_length, options, room);
	table->columns = room->resize(room, NULL, 0, n * sizeof(MmlColumn));
	table->names = room->resize(room, NULL, 0, n * sizeof(char *));
	table->types = room->resize(room, NULL, 0, n * sizeof(char *));
	if (n > 0)
		memset(table->columns, 0, n * sizeof(MmlColumn));
	for (size_t i = 0; i < n && mml_profile_flat_next(&reader, &parts); i++)
	{
		table->names[i] = copy_text(parts.column->name_length, parts.name, room);
		table->types[i] = copy_text(parts.column->type_length, parts.type, room);
		open_column(&table->columns[i], &parts, room);
		table->count = i + 1;
	}
}

/* -------------------------------------------------------------- merging */

/* Whether two texts are the same; of options NULL is "". */
static bool
same_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

/* Whether another is of the same columns, and not too much to be added. */
bool
mml_profile_table_fits(const MmlTable *table, const MmlTable *other)
{
	if (table->count != other->count || !same_text(table->options, other->options) ||
		table->rows > MML_PROFILE_MAX_ROWS - other->rows)
		return false;
	for (size_t i = 0; i < table->count; i++)
	{
		const MmlColumn *a = &table->columns[i];
		const MmlColumn *b = &other->columns[i];

		if (!same_text(table->names[i], other->names[i]) ||
			!same_text(table->types[i], other->types[i]) ||
			a->class != b->class || a->collect != b->collect ||
			a->rows > MML_PROFILE_MAX_ROWS - b->rows ||
			a->categories.added > MML_PROFILE_MAX_ROWS - b->categories.added)
			return false;
	}
	return true;
}

/* Add the rows of another that fits. */
void
mml_profile_table_merge(MmlTable *table, const MmlTable *other, MmlRoom *room)
{
	table->rows += other->rows;
	for (size_t i = 0; i < table->count; i++)
		mml_profile_column_merge(&table->columns[i], &other->columns[i], room);
}
