/*-------------------------------------------------------------------------
 *
 * table_state_pg.c
 *	  The summary of a table as the state of an aggregate; see
 *	  table_state_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/model_pg.h"
#include "profile/table_state_pg.h"

/* ---------------------------------------------------------- the built state */

/* Make the summary that a verified flat state describes. */
static void
open_table(void *built, const MmlState *flat)
{
	MmlTableState *state = built;

	mml_profile_table_open(&state->table, flat, &state->built.room);
}

/*
 * The summary, of all rows: it changes when it is settled, but says nothing
 * else than before, so that readers may do it too.
 */
const MmlTable *
mml_profile_settled(const MmlTableState *state)
{
	if (state->settle != NULL)
		state->settle(unconstify(MmlTableState *, state));
	return &state->table;
}

/* How many bytes the flat form takes. */
static Size
table_flat_size(const void *built)
{
	return mml_profile_table_flat_size(mml_profile_settled(built));
}

/* Write the flat form behind its header. */
static void
flatten_table(const void *built, MmlState *flat)
{
	mml_profile_table_flatten(mml_profile_settled(built), flat);
}

const MmlBuilder mml_profile_builder = {
	.kind = &mml_profile_table_kind,
	.size = sizeof(MmlTableState),
	.what = "the summary of columns",
	.open = open_table,
	.flat_size = table_flat_size,
	.flatten = flatten_table
};

/* --------------------------------------------------------------- beginnings */

/* A block of zeros that belongs to the state, and is counted. */
static void *
new_zeros(MmlTableState *state, Size bytes)
{
	MmlRoom    *room = &state->built.room;

	return bytes == 0 ? NULL : memset(room->resize(room, NULL, 0, bytes), 0, bytes);
}

/* A text of the server's, as a copy in UTF-8 that belongs to the state. */
static char *
new_text(MmlTableState *state, const char *text)
{
	char	   *utf8 = mml_text_to_model(text);
	Size		bytes = strlen(utf8) + 1;

	return memcpy(new_zeros(state, bytes), utf8, bytes);
}

/*
 * Begin the summary of so many columns, each of which is then to be named.
 * Options are those of the aggregate, in the encoding of the server, or "".
 */
void
mml_profile_begin(MmlTableState *state, size_t count, const char *options)
{
	MmlTable   *table = &state->table;

	Assert(table->count == 0);
	table->columns = new_zeros(state, mml_size_mul(count, sizeof(MmlColumn)));
	table->names = new_zeros(state, mml_size_mul(count, sizeof(char *)));
	table->types = new_zeros(state, mml_size_mul(count, sizeof(char *)));
	table->options = new_text(state, options);
	table->count = count;
}

/*
 * Say what column i is: its name and what SQL calls its type, in the encoding
 * of the server, and what is collected of it.
 */
void
mml_profile_name_column(MmlTableState *state, size_t i, const char *name,
						const char *type, MmlClass class, int collect)
{
	MmlTable   *table = &state->table;

	table->names[i] = new_text(state, name);
	table->types[i] = new_text(state, type);
	table->columns[i].class = class;
	table->columns[i].collect = collect;
}

/* ---------------------------------------------------------------- combining */

/* A combine function: add the summary of other rows of the same columns. */
Datum
mml_profile_combine_states(FunctionCallInfo fcinfo)
{
	MmlTableState *state = mml_built_own(fcinfo, &mml_profile_builder);
	const MmlTableState *other = mml_built_arg(fcinfo, 1, &mml_profile_builder);

	const MmlTable *table = mml_profile_settled(state);
	const MmlTable *added = mml_profile_settled(other);

	if (!mml_profile_table_fits(table, added))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot combine summaries of different columns"),
				 errdetail("They differ in names, types, or options.")));
	mml_profile_table_merge(&state->table, added, &state->built.room);
	return mml_built_datum(state);
}
