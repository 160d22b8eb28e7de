/*-------------------------------------------------------------------------
 *
 * row_pg.c
 *	  Rows of any type: their columns by name, and the features of a model.
 *
 * Of most kinds of models the columns are the features, and each must be a
 * number.  A kind that makes features of raw rows itself names its inputs:
 * those are read as cells, a column that the row lacks like one that is NULL.
 * Columns that the model does not know are ignored.
 *
 * Names are matched once a row type and model; every row is compared with the
 * type that they were matched for, by the identifier that the type cache
 * clears when a type is altered: this may outlive a statement.  An entry of
 * that cache lives as long as the backend, and so does what the number of a
 * record type means.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/array_pg.h"
#include "core/row_pg.h"

/* ------------------------------------------------------------------- rows */

/* Describe the type of a row, in the current memory context. */
MmlRow *
mml_row_open(HeapTupleHeader header)
{
	MmlRow	   *row = palloc0(sizeof(MmlRow));
	Size		columns;

	row->type = HeapTupleHeaderGetTypeId(header);
	row->typmod = HeapTupleHeaderGetTypMod(header);
	row->desc = lookup_rowtype_tupdesc_copy(row->type, row->typmod);
	if (row->type != RECORDOID)
	{
		row->entry = lookup_type_cache(row->type, TYPECACHE_TUPDESC);
		row->identifier = row->entry->tupDesc_identifier;
	}
	columns = (Size) Max(row->desc->natts, 1);
	row->values = palloc0(sizeof(Datum) * columns);
	row->nulls = palloc0(sizeof(bool) * columns);
	return row;
}

/* Is this a row of the same type, unaltered? */
bool
mml_row_fits(const MmlRow *row, HeapTupleHeader header)
{
	return HeapTupleHeaderGetTypeId(header) == row->type &&
		HeapTupleHeaderGetTypMod(header) == row->typmod &&
		(row->entry == NULL || row->entry->tupDesc_identifier == row->identifier);
}

/* Read the values of a row of the same type. */
void
mml_row_read(MmlRow *row, HeapTupleHeader header)
{
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	heap_deform_tuple(&tuple, row->desc, row->values, row->nulls);
}

/* The column that has this name; -1 where there is none. */
int
mml_row_find(const MmlRow *row, const char *name)
{
	int			found = -1;

	for (int i = 0; i < row->desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(row->desc, i);

		if (att->attisdropped || strcmp(NameStr(att->attname), name) != 0)
			continue;
		if (found >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("the row has more than one column \"%s\"", name)));
		found = i;
	}
	return found;
}

/* ------------------------------------------------- columns that are features */

/* Find each feature of the model among the columns of the row type. */
static void
match_features(MmlRowMap *map, const MmlTexts *names)
{
	const char *utf8 = names->first;

	map->types = palloc(sizeof(Oid) * names->count);
	for (int i = 0; i < map->count; i++, utf8 = mml_text_next(utf8))
	{
		char	   *name = mml_text_from_model(utf8);
		int			column = mml_row_find(map->row, name);
		Oid			type;

		if (column < 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the row has no column \"%s\"", name),
					 errdetail("The model was trained with a feature of this name.")));
		type = TupleDescAttr(map->row->desc, column)->atttypid;
		map->columns[i] = column;
		map->types[i] = getBaseType(type);
		if (!mml_is_number(map->types[i]))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" is of type %s, but the model needs a number",
							name, format_type_be(type))));
		pfree(name);
	}
}

/* The name of the column that input i is read from, or would be. */
static char *
input_name(const MmlModel *model, int i)
{
	return mml_text_from_model(model->rows.kind->input(model->rows.parsed, i).name);
}

/* Complain that a column has no value that the model can use. */
static void
report_missing(const char *name, bool null)
{
	ereport(ERROR,
			(errcode(null ? ERRCODE_NULL_VALUE_NOT_ALLOWED : ERRCODE_DATA_EXCEPTION),
			 null ? errmsg("column \"%s\" is null, but the model needs a number", name) :
			 errmsg("column \"%s\" is not a finite number", name),
			 errhint("Leave such rows out with a WHERE clause, or put a number in their place.")));
}

/* Read the features of a row where they lie. */
static void
read_features(MmlRowMap *map)
{
	for (int i = 0; i < map->count; i++)
	{
		int			column = map->columns[i];
		bool		null = map->row->nulls[column];

		if (!null)
			map->x[i] = mml_number_of(map->types[i], map->row->values[column]);
		if (null || !isfinite(map->x[i]))
			report_missing(NameStr(TupleDescAttr(map->row->desc, column)->attname), null);
	}
}

/* -------------------------------------------------------- inputs of a kind */

/* May a column of this class stand for one that had another in training? */
static bool
class_fits(MmlClass now, const MmlInput *input)
{
	if (now == input->class)
		return true;
	if (input->as_text)
		return now != MML_CLASS_LIST && now != MML_CLASS_UNFIT;
	return (now == MML_CLASS_BOOLEAN && input->class == MML_CLASS_NUMBER) ||
		(now == MML_CLASS_NUMBER && input->class == MML_CLASS_BOOLEAN);
}

/* Find each input of the model among the columns of the row type. */
static void
match_inputs(MmlRowMap *map, const MmlModel *model)
{
	int			found = 0;

	map->readers = palloc0(sizeof(MmlReader) * (Size) map->count);
	map->cells = palloc0(sizeof(MmlCell) * (Size) map->count);
	for (int i = 0; i < map->count; i++)
	{
		MmlInput	input = model->rows.kind->input(model->rows.parsed, i);
		char	   *name = mml_text_from_model(input.name);
		int			column = mml_row_find(map->row, name);
		Oid			type;

		map->columns[i] = column;
		map->cells[i].class = input.as_text ? MML_CLASS_TEXT : input.class;
		if (column < 0)
			continue;
		type = TupleDescAttr(map->row->desc, column)->atttypid;
		mml_reader_open(&map->readers[i], type, input.as_text);
		if (!class_fits(map->readers[i].class, &input))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" is of type %s, but was of type %s in training",
							name, format_type_be(type), mml_text_from_model(input.type)),
					 errhint("The model needs %s in it.", mml_class_name(input.class))));
		found++;
	}
	if (found == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the row has none of the columns that the model knows"),
				 errdetail("The first of them is \"%s\".", input_name(model, 0))));
}

/* Read the cells of a row. */
static void
read_cells(MmlRowMap *map)
{
	for (int i = 0; i < map->count; i++)
	{
		int			column = map->columns[i];

		if (column >= 0)
			mml_reader_read(&map->readers[i], map->row->values[column],
							map->row->nulls[column], &map->cells[i]);
	}
}

/* Complain of the cell that cannot be made into features. */
static void
report_unprepared(const MmlRowMap *map, const MmlModel *model, MmlPrepared why, size_t i)
{
	char	   *name = input_name(model, (int) i);

	if (why == MML_CELL_MISSING)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("column \"%s\" has no value, and the model was told not to fill it", name),
				 errhint("Leave such rows out with WHERE mediaml.complete(...), or train with the option \"impute\".")));
	else
	{
		MmlText text = map->cells[i].text;
		Size		shown = (Size) pg_encoding_mbcliplen(PG_UTF8, text.bytes, (int) text.length, 200);

		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("column \"%s\" has a value that was not seen in training", name),
				 map->cells[i].class == MML_CLASS_TEXT ?
				 errdetail("The value is \"%s\".",
						   mml_text_from_model(pnstrdup(text.bytes, shown))) : 0,
				 errhint("Train with the option \"unseen\": \"other\" or \"zero\".")));
	}
}

/* ------------------------------------------------------------------- maps */

/* How many columns the model reads; an error where it does not know their names. */
static int
count_columns(const MmlModel *model, const MmlTexts **names)
{
	const MmlPart *part = &model->rows;

	*names = NULL;
	if (part->kind->inputs != NULL)
		return part->kind->inputs(part->parsed);
	if (part->kind->feature_names != NULL)
		*names = part->kind->feature_names(part->parsed);
	if (*names == NULL || (*names)->count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model does not know the names of its features"),
				 errhint("Train with the option \"names\", or predict from an array.")));
	return (int) (*names)->count;
}

/* Make the map of a row's type for a model, in the current memory context. */
MmlRowMap *
mml_row_map(MmlRow *row, const MmlModel *model)
{
	const MmlTexts *names;
	int			count = count_columns(model, &names);
	MmlRowMap  *map = palloc0(sizeof(MmlRowMap));

	map->count = count;
	map->columns = palloc(sizeof(int) * (Size) count);
	map->x = palloc(sizeof(double) * (Size) model->rows.kind->features(model->rows.parsed));
	map->row = row;
	if (names != NULL)
		match_features(map, names);
	else
		match_inputs(map, model);
	return map;
}

/* Make it for the type of a row in a context of its own. */
static MmlRowMap *
make_map(MemoryContext parent, const MmlModel *model, HeapTupleHeader header)
{
	MemoryContext context = AllocSetContextCreate(parent, "mediaml row map",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	MmlRowMap  *map = mml_row_map(mml_row_open(header), model);

	map->context = context;
	MemoryContextSwitchTo(caller);
	return map;
}

/* The map for the row in an argument, which is read. */
static MmlRowMap *
map_arg(FunctionCallInfo fcinfo, int argno, const MmlModel *model)
{
	HeapTupleHeader header = PG_GETARG_HEAPTUPLEHEADER(argno);
	MemoryContext context;
	void	  **extra = mml_model_extra(fcinfo, &context);
	MmlRowMap  *map = *extra;

	if (map == NULL || !mml_row_fits(map->row, header))
	{
		*extra = NULL;
		if (map != NULL)
			MemoryContextDelete(map->context);
		*extra = map = make_map(context, model, header);
	}
	mml_row_read(map->row, header);
	return map;
}

/*
 * The row in an argument as the cells of a model whose kind has inputs.
 * Valid until the next row, in the present memory context.
 */
MmlRowMap *
mml_row_cells(FunctionCallInfo fcinfo, int argno, const MmlModel *model)
{
	MmlRowMap  *map = map_arg(fcinfo, argno, model);

	read_cells(map);
	return map;
}

/*
 * The features of a model from a row that has been read: as many as the model
 * has, valid until the next row.
 */
const double *
mml_row_features(MmlRowMap *map, const MmlModel *model)
{
	const MmlPart *part = &model->rows;

	if (part->kind->inputs == NULL)
		read_features(map);
	else
	{
		MmlPrepared prepared;
		size_t		column = 0;

		read_cells(map);
		prepared = part->kind->prepare(part->parsed, map->cells, map->x, &column);
		if (prepared != MML_PREPARED)
			report_unprepared(map, model, prepared, column);
	}
	return map->x;
}

/* The same from the row in an argument. */
const double *
mml_row_arg(FunctionCallInfo fcinfo, int argno, const MmlModel *model)
{
	return mml_row_features(map_arg(fcinfo, argno, model), model);
}

/* The row that mml_row_arg() or mml_row_cells() has read last, and its map. */
const MmlRowMap *
mml_row_last(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	return *mml_model_extra(fcinfo, &context);
}
