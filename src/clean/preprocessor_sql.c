/*-------------------------------------------------------------------------
 *
 * preprocessor_sql.c
 *	  preprocessor, the aggregate.
 *
 * The state sums up every column of the rows (src/profile); it carries the
 * names and types of all columns and the options, of which the final function
 * makes the same plan again.  What a row costs is to take it apart, to read
 * each cell that the plan wants, and to add it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "clean/build_pg.h"
#include "core/model_pg.h"
#include "core/options_pg.h"
#include "core/row_pg.h"
#include "profile/pending.h"
#include "profile/table_state_pg.h"

PG_FUNCTION_INFO_V1(mml_clean_preprocessor_step);
PG_FUNCTION_INFO_V1(mml_clean_preprocessor_combine);
PG_FUNCTION_INFO_V1(mml_clean_preprocessor_final);

/* A column that is summed up. */
typedef struct Take
{
	MmlColumn  *column;
	const MmlRecipe *recipe;	/* NULL: it is the target */
	int			source;
	int			attribute;		/* of the present row type */
	MmlReader	reader;
	bool		list;			/* a text, to be split */
	bool		admit;			/* some values change before they are added */
	bool		plain;			/* numbers, and nothing else is to be done */
	bool		waits;			/* texts wait for each other */
	MmlPending	pending;		/* those that do */
} Take;

/* What adding rows keeps beside the summary. */
typedef struct Intake
{
	MemoryContext row_context;	/* of the row only */
	MmlRow	   *row;
	Jsonb	   *options;
	MmlPlan		plan;
	Oid		   *types;			/* (plan.count) of the sources */
	int			count;
	Take	   *takes;			/* (count) the target first */
	bool		has_target;		/* that columns can be compared with */
	bool		as_text;		/* some columns are to be, as texts */
	MmlReader	target_text;
	int			id_attribute;
	MmlReader	id;
	size_t		items_room;
	MmlText    *items;			/* (items_room) of a text that is a list */
} Intake;

/* ------------------------------------------------------------- the columns */

/* Describe the columns of the present row type, and plan what to do with them. */
static void
plan_row(Intake *intake)
{
	TupleDesc	desc = intake->row->desc;
	MmlPlan    *plan = &intake->plan;

	plan->count = 0;
	plan->sources = palloc0(sizeof(MmlSource) * (Size) Max(desc->natts, 1));
	intake->types = palloc(sizeof(Oid) * (Size) Max(desc->natts, 1));
	for (int a = 0; a < desc->natts; a++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, a);
		MmlSource  *source = &plan->sources[plan->count];

		if (att->attisdropped)
			continue;
		source->name = pstrdup(NameStr(att->attname));
		source->type = format_type_be(att->atttypid);
		source->class = mml_class_of(att->atttypid);
		intake->types[plan->count++] = att->atttypid;
	}
	mml_clean_plan(plan, intake->options);
}

/* The place of a column in the present row type. */
static int
find_attribute(const MmlRow *row, int source)
{
	for (int a = 0; a < row->desc->natts; a++)
		if (!TupleDescAttr(row->desc, a)->attisdropped && source-- == 0)
			return a;
	elog(ERROR, "the row has fewer columns than before");
}

/* Take a column in. */
static void
open_take(Intake *intake, MmlTableState *state, int source, bool target)
{
	Take	   *take = &intake->takes[intake->count++];
	const MmlRecipe *recipe = &intake->plan.sources[source].recipe;
	Oid			type = intake->types[source];

	take->column = &state->table.columns[source];
	take->source = source;
	take->attribute = find_attribute(intake->row, source);
	if (target)
	{
		mml_reader_open(&take->reader, type, false);
		mml_reader_open(&intake->target_text, type, true);
		intake->has_target = true;
		return;
	}
	take->recipe = recipe;
	mml_reader_open(&take->reader, type, recipe->as_text);
	take->list = recipe->class != MML_CLASS_LIST && mml_clean_is_list(recipe);
	take->admit = recipe->missing_count > 0 || recipe->clip != MML_CLIP_NONE;
	take->plain = take->column->collect == MML_COLLECT_VALUES && !take->admit;
	take->waits = recipe->class == MML_CLASS_TEXT && !take->list &&
		(take->column->collect & MML_COLLECT_TARGET) == 0;
	take->pending.texts = true;
	intake->as_text = intake->as_text || take->reader.as_text;
}

/* Take in the columns that the plan wants; the others are not read. */
static void
open_takes(Intake *intake, MmlTableState *state)
{
	MmlPlan    *plan = &intake->plan;

	intake->takes = palloc0(sizeof(Take) * (Size) (plan->features + 1));
	if (plan->target >= 0 && plan->sources[plan->target].class != MML_CLASS_LIST &&
		plan->sources[plan->target].class != MML_CLASS_UNFIT)
		open_take(intake, state, plan->target, true);
	for (int k = 0; k < plan->features; k++)
		if (plan->sources[plan->order[k]].class != MML_CLASS_UNFIT)
			open_take(intake, state, plan->order[k], false);
	if (plan->folds)
	{
		intake->id_attribute = find_attribute(intake->row, plan->id);
		mml_reader_open(&intake->id, intake->types[plan->id], true);
	}
}

/* --------------------------------------------------------------- beginning */

/* Add the texts that wait. */
static void
settle(MmlTableState *state)
{
	Intake	   *intake = state->extra;

	for (int k = 0; k < intake->count; k++)
		if (intake->takes[k].pending.count > 0)
			mml_profile_pending_settle(&intake->takes[k].pending, intake->takes[k].column,
									   &state->built.room);
}

/* The options as a text; "" where there are none. */
static char *
options_text(Jsonb *options)
{
	return options == NULL ? "" : JsonbToCString(NULL, &options->root, VARSIZE(options));
}

/* Name the columns in an empty state. */
static void
name_columns(MmlTableState *state, const Intake *intake)
{
	const MmlPlan *plan = &intake->plan;

	mml_profile_begin(state, (size_t) plan->count, options_text(intake->options));
	for (int i = 0; i < plan->count; i++)
		mml_profile_name_column(state, (size_t) i, plan->sources[i].name,
								plan->sources[i].type, plan->sources[i].class,
								mml_clean_plan_collect(plan, i));
}

/* Complain of a row whose columns are not those of the rows before it. */
static void
report_other_row(const char *name, const char *now, const char *before)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 before == NULL ? errmsg("rows have different columns: \"%s\" is not in all of them", name) :
			 errmsg("column \"%s\" is of type %s in one row, and of type %s in another",
					name, before, now),
			 errhint("All rows of a group must have the same columns.")));
}

/* A state that has travelled must have been made of such rows. */
static void
check_state(const MmlTableState *state, const Intake *intake)
{
	const MmlTable *table = &state->table;
	const MmlPlan *plan = &intake->plan;

	if (strcmp(mml_text_from_model(table->options), options_text(intake->options)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be the same in all rows")));
	for (int i = 0; i < plan->count || (size_t) i < table->count; i++)
	{
		if (i >= plan->count || (size_t) i >= table->count ||
			strcmp(plan->sources[i].name, mml_text_from_model(table->names[i])) != 0)
			report_other_row(i < plan->count ? plan->sources[i].name :
							 mml_text_from_model(table->names[i]), NULL, NULL);
		if (plan->sources[i].class != table->columns[i].class ||
			mml_clean_plan_collect(plan, i) != table->columns[i].collect)
			report_other_row(plan->sources[i].name, plan->sources[i].type,
							 mml_text_from_model(table->types[i]));
	}
}

/* Begin to add rows to a state, at the first of them. */
static Intake *
begin_intake(MmlTableState *state, HeapTupleHeader header, Jsonb *options)
{
	MemoryContext caller = MemoryContextSwitchTo(state->built.context);
	Intake	   *intake = palloc0(sizeof(Intake));

	intake->row_context = AllocSetContextCreate(state->built.context, "mediaml row",
												ALLOCSET_SMALL_SIZES);
	if (options != NULL)
		intake->options = memcpy(palloc(VARSIZE(options)), options, VARSIZE(options));
	MemoryContextSwitchTo(intake->row_context);
	intake->row = mml_row_open(header);
	MemoryContextSwitchTo(state->built.context);
	plan_row(intake);
	if (state->table.options == NULL)
		name_columns(state, intake);
	else
		check_state(state, intake);
	open_takes(intake, state);
	state->extra = intake;
	state->settle = settle;
	MemoryContextSwitchTo(caller);
	return intake;
}

/*
 * Go on with rows of another type: its columns must be the same, but may lie
 * in other places.
 */
static void
change_row(Intake *intake, HeapTupleHeader header)
{
	MemoryContext caller;
	int			i = 0;

	MemoryContextReset(intake->row_context);
	caller = MemoryContextSwitchTo(intake->row_context);
	intake->row = mml_row_open(header);
	MemoryContextSwitchTo(caller);
	for (int a = 0; a < intake->row->desc->natts; a++)
	{
		Form_pg_attribute att = TupleDescAttr(intake->row->desc, a);

		if (att->attisdropped)
			continue;
		if (i == intake->plan.count ||
			strcmp(NameStr(att->attname), intake->plan.sources[i].name) != 0)
			report_other_row(NameStr(att->attname), NULL, NULL);
		if (att->atttypid != intake->types[i])
			report_other_row(NameStr(att->attname), format_type_be(att->atttypid),
							 intake->plan.sources[i].type);
		i++;
	}
	if (i < intake->plan.count)
		report_other_row(intake->plan.sources[i].name, NULL, NULL);
	for (int k = 0; k < intake->count; k++)
		intake->takes[k].attribute = find_attribute(intake->row, intake->takes[k].source);
	if (intake->plan.folds)
		intake->id_attribute = find_attribute(intake->row, intake->plan.id);
}

/* ------------------------------------------------------------------- rows */

/* Make a text that holds a list a cell of its items. */
static void
split_text(Intake *intake, const Take *take, MmlCell *cell, MmlRoom *room)
{
	const char *separator = take->recipe->separator;
	size_t		n = mml_clean_split(cell->text, separator, intake->items_room, intake->items);

	if (n > intake->items_room)
	{
		Size		wanted = Max(n, 2 * intake->items_room);

		intake->items = room->resize(room, intake->items, intake->items_room * sizeof(MmlText),
									 wanted * sizeof(MmlText));
		intake->items_room = wanted;
		n = mml_clean_split(cell->text, separator, intake->items_room, intake->items);
	}
	cell->class = MML_CLASS_LIST;
	cell->count = n;
	cell->items = intake->items;
}

/* The target of the present row; its cell is there. */
static void
read_target(Intake *intake, MmlTarget *target)
{
	MmlCell		id;

	if (!intake->plan.folds)
		return;
	mml_reader_read(&intake->id, intake->row->values[intake->id_attribute],
					intake->row->nulls[intake->id_attribute], &id);
	target->present = target->cell->present && isfinite(target->cell->number) &&
		id.present && id.class == MML_CLASS_TEXT;
	if (!target->present)
		return;
	target->y = target->cell->number;
	target->fold = mml_clean_fold(id.text);
}

/*
 * Add a value of a plain column: as mml_profile_column_add() does, for which
 * it leaves rare types and values.
 */
MML_INLINE bool
add_plain(Take *take, Datum value, MmlRoom *room)
{
	double		number;

	switch (take->reader.base)
	{
		case FLOAT8OID:
			number = DatumGetFloat8(value);
			break;
		case INT4OID:
			number = DatumGetInt32(value);
			break;
		case INT8OID:
			number = (double) DatumGetInt64(value);
			break;
		case BOOLOID:
			number = DatumGetBool(value);
			break;
		case DATEOID:
			if (DATE_NOT_FINITE(DatumGetDateADT(value)))
				return false;
			number = DatumGetDateADT(value);
			break;
		default:
			return false;
	}
	if (!isfinite(number))
		return false;
	take->column->rows++;
	mml_profile_values_add(&take->column->values, number, room);
	return true;
}

/* Add the present row to the summary. */
static void
add_row(MmlTableState *state, Intake *intake)
{
	const MmlRow *row = intake->row;
	MmlRoom    *room = &state->built.room;
	MmlCell		target_cell;
	MmlCell		target_text;
	MmlTarget	target = {.cell = &target_cell};

	for (int k = 0; k < intake->count; k++)
	{
		Take	   *take = &intake->takes[k];
		Datum		value = row->values[take->attribute];
		bool		null = row->nulls[take->attribute];
		bool		alone = !intake->has_target || take->column->differs;
		MmlCell		cell;

		if (take->plain && alone && !null && add_plain(take, value, room))
			continue;
		mml_reader_read(&take->reader, value, null, &cell);
		if (take->recipe == NULL)
		{
			target_cell = cell;
			read_target(intake, &target);
			if (intake->as_text)
				mml_reader_read(&intake->target_text, value, null, &target_text);
			mml_profile_column_add(take->column, &cell, NULL, room);
			continue;
		}
		if (take->admit)
			mml_clean_admit(take->recipe, &cell);
		if (take->list && cell.present)
			split_text(intake, take, &cell, room);
		if (take->waits && alone && cell.present)
		{
			mml_profile_pending_text(&take->pending, take->column, cell.text, room);
			continue;
		}
		target.cell = take->reader.as_text ? &target_text : &target_cell;
		mml_profile_column_add(take->column, &cell, intake->has_target ? &target : NULL, room);
	}
	state->table.rows++;
}

/* -------------------------------------------------------------- aggregate */

/* preprocessor_step(state, t record [, options jsonb]) -> state */
Datum
mml_clean_preprocessor_step(PG_FUNCTION_ARGS)
{
	MmlTableState *state;
	HeapTupleHeader header;
	Jsonb	   *options;
	Intake	   *intake;

	if (PG_ARGISNULL(1))
		return mml_state_unchanged(fcinfo);
	state = mml_built_own(fcinfo, &mml_profile_builder);
	header = PG_GETARG_HEAPTUPLEHEADER(1);
	options = PG_NARGS() < 3 || PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2);
	intake = state->extra;
	if (intake == NULL)
		intake = begin_intake(state, header, options);
	else
	{
		mml_options_check_same(intake->options, options);
		if (!mml_row_fits(intake->row, header))
			change_row(intake, header);
	}
	mml_row_read(intake->row, header);
	add_row(state, intake);
	return mml_built_datum(state);
}

/* preprocessor_combine(state, other) -> state */
Datum
mml_clean_preprocessor_combine(PG_FUNCTION_ARGS)
{
	return mml_profile_combine_states(fcinfo);
}

/* preprocessor_final(state) -> bytea; NULL where no column can be a feature */
Datum
mml_clean_preprocessor_final(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	const MmlTableState *state;
	bytea	   *model;
	bool		tell = fcinfo->flinfo->fn_extra == NULL;

	context = AllocSetContextCreate(caller, "mediaml preprocessor", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	state = mml_built_arg(fcinfo, 0, &mml_profile_builder);
	model = mml_clean_build(mml_profile_settled(state), tell);
	MemoryContextSwitchTo(caller);
	if (model != NULL)
		model = memcpy(mml_alloc(VARSIZE(model)), model, VARSIZE(model));
	MemoryContextDelete(context);
	fcinfo->flinfo->fn_extra = fcinfo->flinfo;	/* any but NULL: told */
	if (model == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(model);
}
