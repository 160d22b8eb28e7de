/*-------------------------------------------------------------------------
 *
 * build_pg.c
 *	  Make a preprocessor of the summary of its rows.
 *
 * The plan is made again of what the state carries; each column is decided
 * and fitted, one scratch serving all; and the sections of the model
 * (preprocessor.h) are written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "clean/build_pg.h"
#include "clean/clean_pg.h"
#include "core/memory_pg.h"
#include "core/model_pg.h"

/* A feature that equals the target in fewer rows may do so by chance. */
#define LEAK_ROWS 10

/* The sections of a model being filled, for so many columns. */
typedef struct Sections
{
	Size		columns;
	Size		features;
	Size		categories;
	Size		width;
	int32_t    *recipes;
	double	   *numbers;
	int64_t    *hashes;
	int32_t    *codes;
	int64_t    *counts;
	double	   *values;
	int64_t    *texts;
	StringInfoData pool;
	StringInfoData names;
	StringInfoData types;
	StringInfoData separators;
	StringInfoData missing;
	StringInfoData feature_names;
	StringInfoData roles;
	StringInfoData quantiles;
	int64_t		rows[CLEAN_SUMMARY];
} Sections;

/* Names of features, found by their hash. */
typedef struct NameSet
{
	Size		slots;			/* a power of two, at least twice the names */
	char	  **names;			/* (slots) or NULL */
} NameSet;

/* ------------------------------------------------------------------- plan */

/* Make the plan again of what a state carries. */
static void
plan_table(MmlPlan *plan, const MmlTable *table)
{
	Jsonb	   *options = NULL;

	if (table->options[0] != '\0')
		options = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
													 CStringGetDatum(mml_text_from_model(table->options))));
	plan->count = (int) table->count;
	plan->sources = palloc0(sizeof(MmlSource) * Max(table->count, 1));
	for (size_t i = 0; i < table->count; i++)
	{
		plan->sources[i].name = mml_text_from_model(table->names[i]);
		plan->sources[i].type = mml_text_from_model(table->types[i]);
		plan->sources[i].class = table->columns[i].class;
	}
	mml_clean_plan(plan, options);
	for (int i = 0; i < plan->count; i++)
		if (mml_clean_plan_collect(plan, i) != table->columns[i].collect)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the state is not one of preprocessor with its options")));
}

/*
 * Does a feature equal the target in every row where that is known?  Not where
 * these are so few that it may be chance.
 */
static bool
is_leak(const MmlPlan *plan, const MmlTable *table, const MmlOutcome *outcome)
{
	const MmlColumn *target = plan->target < 0 ? NULL : &table->columns[plan->target];
	bool		varies;

	if (target == NULL || outcome->column->differs || outcome->decision != MML_TAKE ||
		target->class == MML_CLASS_LIST || target->class == MML_CLASS_UNFIT ||
		outcome->source->class == MML_CLASS_LIST ||
		target->rows - target->nulls < LEAK_ROWS)
		return false;
	if (target->class == MML_CLASS_TEXT)
		varies = target->first_length != target->last_length ||
			memcmp(target->extremes, target->extremes + target->first_length,
				   target->first_length) != 0;
	else
	{
		MmlMoments	moments;

		mml_profile_values_moments(&target->values, &moments);
		varies = moments.n > 0 && moments.min < moments.max;
	}
	return varies;
}

/* Leave such a feature out, or complain. */
static void
refuse_leak(const MmlPlan *plan, const MmlTable *table, MmlOutcome *outcome)
{
	if (!is_leak(plan, table, outcome))
		return;
	if (!plan->leave_leaks)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("column \"%s\" equals the target \"%s\" in every row where that is known",
						outcome->source->name, plan->sources[plan->target].name),
				 errhint("A model that sees the answer learns nothing else: list the column in the option \"exclude\".")));
	outcome->decision = MML_LEAVE_LEAK;
}

/* Copy an array out of the scratch. */
static void *
keep(const void *array, Size count, Size bytes)
{
	Size		size = mml_size_mul(count, bytes);

	return size == 0 ? NULL : memcpy(mml_alloc(size), array, size);
}

/* Decide on each column that may be a feature, and fit those that are taken. */
static MmlOutcome *
fit_columns(const MmlPlan *plan, const MmlTable *table)
{
	MmlOutcome *outcomes = palloc0(sizeof(MmlOutcome) * (Size) Max(plan->features, 1));
	MmlMoments	target = {0};
	void	   *work = NULL;
	Size		room = 0;

	if (plan->folds)
		mml_profile_values_moments(&table->columns[plan->target].values, &target);
	for (int k = 0; k < plan->features; k++)
	{
		MmlSource  *source = &plan->sources[plan->order[k]];
		MmlOutcome *o = &outcomes[k];
		MmlFitted  *fitted = &o->fitted;
		Size		wanted;

		CHECK_FOR_INTERRUPTS();
		o->source = source;
		o->column = &table->columns[plan->order[k]];
		wanted = mml_clean_work(&source->recipe, o->column);
		if (wanted > room || work == NULL)
		{
			if (work != NULL)
				pfree(work);
			work = mml_alloc(Max(wanted, 64));
			room = wanted;
		}
		o->decision = mml_clean_decide(&source->recipe, o->column,
									   table->names[plan->order[k]],
									   table->types[plan->order[k]], work);
		if (o->decision != MML_TAKE)
			continue;
		mml_clean_fit(&source->recipe, o->column, plan->folds ? &target : NULL, fitted, work);
		fitted->texts = keep(fitted->texts, fitted->categories, sizeof(MmlText));
		fitted->counts = keep(fitted->counts, fitted->categories, sizeof(int64_t));
		fitted->values = keep(fitted->values, fitted->categories * fitted->width, sizeof(double));
		refuse_leak(plan, table, o);
	}
	if (work != NULL)
		pfree(work);
	return outcomes;
}

/* --------------------------------------------------------------- sections */

/* Append a text with its end to a list of texts. */
static void
add_text(StringInfo list, const char *utf8)
{
	appendBinaryStringInfo(list, utf8, (int) strlen(utf8) + 1);
}

/*
 * Take a name into the set, with a prime behind it where it is there already,
 * and another, until it is not.
 */
static void
add_unique(NameSet *set, StringInfo name)
{
	for (;;)
	{
		Size		i = mml_hash_bytes((size_t) name->len, name->data) & (set->slots - 1);

		while (set->names[i] != NULL && strcmp(set->names[i], name->data) != 0)
			i = (i + 1) & (set->slots - 1);
		if (set->names[i] == NULL)
		{
			set->names[i] = pstrdup(name->data);
			return;
		}
		appendStringInfoChar(name, '\'');
	}
}

/* Name the features of a column. */
static void
name_features(Sections *s, NameSet *set, const int32_t *whole, const MmlFitted *fitted,
			  const char *column)
{
	StringInfoData name;

	initStringInfo(&name);
	for (size_t f = 0; f < fitted->features; f++)
	{
		size_t		length = mml_clean_feature_name(whole, fitted->texts, column, f, 0, NULL);

		resetStringInfo(&name);
		enlargeStringInfo(&name, (int) length + 1);
		mml_clean_feature_name(whole, fitted->texts, column, f, length + 1, name.data);
		name.len = (int) length;
		name.data[length] = '\0';
		add_unique(set, &name);
		add_text(&s->feature_names, name.data);
		CHECK_FOR_INTERRUPTS();
	}
	pfree(name.data);
}

/* Count what there will be, and make room for it. */
static void
open_sections(Sections *s, const MmlPlan *plan, const MmlOutcome *outcomes)
{
	memset(s, 0, sizeof(Sections));
	s->width = 1;
	for (int k = 0; k < plan->features; k++)
		if (outcomes[k].decision == MML_TAKE)
		{
			s->columns++;
			s->features += outcomes[k].fitted.features;
			s->categories += outcomes[k].fitted.categories;
			s->width = Max(s->width, outcomes[k].fitted.width);
		}
	mml_model_check_size(mml_size_mul(s->categories, 28 + s->width * sizeof(double)),
						 "Lower the option \"max_categories\".");
	s->recipes = mml_alloc(mml_size_mul(s->columns, CLEAN_RECIPE * sizeof(int32_t)));
	s->numbers = mml_alloc(mml_size_mul(s->columns, CLEAN_NUMBERS * sizeof(double)));
	s->hashes = mml_alloc(mml_size_mul(s->categories, sizeof(int64_t)));
	s->codes = mml_alloc(mml_size_mul(s->categories, sizeof(int32_t)));
	s->counts = mml_alloc(mml_size_mul(s->categories, sizeof(int64_t)));
	s->values = mml_alloc(mml_size_mul(s->categories, s->width * sizeof(double)));
	memset(s->values, 0, s->categories * s->width * sizeof(double));
	s->texts = mml_alloc(mml_size_mul(s->categories + 1, sizeof(int64_t)));
	initStringInfo(&s->pool);
	initStringInfo(&s->names);
	initStringInfo(&s->types);
	initStringInfo(&s->separators);
	initStringInfo(&s->missing);
	initStringInfo(&s->feature_names);
	initStringInfo(&s->roles);
	initStringInfo(&s->quantiles);
}

/* Fill in the categories of a column, behind "first" of those before it. */
static void
add_categories(Sections *s, const MmlFitted *fitted, Size first)
{
	mml_clean_index(fitted->categories, fitted->texts, s->hashes + first, s->codes + first);
	for (size_t c = 0; c < fitted->categories; c++)
	{
		s->counts[first + c] = fitted->counts[c];
		memcpy(s->values + (first + c) * s->width, fitted->values + c * fitted->width,
			   fitted->width * sizeof(double));
		s->texts[first + c] = s->pool.len;
		appendBinaryStringInfo(&s->pool, fitted->texts[c].bytes, (int) fitted->texts[c].length);
	}
}

/* Fill in all columns that are taken. */
static void
fill_sections(Sections *s, const MmlPlan *plan, const MmlTable *table, const MmlOutcome *outcomes)
{
	NameSet		set = {.slots = 16};
	Size		column = 0;
	Size		category = 0;

	while (set.slots < 2 * s->features)
		set.slots *= 2;
	set.names = mml_alloc(mml_size_mul(set.slots, sizeof(char *)));
	memset(set.names, 0, set.slots * sizeof(char *));
	for (int k = 0; k < plan->features; k++)
	{
		const MmlRecipe *recipe = &plan->sources[plan->order[k]].recipe;
		const MmlFitted *fitted = &outcomes[k].fitted;
		int32_t    *whole = s->recipes + column * CLEAN_RECIPE;
		const char *name = table->names[plan->order[k]];

		if (outcomes[k].decision != MML_TAKE)
			continue;
		mml_clean_rows(recipe, fitted, whole, s->numbers + column * CLEAN_NUMBERS);
		if (mml_clean_is_numbers(whole))
		{
			appendBinaryStringInfo(&s->quantiles, (const char *) fitted->points, sizeof(fitted->points));
			appendBinaryStringInfo(&s->quantiles, (const char *) fitted->shares, sizeof(fitted->shares));
		}
		add_text(&s->names, name);
		add_text(&s->types, table->types[plan->order[k]]);
		add_text(&s->separators, recipe->separator == NULL ? "" : recipe->separator);
		for (int m = 0; m < recipe->missing_count; m++)
			add_text(&s->missing, recipe->missing[m]);
		name_features(s, &set, whole, fitted, name);
		add_categories(s, fitted, category);
		category += fitted->categories;
		column++;
	}
	s->texts[category] = s->pool.len;
}

/* Fill in what target and id are; one that no cell can hold is none. */
static void
fill_roles(Sections *s, const MmlPlan *plan, const MmlTable *table)
{
	const int	sources[] = {plan->target, plan->id};

	s->rows[CLEAN_SEEN] = table->rows;
	for (int r = 0; r < 2; r++)
	{
		int			i = sources[r] >= 0 && table->columns[sources[r]].class == MML_CLASS_UNFIT ?
			-1 : sources[r];

		s->rows[CLEAN_TARGET_CLASS + r] = i < 0 ? 0 : table->columns[i].class;
		add_text(&s->roles, i < 0 ? "" : table->names[i]);
		add_text(&s->roles, i < 0 ? "" : table->types[i]);
	}
}

/* Add a list of texts that are UTF-8 already. */
static void
write_texts(MmlWriter *writer, const char *name, const StringInfoData *list)
{
	mml_model_add(writer, name, MML_U8, (Size) list->len, 1, list->data);
}

/* Write all sections. */
static bytea *
write_sections(const Sections *s)
{
	MmlWriter	writer;

	mml_model_begin(&writer, mml_preprocessor_kind.name);
	mml_model_add(&writer, "recipes", MML_I32, s->columns, CLEAN_RECIPE, s->recipes);
	mml_model_add(&writer, "numbers", MML_F64, s->columns, CLEAN_NUMBERS, s->numbers);
	mml_model_add(&writer, "hashes", MML_I64, s->categories, 1, s->hashes);
	mml_model_add(&writer, "codes", MML_I32, s->categories, 1, s->codes);
	mml_model_add(&writer, "counts", MML_I64, s->categories, 1, s->counts);
	mml_model_add(&writer, "values", MML_F64, s->categories, s->width, s->values);
	mml_model_add(&writer, "texts", MML_I64, s->categories + 1, 1, s->texts);
	mml_model_add(&writer, "pool", MML_U8, (Size) s->pool.len, 1, s->pool.data);
	mml_model_add(&writer, "rows", MML_I64, CLEAN_SUMMARY, 1, s->rows);
	write_texts(&writer, "names", &s->names);
	write_texts(&writer, "types", &s->types);
	write_texts(&writer, "separators", &s->separators);
	write_texts(&writer, "missing", &s->missing);
	write_texts(&writer, "feature_names", &s->feature_names);
	write_texts(&writer, "roles", &s->roles);
	mml_model_add(&writer, "quantiles", MML_F64,
				  (Size) s->quantiles.len / (2 * MML_POINTS * sizeof(double)), 2 * MML_POINTS,
				  s->quantiles.data);
	return mml_model_finish(&writer);
}

/*
 * Make the model of a summary, in the current memory context; NULL where no
 * column can be a feature.  tell: by a NOTICE what was made of what.
 */
bytea *
mml_clean_build(const MmlTable *table, bool tell)
{
	MmlPlan		plan;
	MmlOutcome *outcomes;
	Sections	sections;

	plan_table(&plan, table);
	outcomes = fit_columns(&plan, table);
	open_sections(&sections, &plan, outcomes);
	if (tell)
		mml_clean_tell(&plan, outcomes, sections.features);
	if (sections.features == 0)
		return NULL;
	fill_sections(&sections, &plan, table, outcomes);
	fill_roles(&sections, &plan, table);
	return write_sections(&sections);
}
