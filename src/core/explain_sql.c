/*-------------------------------------------------------------------------
 *
 * explain_sql.c
 *	  explain: why a model answers as it does for a row.
 *
 * What features add is summed up for each column of the row: of a pipeline
 * genre=drama and genre=war are both the genre.  Of a model that has one within
 * for each value of a column the one that answers the row is explained, of a
 * calibrated one the model that is calibrated.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/model_pg.h"
#include "core/result_pg.h"
#include "core/row_pg.h"

PG_FUNCTION_INFO_V1(mml_explain);

/* A column of the row, and what it adds. */
typedef struct Part
{
	int			column;			/* among those that the model reads */
	double		adds;
} Part;

/* The cluster that a text numbers; whether there is one that high, the kind knows. */
static int
find_cluster(const char *number)
{
	char	   *end;
	long		cluster = strtol(number, &end, 10);

	if (*number == '\0' || *end != '\0' || cluster < 0 || cluster > INT_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model has no cluster \"%s\"", number),
				 errhint("Clusters are numbers from 0.")));
	return (int) cluster;
}

/* Demand a model that can be explained. */
static void
demand_explained(FunctionCallInfo fcinfo, const MmlModel *model)
{
	if (model->fitted.kind->explain == NULL)
		mml_kind_report_unfit(model->fitted.kind, fcinfo->flinfo->fn_oid);
}

/* Explain the answer of a model, that is asked itself or within whole, for features x. */
static bool
explain(FunctionCallInfo fcinfo, const MmlModel *whole, const MmlModel *model, const double *x,
		MmlExplanation *e)
{
	const MmlPart *part = &model->fitted;

	e->class = -1;
	if (!PG_ARGISNULL(3))
	{
		char	   *class = text_to_cstring(PG_GETARG_TEXT_PP(3));

		e->class = part->kind->labels == NULL ? find_cluster(class) :
			mml_class_find(whole, part, class);
		if (e->class < 0)
			return false;		/* only models for other rows have it */
	}
	e->parts = palloc(sizeof(double) * (Size) part->kind->features(part->parsed));
	return part->kind->explain(part->parsed, x, e);
}

/* The more a part adds or takes away, the earlier it comes. */
static int
compare_parts(const void *a, const void *b)
{
	const Part *p = a;
	const Part *q = b;
	double		x = isnan(p->adds) ? 0 : fabs(p->adds);
	double		y = isnan(q->adds) ? 0 : fabs(q->adds);

	return x != y ? (x < y) - (x > y) : (p->column > q->column) - (p->column < q->column);
}

/*
 * Sum up what features add, for each column that has any; the largest first.
 * Returns how many columns these are.
 */
static int
sum_parts(const MmlModel *model, const MmlExplanation *e, int columns, Part *parts,
		  double *total)
{
	const double *feature = e->parts;
	int			n = 0;

	*total = e->base;
	for (int i = 0; i < columns; i++)
	{
		int			features = model->rows.kind->inputs == NULL ? 1 :
			model->rows.kind->input(model->rows.parsed, i).features;
		double		adds = 0;

		for (int f = 0; f < features; f++)
			adds += *feature++;
		*total += adds;
		if (features == 0)
			continue;
		parts[n].column = i;
		parts[n++].adds = adds;
	}
	qsort(parts, (size_t) n, sizeof(Part), compare_parts);
	return n;
}

/* The name of a class or cluster. */
static char *
name_class(const MmlPart *part, int class)
{
	if (part->kind->labels == NULL)
		return psprintf("%d", class);
	return mml_text_from_model(mml_texts_get(part->kind->labels(part->parsed), (size_t) class));
}

/* The value of a column of the row as a text; NULL where it has none. */
static char *
value_of(const MmlRowMap *map, int column)
{
	int			attribute = map->columns[column];
	Oid			output;
	bool		varlena;

	if (attribute < 0 || map->row->nulls[attribute])
		return NULL;
	getTypeOutputInfo(TupleDescAttr(map->row->desc, attribute)->atttypid, &output, &varlena);
	return OidOutputFunctionCall(output, map->row->values[attribute]);
}

/* How many rows are wanted. */
static int
wanted_rows(FunctionCallInfo fcinfo, int columns)
{
	if (PG_ARGISNULL(2))
		return columns;
	if (PG_GETARG_INT64(2) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must be at least 1, not " INT64_FORMAT, PG_GETARG_INT64(2)),
				 errhint("NULL asks for all features.")));
	return (int) Min(PG_GETARG_INT64(2), columns);
}

/* Put the parts that are wanted into the result. */
static void
put_parts(FunctionCallInfo fcinfo, const MmlModel *model, const MmlRowMap *map,
		  const MmlExplanation *e)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Part	   *parts = palloc(sizeof(Part) * (Size) map->count);
	double		total;
	int			rows = sum_parts(model, e, map->count, parts, &total);
	char	  **names = NULL;
	int			count;

	rows = wanted_rows(fcinfo, rows);
	if (model->rows.kind->inputs == NULL)
		names = mml_model_features(model, &count);
	for (int i = 0; i < rows; i++)
	{
		int			column = parts[i].column;
		char	   *value = value_of(map, column);
		Datum		values[7];
		bool		nulls[7] = {false};

		values[0] = CStringGetTextDatum(names != NULL ? names[column] :
										mml_text_from_model(model->rows.kind->input(model->rows.parsed, column).name));
		nulls[1] = value == NULL;
		if (value != NULL)
			values[1] = CStringGetTextDatum(value);
		mml_set_number(values, nulls, 2, parts[i].adds);
		values[3] = CStringGetTextDatum(name_class(&model->fitted, e->class));
		values[4] = CStringGetTextDatum(name_class(&model->fitted, e->against));
		mml_set_number(values, nulls, 5, e->base);
		mml_set_number(values, nulls, 6, total);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

/*
 * explain(model bytea, t record, k bigint, class text) -> rows of (feature,
 * value, contribution, class, against, base, total)
 */
Datum
mml_explain(PG_FUNCTION_ARGS)
{
	const MmlModel *whole;
	const MmlModel *model;
	const MmlRowMap *map;
	MmlExplanation e;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	whole = model = mml_model_arg(fcinfo, 0);
	if (whole->kind->grouping == NULL)
		demand_explained(fcinfo, model);
	map = mml_row_ask(fcinfo, 1, &model);
	if (map == NULL)
		return (Datum) 0;
	demand_explained(fcinfo, model);
	if (explain(fcinfo, whole, model, map->x, &e))
		put_parts(fcinfo, model, map, &e);
	return (Datum) 0;
}
