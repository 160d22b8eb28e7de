/*-------------------------------------------------------------------------
 *
 * states_fuzz.c
 *	  Hostile states of an aggregate that are opened: the kind "columns".
 *
 * A target of libFuzzer: see README.md.
 *
 * It makes its own first states.  test/unit/profile_state_unit.c runs it in
 * every `make check`, over changes of sound states.  A state that verify() lets
 * pass is opened, read in every way the server reads it, added to, merged with
 * itself, and made flat again.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <stdint.h>

#include "core/random.h"
#include "profile/profile.h"
#include "profile_room.h"

#define COLUMNS 6

#define DEMAND(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* --------------------------------------------------------- flat tables */

/* The header that the server writes. */
static void
write_header(MmlState *state)
{
	memset(state, 0, sizeof(*state));
	memcpy(state->magic, MML_STATE_MAGIC, sizeof(state->magic));
	memcpy(state->kind, mml_profile_table_kind.name, sizeof(state->kind));
	state->version = mml_profile_table_kind.version;
}

/* A table made flat: free() it. */
static MmlState *
flatten(const MmlTable *table, size_t *bytes)
{
	MmlState   *state;

	*bytes = mml_profile_table_flat_size(table);
	state = malloc(*bytes);
	memset(state, 0x5A, *bytes);
	write_header(state);
	mml_profile_table_flatten(table, state);
	return state;
}

/* ---------------------------------------------------------------- a table */

/* The columns: one of each class, and what is collected of it. */
static const struct
{
	const char *name;
	const char *type;
	MmlClass	class;
	int			collect;
}			layout[COLUMNS] = {
	{"rating", "numeric(3,1)", MML_CLASS_NUMBER, MML_COLLECT_VALUES | MML_COLLECT_CATEGORIES},
	{"seen", "boolean", MML_CLASS_BOOLEAN, MML_COLLECT_VALUES},
	{"année", "date", MML_CLASS_TIME, MML_COLLECT_VALUES},
	{"title", "text", MML_CLASS_TEXT, MML_COLLECT_CATEGORIES | MML_COLLECT_EXTREMES},
	{"country", "text", MML_CLASS_TEXT,
	MML_COLLECT_CATEGORIES | MML_COLLECT_TRIMMED | MML_COLLECT_TARGET},
	{"genres", "text[]", MML_CLASS_LIST, MML_COLLECT_CATEGORIES | MML_COLLECT_TRIMMED},
};

/* An empty one. */
static MmlTable
make_table(void)
{
	MmlTable	table = {.count = COLUMNS};

	table.columns = unit_resize(&unit_room, NULL, 0, COLUMNS * sizeof(MmlColumn));
	table.names = unit_resize(&unit_room, NULL, 0, COLUMNS * sizeof(char *));
	table.types = unit_resize(&unit_room, NULL, 0, COLUMNS * sizeof(char *));
	table.options = "{\"id\": \"title\"}";
	memset(table.columns, 0, COLUMNS * sizeof(MmlColumn));
	for (size_t i = 0; i < COLUMNS; i++)
	{
		table.names[i] = (char *) layout[i].name;
		table.types[i] = (char *) layout[i].type;
		table.columns[i].class = layout[i].class;
		table.columns[i].collect = layout[i].collect;
	}
	return table;
}

/* Row i of many, the same whoever adds it. */
static void
add_row(MmlTable *table, uint64_t i)
{
	static const char *const countries[] = {"日本", "France ", " USA", "", "Perú"};
	static const MmlText genres[] = {{"drama", 5}, {"war", 3}, {" drama", 6}};
	MmlRandom	rng;
	char		title[32];
	MmlTarget	target = {.present = i % 11 > 0,.fold = (int) (i % MML_FOLDS)};

	mml_random_seed(&rng, i);
	target.y = (double) mml_random_below(&rng, 2);
	table->rows++;
	for (size_t k = 0; k < COLUMNS; k++)
	{
		MmlCell		cell = {.class = layout[k].class,.present = mml_random_below(&rng, 20) > 0};
		const char *country = countries[mml_random_below(&rng, 5)];

		cell.number = mml_random_below(&rng, 50) == 0 ? INFINITY :
			k == 0 ? floor(100 * mml_random_unit(&rng)) / 10 :
			k == 1 ? (double) mml_random_below(&rng, 2) : 10000 * mml_random_unit(&rng);
		cell.text.bytes = k == 3 ? title : country;
		cell.text.length = k == 3 ?
			(size_t) sprintf(title, "film %d", (int) mml_random_below(&rng, 1 + i)) :
			strlen(country);
		cell.count = mml_random_below(&rng, 4);
		cell.items = genres;
		mml_profile_column_add(&table->columns[k], &cell, &target, &unit_room);
		if (k == 0 && cell.present)
			mml_profile_column_add_key(&table->columns[k], 8, (const char *) &cell.number,
									   &unit_room);
	}
}

/* A state of so many rows: free() it. */
static MmlState *
make_state(uint64_t rows, size_t *bytes)
{
	MmlTable	table = make_table();
	MmlState   *state;

	for (uint64_t i = 0; i < rows; i++)
		add_row(&table, i);
	state = flatten(&table, bytes);
	unit_free_all();
	return state;
}

/* ---------------------------------------------------------------- use it */

/* Read the values of a column. */
static void
use_values(const MmlValues *values)
{
	size_t		n = mml_profile_values_pairs(values);
	MmlWeighted *pairs = malloc(n * sizeof(MmlWeighted) + 1);
	uint64_t   *scratch = malloc(n * sizeof(uint64_t) + 1);
	int64_t		all = 0;
	bool		exact;
	MmlMoments	moments;

	mml_profile_values_moments(values, &moments);
	mml_profile_values_sorted(values, pairs, scratch);
	for (size_t i = 0; i < n; i++)
		all += pairs[i].weight;
	DEMAND(all == moments.n);
	for (int i = 0; i <= 4; i++)
		DEMAND(isnan(mml_profile_weighted_quantile(n, pairs, i / 4.0)) == (all == 0));
	DEMAND(mml_profile_values_distinct(values, n, pairs, &exact) >= 0);
	(void) mml_profile_moments_sd(&moments, 1);
	(void) mml_profile_moments_skew(&moments);
	free(scratch);
	free(pairs);
}

/* Read its categories. */
static void
use_categories(const MmlCategories *categories)
{
	size_t	   *chosen = malloc(categories->count * sizeof(size_t) + 1);
	size_t	   *scratch = malloc(categories->count * sizeof(size_t) + 1);
	size_t		n = mml_profile_categories_top(categories, 2, SIZE_MAX, chosen);
	MmlSuspicions suspicions;

	mml_profile_categories_sort(categories, n, chosen, scratch);
	for (size_t i = 0; i < n; i++)
		DEMAND(categories->counts[chosen[i]] >= 2);
	DEMAND(mml_profile_categories_top(categories, 0, 3, chosen) <= 3);
	DEMAND(mml_profile_categories_distinct(categories) >= (double) categories->count);
	mml_profile_suspect_texts(categories, &suspicions);
	free(scratch);
	free(chosen);
}

/* Add two cells to a column. */
static void
add_cells(MmlColumn *column)
{
	static const MmlText items[] = {{"new", 3}, {"", 0}};
	static const MmlTarget target = {.present = true,.y = 2.5,.fold = 1};
	MmlCell		cell = {
		.class = column->class,.present = true,.number = 17,
		.text = {"new", 3},.count = 2,.items = items
	};

	mml_profile_column_add(column, &cell, &target, &unit_room);
	mml_profile_column_add_key(column, 8, "\1\2\3\4\5\6\7\x08", &unit_room);
	cell.present = false;
	mml_profile_column_add(column, &cell, NULL, &unit_room);
}

/* Use a state that has been verified. */
static void
use_state(const MmlState *state)
{
	MmlTable	table;
	MmlTable	other;
	MmlState   *again;
	size_t		bytes;

	mml_profile_table_open(&table, state, &unit_room);
	mml_profile_table_open(&other, state, &unit_room);
	again = flatten(&table, &bytes);
	DEMAND(mml_profile_table_kind.verify(again, bytes) == NULL);
	free(again);
	if (mml_profile_table_fits(&table, &other))
		mml_profile_table_merge(&table, &other, &unit_room);
	for (size_t i = 0; i < table.count; i++)
	{
		use_values(&table.columns[i].values);
		use_categories(&table.columns[i].categories);
		add_cells(&table.columns[i]);
	}
	free(flatten(&table, &bytes));
	unit_free_all();
}

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Read these bytes as a state, in room of just their size. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MmlState   *state = malloc(size + 1);

	if (size >= sizeof(MmlState))
	{
		memcpy(state, data, size);
		write_header(state);
		if (mml_state_verify(state, size, &mml_profile_table_kind) == NULL)
			use_state(state);
	}
	free(state);
	return 0;
}

#ifndef MML_UNIT_H

extern size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
extern size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
									  unsigned seed);

/* Begin with sound states. */
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	if (size < sizeof(MmlState) || seed % 64 == 0)
	{
		MmlState   *state = make_state(seed / 64 % 16, &size);

		DEMAND(size <= max);
		memcpy(data, state, size);
		free(state);
	}
	return LLVMFuzzerMutate(data, size, max);
}

#endif
