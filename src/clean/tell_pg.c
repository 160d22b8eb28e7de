/*-------------------------------------------------------------------------
 *
 * tell_pg.c
 *	  Say in words what a preprocessor makes of each column.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "clean/build_pg.h"

static const char *const encode_names[] = {
	"auto", "number", "one_hot", "ordinal", "frequency", "multi_hot", "hash", "target", "map", "parts"
};
static const char *const impute_names[] = {
	"auto", "none", "mean", "median", "mode", "constant"
};
static const char *const scale_names[] = {
	"auto", "none", "standard", "minmax", "robust", "log1p"
};
static const char *const clip_names[] = {"none", "range", "iqr", "quantiles"};
static const char *const unseen_names[] = {"other", "zero", "error"};
static const char *const part_names[] = {
	"days", "year", "quarter", "month", "day", "weekday", "hour"
};

/* Words for what recipes hold; models that were parsed hold nothing else. */
const char *
mml_clean_encode_name(int encode)
{
	return encode_names[encode];
}

const char *
mml_clean_impute_name(int impute)
{
	return impute_names[impute];
}

const char *
mml_clean_scale_name(int scale)
{
	return scale_names[scale];
}

const char *
mml_clean_clip_name(int clip)
{
	return clip_names[clip];
}

const char *
mml_clean_unseen_name(int unseen)
{
	return unseen_names[unseen];
}

/* The names of calendar parts, with commas. */
char *
mml_clean_parts_names(int parts)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int p = 0; p < MML_PARTS; p++)
		if ((parts & 1 << p) != 0)
			appendStringInfo(&list, "%s%s", list.len == 0 ? "" : ", ", part_names[p]);
	return list.data;
}

/* What is made of a column that is taken. */
static void
tell_taken(StringInfo text, const MmlRecipe *recipe, const MmlFitted *fitted)
{
	appendStringInfoString(text, encode_names[recipe->encode]);
	if (recipe->encode == MML_ENCODE_PARTS)
		appendStringInfo(text, " (%s)", mml_clean_parts_names(recipe->parts));
	else if (fitted->categories > 0)
		appendStringInfo(text, " of %zu categor%s", fitted->categories,
						 fitted->categories == 1 ? "y" : "ies");
	if (recipe->encode == MML_ENCODE_MAP && fitted->other > 0)
		appendStringInfo(text, ", %lld value%s not in it", (long long) fitted->other,
						 fitted->other == 1 ? " is" : "s are");
	if (recipe->impute == MML_IMPUTE_CONSTANT)
		appendStringInfoString(text, ", filled by a constant");
	else if (recipe->impute != MML_IMPUTE_NONE)
		appendStringInfo(text, ", filled by the %s", impute_names[recipe->impute]);
	if (recipe->indicator)
		appendStringInfoString(text, ", with an indicator");
	if (recipe->clip != MML_CLIP_NONE)
		appendStringInfo(text, ", clipped by %s", clip_names[recipe->clip]);
	if (recipe->scale > MML_SCALE_NONE)
		appendStringInfo(text, ", scaled %s", scale_names[recipe->scale]);
}

/* Why a column is left out. */
static void
tell_left(StringInfo text, const MmlOutcome *outcome)
{
	switch (outcome->decision)
	{
		case MML_LEAVE_UNFIT:
			appendStringInfo(text, "left out: type %s cannot be a feature", outcome->source->type);
			break;
		case MML_LEAVE_EMPTY:
			appendStringInfoString(text, "left out: no value is present");
			break;
		case MML_LEAVE_CONSTANT:
			appendStringInfoString(text, "left out: the same in every row");
			break;
		case MML_LEAVE_LEAK:
			appendStringInfoString(text, "left out: it equals the target");
			break;
		default:
			appendStringInfoString(text, "left out: like an id, nearly every row has its own");
			break;
	}
}

/* Tell by a NOTICE what was made of what, and what was left out and why. */
void
mml_clean_tell(const MmlPlan *plan, const MmlOutcome *outcomes, size_t features)
{
	StringInfoData text;
	int			taken = 0;
	int			left = 0;

	initStringInfo(&text);
	for (int k = 0; k < plan->features; k++)
	{
		const MmlOutcome *outcome = &outcomes[k];

		appendStringInfo(&text, "%s%s: ", text.len == 0 ? "" : "\n", outcome->source->name);
		if (outcome->decision == MML_TAKE)
			tell_taken(&text, &outcome->source->recipe, &outcome->fitted);
		else
			tell_left(&text, outcome);
		taken += outcome->decision == MML_TAKE;
		left += outcome->decision != MML_TAKE;
	}
	for (int i = 0; i < plan->count; i++)
		if (plan->sources[i].role == MML_ROLE_TARGET || plan->sources[i].role == MML_ROLE_ID)
			appendStringInfo(&text, "%s%s: %s", text.len == 0 ? "" : "\n", plan->sources[i].name,
							 i == plan->target ? "the target" : "an id");
	ereport(NOTICE,
			(features == 0 ?
			 errmsg("no feature can be made, so there is no preprocessor") :
			 errmsg("preprocessor makes %zu feature%s of %d column%s%s", features,
					features == 1 ? "" : "s", taken, taken == 1 ? "" : "s",
					left == 0 ? "" : psprintf(" and leaves %d out", left)),
			 text.len == 0 ? 0 : errdetail("%s", text.data),
			 left == 0 ? 0 :
			 errhint("A column that the option \"columns\" or \"features\" names is not left out.")));
}
