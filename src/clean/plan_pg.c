/*-------------------------------------------------------------------------
 *
 * plan_pg.c
 *	  The options of preprocessor: what each column is for, and its recipe.
 *
 * The same plan is made at the first row and by the final function, from the
 * names, types and classes of the columns and the options: all that a state
 * carries.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "clean/recipe_pg.h"
#include "clean/recipe_read_pg.h"
#include "core/options_pg.h"

#define MOST_LISTED 50			/* columns that a hint lists */

/* The options, as they are given. */
typedef struct Given
{
	char	   *target;
	JsonbValue *id;
	MmlNames	exclude;
	MmlNames	features;
	JsonbValue *defaults;
	JsonbValue *columns;
	char	   *leaks;
} Given;

static const CleanWord leak_words[] = {{"error", false}, {"leave", true}};

/* The option that gives a column its role. */
static const char *const role_options[] = {"features", "target", "id", "exclude", "features"};

/* The columns that there are, for a hint. */
static char *
list_columns(const MmlPlan *plan)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < plan->count && i < MOST_LISTED; i++)
		appendStringInfo(&list, "%s\"%s\"", i == 0 ? "" : ", ", plan->sources[i].name);
	if (plan->count > MOST_LISTED)
		appendStringInfoString(&list, ", ...");
	return list.data;
}

/* The next column of a name behind number i, or -1. */
static int
next_source(const MmlPlan *plan, int i, const char *name)
{
	for (i++; i < plan->count; i++)
		if (strcmp(plan->sources[i].name, name) == 0)
			return i;
	return -1;
}

/* The column that an option names. */
static int
find_source(const MmlPlan *plan, const char *option, const char *name)
{
	int			i = next_source(plan, -1, name);

	if (i < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("option \"%s\" names a column \"%s\" that the rows do not have",
						option, name),
				 errhint("The columns are %s.", list_columns(plan))));
	return i;
}

/* Give a column that has none yet a role other than that of a feature. */
static void
set_role(MmlPlan *plan, int i, MmlRole role)
{
	MmlSource  *source = &plan->sources[i];

	if (source->role != MML_ROLE_FEATURE && source->role != role)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%s\" is named by both options \"%s\" and \"%s\"",
						source->name, role_options[source->role], role_options[role])));
	source->role = role;
}

/* An id is one column, or a list of them. */
static void
read_id(MmlPlan *plan, const JsonbValue *id)
{
	JsonbContainer *list = id->type == jbvBinary ? id->val.binary.data : NULL;
	int			count = list != NULL && JsonContainerIsArray(list) ? (int) JsonContainerSize(list) : 1;

	for (int k = 0; k < count; k++)
	{
		const JsonbValue *element = list != NULL && JsonContainerIsArray(list) ?
			getIthJsonbValueFromContainer(list, (uint32) k) : id;
		char	   *name = mml_json_text(element);
		int			i;

		if (name == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"id\" must be the name of a column, or an array of them")));
		i = find_source(plan, "id", name);
		set_role(plan, i, MML_ROLE_ID);
		if (plan->id < 0)
			plan->id = i;
	}
}

/* Columns that share a name cannot be told apart by a model. */
static void
refuse_duplicates(const MmlPlan *plan)
{
	for (int i = 0; i < plan->count; i++)
	{
		int			j = next_source(plan, i, plan->sources[i].name);

		if (plan->sources[i].role >= MML_ROLE_EXCLUDED)
			continue;
		if (j >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("the rows have more than one column \"%s\"", plan->sources[i].name),
					 errhint("Give the columns of the subquery different names, or list this one in the option \"exclude\".")));
	}
}

/* A column that options ask for must be one that can be a feature. */
static void
ask_for(MmlPlan *plan, int i, const char *option)
{
	MmlSource  *source = &plan->sources[i];

	if (source->role == MML_ROLE_UNLISTED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%s\" has options, but the option \"features\" does not list it",
						source->name)));
	if (source->role != MML_ROLE_FEATURE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%s\" is named by option \"%s\", so option \"%s\" cannot have it",
						source->name, role_options[source->role], option)));
	if (source->class == MML_CLASS_UNFIT)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of type %s cannot be made a feature",
						source->name, source->type),
				 errhint("Numbers, booleans, dates, timestamps, texts, enums, and arrays of texts, enums or integers can.")));
	source->recipe.asked = true;
}

/* The columns that may be features, in their order. */
static void
order_features(MmlPlan *plan, const MmlNames *features)
{
	plan->order = palloc(sizeof(int) * (Size) Max(plan->count, 1));
	plan->features = 0;
	for (int k = 0; k < features->count; k++)
	{
		int			i = find_source(plan, "features", features->names[k]);

		if (plan->sources[i].recipe.asked)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"features\" lists column \"%s\" twice",
							features->names[k])));
		ask_for(plan, i, "features");
		plan->order[plan->features++] = i;
	}
	for (int i = 0; i < plan->count; i++)
	{
		MmlSource  *source = &plan->sources[i];

		if (source->role != MML_ROLE_FEATURE || source->recipe.asked)
			continue;
		if (features->count < 0)
			plan->order[plan->features++] = i;
		else
			source->role = MML_ROLE_UNLISTED;
	}
}

/* Read the recipes of features, from what is said of all and of each. */
static void
read_recipes(MmlPlan *plan, const Given *given)
{
	const JsonbValue **own = palloc0(sizeof(JsonbValue *) * (Size) Max(plan->count, 1));
	JsonbIterator *iter;
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	value;

	if (given->columns != NULL &&
		(given->columns->type != jbvBinary ||
		 !JsonContainerIsObject(given->columns->val.binary.data)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"columns\" must be an object: for each column an object of its options")));
	iter = given->columns == NULL ? NULL : JsonbIteratorInit(given->columns->val.binary.data);
	while (iter != NULL && (token = JsonbIteratorNext(&iter, &key, true)) != WJB_DONE)
	{
		JsonbValue *options;
		int			i;

		if (token != WJB_KEY)
			continue;
		JsonbIteratorNext(&iter, &value, true);
		i = find_source(plan, "columns", mml_json_text(&key));
		ask_for(plan, i, "columns");
		options = palloc(sizeof(JsonbValue));
		*options = value;
		own[i] = options;
	}
	for (int k = 0; k < plan->features; k++)
		mml_clean_recipe_read(&plan->sources[plan->order[k]], given->defaults, own[plan->order[k]]);
}

/* An encoding by the target needs one, and an id that parts rows into folds. */
static void
check_folds(MmlPlan *plan)
{
	const MmlSource *id = plan->id < 0 ? NULL : &plan->sources[plan->id];

	for (int k = 0; k < plan->features; k++)
	{
		const MmlSource *source = &plan->sources[plan->order[k]];

		if (source->recipe.encode != MML_ENCODE_TARGET)
			continue;
		if (plan->target < 0 || plan->id < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" is encoded by the target, which needs the option \"%s\"",
							source->name, plan->target < 0 ? "target" : "id"),
					 errhint("Rows are parted into folds by their id, so that no row is encoded by its own target.")));
		if (plan->sources[plan->target].class != MML_CLASS_NUMBER &&
			plan->sources[plan->target].class != MML_CLASS_BOOLEAN)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" is encoded by the target \"%s\", which is of type %s and no number or boolean",
							source->name, plan->sources[plan->target].name,
							plan->sources[plan->target].type)));
		if (id->class == MML_CLASS_LIST || id->class == MML_CLASS_UNFIT)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" is encoded by the target, for which the id \"%s\" cannot be of type %s",
							source->name, id->name, id->type)));
		plan->folds = true;
	}
}

/*
 * Read the options of preprocessor; NULL: none.  Names, types and classes of
 * the sources are set, all else is filled in.  What is read lives in the
 * current memory context and points into options.
 */
void
mml_clean_plan(MmlPlan *plan, Jsonb *options)
{
	Given		given = {.exclude.count = -1,.features.count = -1};
	const MmlOption table[] = {
		{"target", MML_OPTION_TEXT, &given.target, 0, 0},
		{"id", MML_OPTION_RAW, &given.id, 0, 0},
		{"exclude", MML_OPTION_NAMES, &given.exclude, 0, 0},
		{"features", MML_OPTION_NAMES, &given.features, 0, 0},
		{"default", MML_OPTION_RAW, &given.defaults, 0, 0},
		{"columns", MML_OPTION_RAW, &given.columns, 0, 0},
		{"leaks", MML_OPTION_TEXT, &given.leaks, 0, 0}
	};

	if (options != NULL)
		mml_options_read(options, table, lengthof(table));
	plan->target = plan->id = -1;
	plan->folds = false;
	plan->leave_leaks = given.leaks != NULL &&
		mml_clean_option_word("leaks", given.leaks, leak_words, lengthof(leak_words));
	for (int i = 0; i < plan->count; i++)
	{
		plan->sources[i].role = MML_ROLE_FEATURE;
		mml_clean_recipe_begin(&plan->sources[i]);
	}
	if (given.target != NULL)
	{
		plan->target = find_source(plan, "target", given.target);
		set_role(plan, plan->target, MML_ROLE_TARGET);
	}
	if (given.id != NULL)
		read_id(plan, given.id);
	for (int k = 0; k < given.exclude.count; k++)
		for (int i = find_source(plan, "exclude", given.exclude.names[k]); i >= 0;
			 i = next_source(plan, i, given.exclude.names[k]))
			set_role(plan, i, MML_ROLE_EXCLUDED);
	order_features(plan, &given.features);
	refuse_duplicates(plan);
	read_recipes(plan, &given);
	check_folds(plan);
}

/* What the summary of a column must hold. */
int
mml_clean_plan_collect(const MmlPlan *plan, int i)
{
	const MmlSource *source = &plan->sources[i];

	if (i == plan->target)
		return source->class == MML_CLASS_TEXT ? MML_COLLECT_EXTREMES :
			source->class == MML_CLASS_LIST || source->class == MML_CLASS_UNFIT ? 0 :
			MML_COLLECT_VALUES;
	if (source->role != MML_ROLE_FEATURE)
		return 0;
	return mml_clean_collect(&source->recipe, plan->folds);
}
