/*-------------------------------------------------------------------------
 *
 * profile_columns_sql.c
 *	  The aggregate profile_columns: sums up any columns in one pass.
 *
 * It takes columns and no row, so that nobody forms one, and a value that
 * cannot be summed up is not even detoasted.  How to read each column is found
 * out at the first row, and kept beside the summary.
 *
 * Workers and leader may share the rows in any way: counts, extremes, and
 * everything that is exact add up to the same summary, and the sums of moments
 * to the same but for rounding; see profile.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"

#include "core/cell_pg.h"
#include "core/compat_pg.h"
#include "core/decimal_pg.h"
#include "core/memory_pg.h"
#include "core/model_pg.h"
#include "profile/key_pg.h"
#include "profile/pending.h"
#include "profile/table_state_pg.h"

PG_FUNCTION_INFO_V1(mml_profile_columns_step);
PG_FUNCTION_INFO_V1(mml_profile_columns_combine);
PG_FUNCTION_INFO_V1(mml_profile_columns_final);

/* How to read a column, and values of it that are not yet in the summary. */
typedef struct ColumnReader
{
	MmlReader	reader;
	MmlKeyForm	form;
	MmlPending	pending;
} ColumnReader;

/* What the aggregate keeps beside the summary. */
typedef struct Readers
{
	FmgrInfo   *flinfo;			/* the call they were made for */
	int			count;
	ColumnReader columns[FLEXIBLE_ARRAY_MEMBER];
} Readers;

/* What is collected of a column, besides counts. */
static int
collected(MmlClass class)
{
	switch (class)
	{
		case MML_CLASS_NUMBER:
		case MML_CLASS_TIME:
			return MML_COLLECT_VALUES | MML_COLLECT_CATEGORIES | MML_COLLECT_EXTREMES;
		case MML_CLASS_BOOLEAN:
		case MML_CLASS_TEXT:
			return MML_COLLECT_CATEGORIES | MML_COLLECT_EXTREMES;
		case MML_CLASS_LIST:
			return MML_COLLECT_CATEGORIES;
		default:
			return 0;
	}
}

/* Begin the summary of the columns that a call has. */
static void
begin_columns(MmlTableState *state, int count, const Readers *readers)
{
	mml_profile_begin(state, (size_t) count, "");
	for (int i = 0; i < count; i++)
	{
		const MmlReader *reader = &readers->columns[i].reader;

		mml_profile_name_column(state, (size_t) i, psprintf("%d", i + 1),
								format_type_be(reader->type), reader->class,
								collected(reader->class));
	}
}

/* Demand that a summary from elsewhere is one of the columns that a call has. */
static void
check_columns(const MmlTableState *state, int count, const Readers *readers)
{
	const MmlTable *table = &state->table;
	bool		fits = table->count == (size_t) count;

	for (int i = 0; fits && i < count; i++)
	{
		const MmlReader *reader = &readers->columns[i].reader;

		fits = table->columns[i].class == reader->class &&
			table->columns[i].collect == collected(reader->class) &&
			strcmp(mml_text_from_model(table->types[i]), format_type_be(reader->type)) == 0;
	}
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the state is a summary of columns of other types")));
}

/* Add what waits to the summary. */
static void
settle(MmlTableState *state)
{
	Readers    *readers = state->extra;

	for (int i = 0; i < readers->count; i++)
		mml_profile_pending_settle(&readers->columns[i].pending, &state->table.columns[i],
								   &state->built.room);
}

/*
 * Find out how to read the columns of a call, at its first row, and where the
 * state has come from elsewhere.
 */
static Readers *
make_readers(FunctionCallInfo fcinfo, MmlTableState *state)
{
	int			count = PG_NARGS() - 1;
	Readers    *readers;

	(void) mml_profile_settled(state);
	if (get_fn_expr_variadic(fcinfo->flinfo))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("profile_columns takes columns, not a VARIADIC array")));
	readers = MemoryContextAllocZero(state->built.context, offsetof(Readers, columns) +
									 sizeof(ColumnReader) * (Size) count);
	readers->flinfo = fcinfo->flinfo;
	readers->count = count;
	for (int i = 0; i < count; i++)
	{
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, i + 1);
		ColumnReader *column = &readers->columns[i];

		if (!OidIsValid(type))
			ereport(ERROR,
					(errcode(ERRCODE_INDETERMINATE_DATATYPE),
					 errmsg("could not determine data type of argument %d", i + 1)));
		mml_reader_open(&column->reader, type, false);
		column->form = mml_profile_key_form(column->reader.base);
		column->pending.texts = column->reader.class == MML_CLASS_TEXT;
	}
	if (state->table.count == 0)
		begin_columns(state, count, readers);
	else
		check_columns(state, count, readers);
	state->settle = settle;
	return state->extra = readers;
}

/* Read a value as a cell: as all do, but a numeric without going by its text. */
static void
read_cell(const ColumnReader *reader, Datum value, bool null, MmlCell *cell)
{
	if (null || reader->form != MML_KEY_NUMERIC)
	{
		mml_reader_read(&reader->reader, value, null, cell);
		return;
	}
	cell->class = MML_CLASS_NUMBER;
	cell->present = true;
	cell->number = mml_decimal_number(value);
}

/*
 * Add a value.  A text is a category as it is, as are the elements of a list;
 * other values by their keys.  One of an unfit type is counted only.
 */
static void
add_value(MmlColumn *column, ColumnReader *reader, Datum value, bool null, MmlRoom *room)
{
	Oid			base = reader->reader.base;
	MmlCell		cell;

	if (reader->reader.class == MML_CLASS_UNFIT)
	{
		column->rows++;
		column->nulls += null;
		return;
	}
	read_cell(reader, value, null, &cell);
	if (!null && cell.class == MML_CLASS_TEXT)
	{
		mml_profile_pending_text(&reader->pending, column, cell.text, room);
		return;
	}
	mml_profile_column_add(column, &cell, NULL, room);
	if (null || reader->form == MML_KEY_NONE || !isfinite(cell.number))
		return;
	if (reader->form == MML_KEY_INTEGER || reader->form == MML_KEY_FLOAT)
		mml_profile_pending_word(&reader->pending, column,
								 mml_profile_key_word(reader->form, base, value), room);
	else
	{
		char		buffer[MML_KEY_BYTES];

		mml_profile_pending_text(&reader->pending, column,
								 mml_profile_key(reader->form, base, value, buffer), room);
	}
}

/* profile_columns_step(state, columns) */
Datum
mml_profile_columns_step(PG_FUNCTION_ARGS)
{
	MmlTableState *state = mml_built_own(fcinfo, &mml_profile_builder);
	Readers    *readers = state->extra;
	int			count = PG_NARGS() - 1;

	if (readers == NULL || readers->flinfo != fcinfo->flinfo)
		readers = make_readers(fcinfo, state);
	for (int i = 0; i < count; i++)
		add_value(&state->table.columns[i], &readers->columns[i],
				  PG_GETARG_DATUM(i + 1), PG_ARGISNULL(i + 1), &state->built.room);
	state->table.rows++;
	return mml_built_datum(state);
}

/* profile_columns_combine(state, state) */
Datum
mml_profile_columns_combine(PG_FUNCTION_ARGS)
{
	return mml_profile_combine_states(fcinfo);
}

/*
 * profile_columns_final(state) -> state: the same.
 *
 * It is there for its result's sake: up to version 15 the executor makes a
 * result flat that does not lie in the context of the row, and whoever looks
 * into it makes it anew, so that it takes its memory twice.  A pointer to the
 * object lies there.
 */
Datum
mml_profile_columns_final(PG_FUNCTION_ARGS)
{
	Datum		value = PG_GETARG_DATUM(0);

	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value)))
		PG_RETURN_DATUM(value);
	PG_RETURN_POINTER(memcpy(palloc(EXPANDED_POINTER_SIZE), DatumGetEOHP(value)->eoh_ro_ptr,
							 EXPANDED_POINTER_SIZE));
}
