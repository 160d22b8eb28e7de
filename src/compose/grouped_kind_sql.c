/*-------------------------------------------------------------------------
 *
 * grouped_kind_sql.c
 *	  The kind "grouped": a model for each value of a column of raw rows;
 *	  group_model.
 *
 * Models within are estimators that know the names of their features,
 * pipelines, or calibrated ones, never grouped themselves; and all of them
 * tell classes, or clusters, or neither.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "compose/compose_pg.h"
#include "compose/grouped.h"
#include "core/json_pg.h"
#include "core/memory_pg.h"

PG_FUNCTION_INFO_V1(mml_group_model);

/* A parsed model. */
typedef struct Grouped
{
	MmlGroups	groups;
	MmlModel   *models;			/* (groups.models) */
	const char **starts;		/* (groups.models) of their bytes */
	MmlTextSet	set;			/* of all their classes */
	MmlTexts	labels;			/* the same */
	int			positive;		/* of labels, if all of them agree; else -1 */
} Grouped;

/* ---------------------------------------------------------------- reading */

/* Can a model of this kind, which may not yet be parsed, be within? */
bool
mml_grouped_may_hold(const MmlKind *kind)
{
	return kind != NULL && kind->features != NULL && kind->grouping == NULL;
}

/* Does a model find its features in a row and make a prediction of them? */
bool
mml_grouped_answers_rows(const MmlModel *model)
{
	const MmlPart *rows = &model->rows;

	if (model->estimator.kind->features == NULL || model->estimator.kind->predict == NULL)
		return false;
	return rows->kind->inputs != NULL ||
		(rows->kind->feature_names != NULL && rows->kind->feature_names(rows->parsed)->count > 0);
}

/* What a model answers with. */
MmlAnswers
mml_grouped_answers(const MmlModel *model)
{
	const MmlPart *part = &model->estimator;

	if (part->kind->labels != NULL && part->kind->labels(part->parsed)->count > 0)
		return MML_ANSWERS_CLASS;
	return part->kind->cluster != NULL ? MML_ANSWERS_CLUSTER : MML_ANSWERS_NUMBER;
}

/* Read the model that begins at these bytes. */
static const char *
parse_member(const char *bytes, Size size, MmlEnvelope *inner, MmlModel *model)
{
	void	   *parsed;

	MML_DEMAND(mml_model_inside(bytes, size, inner));
	model->kind = mml_kind_find(inner->kind);
	if (!mml_grouped_may_hold(model->kind))
		return "A model within it is none that can be there.";
	parsed = palloc0(model->kind->parsed_size);
	MML_DEMAND(model->kind->parse(inner, parsed));
	model->parsed = parsed;
	mml_model_resolve(model);
	if (!mml_grouped_answers_rows(model))
		return "A model within it does not answer rows.";
	return NULL;
}

/* Add the classes of a model to those of all. */
static void
add_classes(const MmlModel *model, MmlTextSet *set)
{
	const MmlTexts *labels = model->estimator.kind->labels(model->estimator.parsed);
	const char *label = labels->first;

	for (size_t i = 0; i < labels->count; i++, label = mml_text_next(label))
		mml_text_set_add(set, label);
}

/* Of two classes the one that all models hold to be the positive one; else -1. */
static int
agreed_positive(const Grouped *grouped)
{
	const char *agreed = NULL;

	if (grouped->labels.count != 2)
		return -1;
	for (size_t i = 0; i < grouped->groups.models; i++)
	{
		const MmlPart *part = &grouped->models[i].estimator;
		int			positive = part->kind->positive == NULL ? -1 :
			part->kind->positive(part->parsed);
		const char *label;

		if (positive < 0)
			return -1;
		label = mml_texts_get(part->kind->labels(part->parsed), (size_t) positive);
		if (agreed != NULL && strcmp(agreed, label) != 0)
			return -1;
		agreed = label;
	}
	return strcmp(agreed, mml_texts_get(&grouped->labels, 1)) == 0;
}

/* Fill a Grouped from an envelope, in the current memory context. */
static const char *
parse_grouped(const MmlEnvelope *env, void *p)
{
	Grouped    *grouped = p;
	MmlGroups  *groups = &grouped->groups;
	MmlEnvelope *inner = palloc(sizeof(MmlEnvelope));
	const char *bytes;

	grouped->set.room = mml_palloc_room();
	MML_DEMAND(mml_groups_parse(env, grouped->set.room, groups));
	grouped->models = mml_alloc(mml_size_mul(groups->models, sizeof(MmlModel)));
	grouped->starts = mml_alloc(mml_size_mul(groups->models, sizeof(char *)));
	memset(grouped->models, 0, groups->models * sizeof(MmlModel));
	bytes = groups->bytes;
	for (Size i = 0; i < groups->models; i++)
	{
		MmlModel   *model = &grouped->models[i];

		CHECK_FOR_INTERRUPTS();
		MML_DEMAND(parse_member(bytes, (Size) groups->sizes[i], inner, model));
		if (mml_grouped_answers(model) != mml_grouped_answers(&grouped->models[0]))
			return "The models within it answer with different things.";
		if (mml_grouped_answers(model) == MML_ANSWERS_CLASS)
			add_classes(model, &grouped->set);
		grouped->starts[i] = bytes;
		bytes += mml_align64((Size) groups->sizes[i]);
	}
	pfree(inner);
	grouped->labels = mml_text_set_list(&grouped->set);
	grouped->positive = agreed_positive(grouped);
	return NULL;
}

/* --------------------------------------------------------------- the kind */

/* The column that chooses. */
static const char *
get_column(const void *model)
{
	return ((const Grouped *) model)->groups.column;
}

/* How many models there are. */
static int
count_members(const void *model)
{
	return (int) ((const Grouped *) model)->groups.models;
}

/* Which of them is for a value. */
static int
find_member(const void *model, const MmlText *value)
{
	const MmlGroups *groups = &((const Grouped *) model)->groups;
	Size		i = value == NULL ? groups->count : mml_groups_find(groups, *value);

	return i < groups->models ? (int) i : -1;
}

/* One of them. */
static const MmlModel *
get_member(const void *model, int i)
{
	return &((const Grouped *) model)->models[i];
}

/* Does any of them have a class of this label? */
static bool
has_class(const void *model, const char *label)
{
	return mml_text_set_has(&((const Grouped *) model)->set, label);
}

static const MmlGrouping grouping = {
	.column = get_column,
	.count = count_members,
	.find = find_member,
	.member = get_member,
	.has_class = has_class
};

/* The classes of all of them. */
static const MmlTexts *
class_labels(const void *model)
{
	return &((const Grouped *) model)->labels;
}

/* The positive one of two. */
static int
positive_class(const void *model)
{
	return ((const Grouped *) model)->positive;
}

/* model_info: each model as it describes itself. */
static void
describe(const void *parsed, StringInfo json)
{
	const Grouped *grouped = parsed;
	const MmlGroups *groups = &grouped->groups;

	mml_json_add_string(json, "column", mml_text_from_model(groups->column));
	mml_json_open(json, "groups");
	for (Size i = 0; i < groups->models; i++)
	{
		const MmlModel *model = &grouped->models[i];

		CHECK_FOR_INTERRUPTS();
		if (i == groups->count)
		{
			mml_json_close(json);
			mml_json_open(json, "others");
		}
		else
			mml_json_open(json, mml_text_from_model(groups->keys[i].bytes));
		mml_kind_describe(model->kind, model->parsed, json);
		if (i < groups->count)
			mml_json_close(json);
	}
	mml_json_close(json);
}

const MmlKind mml_grouped_kind = {
	.name = "grouped",
	.use = "A row chooses the model: use predict_row(), predict_label_row(), predict_proba_row(), cluster_row() or explain(), or group_model() for the model of one group.",
	.parsed_size = sizeof(Grouped),
	.parse = parse_grouped,
	.grouping = &grouping,
	.labels = class_labels,
	.positive = positive_class,
	.info = describe
};

/* --------------------------------------------------------------- functions */

/* group_model(model bytea, key text) -> bytea */
Datum
mml_group_model(PG_FUNCTION_ARGS)
{
	const MmlModel *model;
	const Grouped *grouped;
	Size		i;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	model = mml_model_arg(fcinfo, 0);
	if (model->kind != &mml_grouped_kind)
		mml_kind_report_unfit(model->kind, fcinfo->flinfo->fn_oid);
	grouped = model->parsed;
	i = grouped->groups.count;
	if (!PG_ARGISNULL(1))
	{
		MmlText		key = {.bytes = mml_text_to_model(text_to_cstring(PG_GETARG_TEXT_PP(1)))};

		key.length = strlen(key.bytes);
		i = mml_groups_find(&grouped->groups, key);
		if (i == grouped->groups.count)
			PG_RETURN_NULL();
	}
	if (i >= grouped->groups.models)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(memcpy(palloc((Size) grouped->groups.sizes[i]), grouped->starts[i],
							 (Size) grouped->groups.sizes[i]));
}
