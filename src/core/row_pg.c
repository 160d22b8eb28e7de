/*-------------------------------------------------------------------------
 *
 * row_pg.c
 *	  The features of a model from a row, matched by name.
 *
 * Columns that the model does not know are ignored, one that it lacks is an
 * error.  Names are matched once a row type and model; every row is compared
 * with the type that they were matched for, by the identifier that the type
 * cache changes when a type is altered: this may outlive a statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "core/array_pg.h"
#include "core/row_pg.h"

/* What is remembered between the rows of a call. */
typedef struct RowMap
{
	MemoryContext context;		/* that all this lies in */
	uint64		row_type;		/* identifier in the type cache */
	int			features;
	int		   *columns;		/* (features) attribute of each */
	Oid		   *types;			/* (features) its base type */
	TupleDesc	desc;
	Datum	   *values;			/* (natts) */
	bool	   *nulls;			/* (natts) */
	double	   *x;				/* (features) */
} RowMap;

/* The column of a row type that has this name; -1 where there is none. */
static int
find_column(TupleDesc desc, const char *name)
{
	int			found = -1;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

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

/* Find each feature of the model among the columns of the row type. */
static void
match_columns(RowMap *map, const MmlTexts *names)
{
	const char *utf8 = names->first;

	for (int i = 0; i < map->features; i++)
	{
		char	   *name = mml_text_from_model(utf8);
		int			column = find_column(map->desc, name);

		if (column < 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the row has no column \"%s\"", name),
					 errdetail("The model was trained with a feature of this name.")));
		map->columns[i] = column;
		map->types[i] = getBaseType(TupleDescAttr(map->desc, column)->atttypid);
		if (!mml_is_number(map->types[i]))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" is of type %s, but the model needs a number",
							name, format_type_be(TupleDescAttr(map->desc, column)->atttypid))));
		pfree(name);
		utf8 = mml_text_next(utf8);
	}
}

/* Make the map of a row type for a model. */
static RowMap *
make_map(MemoryContext parent, const MmlModel *model, Oid type, int32 typmod)
{
	const MmlTexts *names = model->kind->feature_names == NULL ? NULL :
		model->kind->feature_names(model->parsed);
	MemoryContext context;
	MemoryContext caller;
	RowMap	   *map;

	if (names == NULL || names->count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model does not know the names of its features"),
				 errhint("Train with the option \"names\", or predict from an array.")));
	context = AllocSetContextCreate(parent, "mediaml row map",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	map = palloc0(sizeof(RowMap));
	map->context = context;
	map->row_type = assign_record_type_identifier(type, typmod);
	map->features = (int) names->count;
	map->desc = lookup_rowtype_tupdesc_copy(type, typmod);
	map->columns = palloc(sizeof(int) * names->count);
	map->types = palloc(sizeof(Oid) * names->count);
	map->x = palloc(sizeof(double) * names->count);
	map->values = palloc(sizeof(Datum) * (Size) Max(map->desc->natts, 1));
	map->nulls = palloc(sizeof(bool) * (Size) Max(map->desc->natts, 1));
	match_columns(map, names);
	MemoryContextSwitchTo(caller);
	return map;
}

/* Complain that a column of a row has no finite number. */
static void
report_unusable(const RowMap *map, int column, bool null)
{
	const char *name = NameStr(TupleDescAttr(map->desc, column)->attname);

	ereport(ERROR,
			(errcode(null ? ERRCODE_NULL_VALUE_NOT_ALLOWED : ERRCODE_DATA_EXCEPTION),
			 null ? errmsg("column \"%s\" is null, but the model needs a number", name) :
			 errmsg("column \"%s\" is not a finite number", name),
			 errhint("Leave such rows out with a WHERE clause, or put a number in their place.")));
}

/*
 * The features of a model from the row in an argument: as many as the model
 * has, valid until the next row.
 */
const double *
mml_row_arg(FunctionCallInfo fcinfo, int argno, const MmlModel *model)
{
	HeapTupleHeader header = PG_GETARG_HEAPTUPLEHEADER(argno);
	Oid			type = HeapTupleHeaderGetTypeId(header);
	int32		typmod = HeapTupleHeaderGetTypMod(header);
	MemoryContext context;
	void	  **extra = mml_model_extra(fcinfo, &context);
	RowMap	   *map = *extra;
	HeapTupleData tuple;

	if (map == NULL ||
		map->row_type != assign_record_type_identifier(type, typmod))
	{
		*extra = NULL;
		if (map != NULL)
			MemoryContextDelete(map->context);
		*extra = map = make_map(context, model, type, typmod);
	}

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	heap_deform_tuple(&tuple, map->desc, map->values, map->nulls);
	for (int i = 0; i < map->features; i++)
	{
		int			column = map->columns[i];

		if (map->nulls[column])
			report_unusable(map, column, true);
		map->x[i] = mml_number_of(map->types[i], map->values[column]);
		if (!isfinite(map->x[i]))
			report_unusable(map, column, false);
	}
	return map->x;
}
