/*-------------------------------------------------------------------------
 *
 * popularity_sql.c
 *	  popularity, the aggregate, and the kind of model that it makes: items
 *	  and the sum of the weights that each has got.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "recommend/gather_pg.h"
#include "recommend/popularity_pg.h"

PG_FUNCTION_INFO_V1(mml_popularity_accum);
PG_FUNCTION_INFO_V1(mml_popularity_final);

/* What model_info says of a popularity model. */
static void
add_info(const void *model, StringInfo json)
{
	mml_catalogue_info(model, json);
}

const MmlKind mml_popularity_kind = {
	.name = "popularity",
	.use = "Use recommend_from().",
	.parsed_size = sizeof(MmlPopularity),
	.parse = mml_popularity_parse,
	.info = add_info
};

/* There are no options yet, so any is refused. */
static void
read_options(void *options, Jsonb *given)
{
	(void) options;
	if (given != NULL && !(JB_ROOT_IS_OBJECT(given) && JB_ROOT_COUNT(given) == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("popularity has no options")));
}

static const MmlGatherJob job = {
	.kind = "popularity",
	.context_name = "mediaml popularity",
	.read_options = read_options
};

/* popularity_accum(internal, user anyelement, item, weight [, options]) */
Datum
mml_popularity_accum(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(mml_gather_add(fcinfo, &job));
}

/* popularity_final(internal) -> bytea */
Datum
mml_popularity_final(PG_FUNCTION_ARGS)
{
	MmlGather  *gather = mml_gather_finish(fcinfo);
	MmlWriter	writer;
	bytea	   *model;

	if (gather == NULL)
		PG_RETURN_NULL();
	mml_model_begin(&writer, mml_popularity_kind.name);
	mml_gather_write(gather, &writer);
	model = mml_model_finish(&writer);
	mml_gather_free(gather);
	PG_RETURN_BYTEA_P(model);
}
