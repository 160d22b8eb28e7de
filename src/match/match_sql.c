/*-------------------------------------------------------------------------
 *
 * match_sql.c
 *	  match_score, match_relaxed, match_reasons, match_rows: rows by what
 *	  somebody wants of them.
 *
 * The columns are found by their names once a row type, and what is wanted is
 * read once.  A score is the mean of the similarities of the soft conditions
 * by weight; NULL where a hard one does not hold.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "core/compat_pg.h"
#include "match/match_pg.h"

#define REASON_COLUMNS 7
#define ROW_COLUMNS 4

PG_FUNCTION_INFO_V1(mml_match_score);
PG_FUNCTION_INFO_V1(mml_match_relaxed);
PG_FUNCTION_INFO_V1(mml_match_reasons);
PG_FUNCTION_INFO_V1(mml_match_rows);

/*
 * What is wanted, compared with the row in the first argument.  NULL where one
 * of them is NULL, which is said by the caller.
 */
static MmlWishes *
read_row(FunctionCallInfo fcinfo)
{
	HeapTupleHeader header = PG_GETARG_HEAPTUPLEHEADER(0);
	Jsonb	   *wanted = PG_GETARG_JSONB_P(1);
	MmlWishes  *all = fcinfo->flinfo->fn_extra;

	if (all == NULL || !mml_row_fits(all->row, header) ||
		VARSIZE(all->wanted) != VARSIZE(wanted) ||
		memcmp(all->wanted, wanted, VARSIZE(wanted)) != 0)
	{
		fcinfo->flinfo->fn_extra = NULL;
		if (all != NULL)
			MemoryContextDelete(all->context);
		all = mml_wishes_read(fcinfo->flinfo->fn_mcxt, wanted, header);
		fcinfo->flinfo->fn_extra = all;
	}
	mml_row_read(all->row, header);
	for (int i = 0; i < all->count; i++)
	{
		MmlWish    *wish = &all->wishes[i];

		mml_reader_read(&wish->reader, all->row->values[wish->column],
						all->row->nulls[wish->column], &wish->cell);
		wish->similarity = mml_match_similarity(&wish->condition, &wish->cell);
		wish->holds = mml_match_holds(&wish->condition, &wish->cell);
	}
	return all;
}

/* Do all hard conditions hold? */
static bool
fits(const MmlWishes *all)
{
	for (int i = 0; i < all->hard; i++)
		if (!all->wishes[i].holds)
			return false;
	return true;
}

/* The sum of the weights of the soft conditions. */
static double
sum_weights(const MmlWishes *all)
{
	double		sum = 0;

	for (int i = all->hard; i < all->count; i++)
		sum += all->wishes[i].condition.weight;
	return sum;
}

/* match_score(t record, wanted jsonb) -> float8 */
Datum
mml_match_score(PG_FUNCTION_ARGS)
{
	const MmlWishes *all = read_row(fcinfo);
	double		sum = 0;

	if (!fits(all))
		PG_RETURN_NULL();
	if (all->hard == all->count)
		PG_RETURN_FLOAT8(1);
	for (int i = all->hard; i < all->count; i++)
		sum += all->wishes[i].condition.weight * all->wishes[i].similarity;
	PG_RETURN_FLOAT8(sum / sum_weights(all));
}

/*
 * match_relaxed(t record, wanted jsonb) -> text[]: the columns of the soft
 * conditions that are dropped, the lightest first, until all others hold.
 */
Datum
mml_match_relaxed(PG_FUNCTION_ARGS)
{
	const MmlWishes *all = read_row(fcinfo);
	int			end = all->count;
	Datum	   *names;

	if (!fits(all))
		PG_RETURN_NULL();
	while (end > all->hard && all->wishes[end - 1].holds)
		end--;
	names = palloc((Size) (end - all->hard + 1) * sizeof(Datum));
	for (int i = all->hard; i < end; i++)
		names[i - all->hard] = CStringGetTextDatum(all->wishes[i].name);
	PG_RETURN_ARRAYTYPE_P(construct_array(names, end - all->hard, TEXTOID, -1, false,
										  TYPALIGN_INT));
}

/* match_reasons(t record, wanted jsonb) -> a row for each condition */
Datum
mml_match_reasons(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const MmlWishes *all;
	double		sum;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	all = read_row(fcinfo);
	sum = sum_weights(all);
	for (int i = 0; i < all->count; i++)
	{
		const MmlWish *wish = &all->wishes[i];
		bool		must = wish->condition.must;
		Datum		values[REASON_COLUMNS];
		bool		nulls[REASON_COLUMNS] = {false};

		values[0] = CStringGetTextDatum(wish->name);
		values[1] = JsonbPGetDatum(wish->wanted);
		values[2] = BoolGetDatum(must);
		values[3] = BoolGetDatum(wish->holds);
		values[4] = Float8GetDatum(wish->similarity);
		values[5] = Float8GetDatum(wish->condition.weight);
		values[6] = Float8GetDatum(must ? 0 : wish->condition.weight * wish->similarity / sum);
		nulls[5] = nulls[6] = must;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The statement that ranks the rows of a query. */
static char *
ranking_of(const char *query)
{
	return psprintf("SELECT m.score, m.relaxed, pg_catalog.to_jsonb(t)"
					" FROM (%s\n) AS t CROSS JOIN LATERAL (SELECT mediaml.match_score(t, $1) AS score,"
					" mediaml.match_relaxed(t, $1) AS relaxed) AS m"
					" WHERE m.score IS NOT NULL"
					" ORDER BY pg_catalog.cardinality(m.relaxed), m.score DESC LIMIT $2", query);
}

/*
 * Rank the rows of a query.  It is put into another between brackets, which it
 * may close: what comes of it must be one SELECT of columns as they are read.
 */
static void
run_ranking(const char *query, Datum *arguments)
{
	Oid			types[2] = {JSONBOID, INT8OID};
	SPIPlanPtr	plan = SPI_prepare(ranking_of(query), 2, types);
	TupleDesc	desc = NULL;

	if (plan != NULL && SPI_is_cursor_plan(plan) &&
		SPI_execute_plan(plan, arguments, NULL, true, 0) == SPI_OK_SELECT)
		desc = SPI_tuptable->tupdesc;
	if (desc == NULL || desc->natts != ROW_COLUMNS - 1 ||
		TupleDescAttr(desc, 0)->atttypid != FLOAT8OID ||
		TupleDescAttr(desc, 1)->atttypid != TEXTARRAYOID ||
		TupleDescAttr(desc, 2)->atttypid != JSONBOID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the query must be one that returns rows")));
}

/* match_rows(query text, wanted jsonb, k bigint) -> the k best rows */
Datum
mml_match_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		arguments[2];
	int64		k;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return (Datum) 0;
	k = PG_GETARG_INT64(2);
	if (k < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must be at least 1, not " INT64_FORMAT, k)));
	arguments[0] = PG_GETARG_DATUM(1);
	arguments[1] = Int64GetDatum(k);
	SPI_connect();
	run_ranking(text_to_cstring(PG_GETARG_TEXT_PP(0)), arguments);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		values[ROW_COLUMNS];
		bool		nulls[ROW_COLUMNS] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int32GetDatum((int32) i + 1);
		for (int column = 1; column < ROW_COLUMNS; column++)
			values[column] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc,
										   column, &nulls[column]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}
