/*-------------------------------------------------------------------------
 *
 * logistic_classes_pg.c
 *	  The classes of a target, numbered as they come.
 *
 * A row is kept with the number of its class, so rows can be gathered before
 * all classes are known.  When they are, mml_logistic_classes_finish() tells
 * where each stands in the order in which models list them: false before
 * true, numbers ascending, texts by the bytes of their UTF-8.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "core/compat_pg.h"
#include "core/model_pg.h"
#include "core/options_pg.h"
#include "logistic/logistic_classes_pg.h"

#define MOST_LABEL_BYTES 10000

/* A number or text that the index is asked for. */
typedef struct ClassKey
{
	int64		number;
	const char *label;			/* NULL: the number counts */
	int			length;
} ClassKey;

typedef struct ClassEntry
{
	ClassKey	key;
	int			class;
} ClassEntry;

/* Hash a key. */
static uint32
hash_key(const void *key, Size size)
{
	const ClassKey *k = key;

	(void) size;
	return k->label == NULL ?
		hash_bytes((const unsigned char *) &k->number, sizeof(k->number)) :
		hash_bytes((const unsigned char *) k->label, k->length);
}

/* Compare keys: 0 where they are the same. */
static int
compare_keys(const void *a, const void *b, Size size)
{
	const ClassKey *k = a;
	const ClassKey *l = b;

	(void) size;
	if (k->label == NULL)
		return k->number != l->number;
	return k->length != l->length || memcmp(k->label, l->label, (Size) k->length) != 0;
}

/* Begin, in the current memory context, for a target of one of three types. */
void
mml_logistic_classes_init(LogisticClasses *classes, Oid type)
{
	HASHCTL		control = {0};

	memset(classes, 0, sizeof(LogisticClasses));
	classes->last = -1;
	classes->room = 8;
	classes->classes = palloc0(sizeof(LogisticClass) * 8);
	classes->target = type == BOOLOID ? LOGISTIC_BOOLEAN :
		type == INT8OID ? LOGISTIC_BIGINT : LOGISTIC_TEXT;
	if (classes->target == LOGISTIC_BOOLEAN)
		return;
	control.keysize = sizeof(ClassKey);
	control.entrysize = sizeof(ClassEntry);
	control.hash = hash_key;
	control.match = compare_keys;
	control.hcxt = CurrentMemoryContext;
	classes->index = hash_create("mediaml classes", 64, &control,
								 HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

/* Add a class, with a copy of its label if it is a text. */
static int
add_class(LogisticClasses *classes, ClassKey *key)
{
	MemoryContext context = GetMemoryChunkContext(classes->classes);
	LogisticClass *class;

	if (classes->count == LOGISTIC_MAX_CLASSES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the target has more than %d classes", LOGISTIC_MAX_CLASSES),
				 errhint("Logistic regression tells a few classes apart; is the target a number to be predicted?")));
	if (key->label != NULL && key->length > MOST_LABEL_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a class has a label of %d bytes, and the most is %d",
						key->length, MOST_LABEL_BYTES)));
	if (classes->count == classes->room)
	{
		classes->room *= 2;
		classes->classes = repalloc(classes->classes,
									sizeof(LogisticClass) * (Size) classes->room);
	}
	class = &classes->classes[classes->count];
	memset(class, 0, sizeof(LogisticClass));
	class->number = key->number;
	if (key->label != NULL)
	{
		class->label = MemoryContextAllocZero(context, (Size) key->length + 1);
		memcpy(class->label, key->label, (Size) key->length);
		key->label = class->label;
	}
	return classes->count++;
}

/* The number of a key's class, which may be new. */
static int
find_class(LogisticClasses *classes, ClassKey key)
{
	ClassEntry *entry = hash_search(classes->index, &key, HASH_FIND, NULL);
	int			class;

	if (entry != NULL)
		return entry->class;
	class = add_class(classes, &key);
	entry = hash_search(classes->index, &key, HASH_ENTER, NULL);
	entry->class = class;
	return class;
}

/* Is a text the label of the class of the row before? */
static bool
is_last(const LogisticClasses *classes, const char *text, Size length)
{
	const char *label;

	if (classes->last < 0)
		return false;
	label = classes->classes[classes->last].label;
	return memcmp(label, text, Min(length, strlen(label))) == 0 &&
		strlen(label) == length;
}

/* Count a row with this target, and return the number of its class. */
int
mml_logistic_class(LogisticClasses *classes, Datum value)
{
	int			class = classes->last;
	ClassKey	key = {0};

	switch (classes->target)
	{
		case LOGISTIC_BOOLEAN:
			while (classes->count < 2)
			{
				key.number = classes->count;
				add_class(classes, &key);
			}
			class = DatumGetBool(value);
			break;
		case LOGISTIC_BIGINT:
			key.number = DatumGetInt64(value);
			if (class < 0 || classes->classes[class].number != key.number)
				class = find_class(classes, key);
			break;
		case LOGISTIC_TEXT:
			{
				text	   *label = DatumGetTextPP(value);

				key.label = VARDATA_ANY(label);
				key.length = (int) VARSIZE_ANY_EXHDR(label);
				if (!is_last(classes, key.label, (Size) key.length))
					class = find_class(classes, key);
				break;
			}
	}
	classes->last = class;
	classes->classes[class].rows++;
	return class;
}

/* The order of two classes in models. */
static int
compare_classes(const void *a, const void *b, void *arg)
{
	const LogisticClasses *classes = arg;
	const LogisticClass *p = &classes->classes[*(const int *) a];
	const LogisticClass *q = &classes->classes[*(const int *) b];

	if (classes->target == LOGISTIC_TEXT)
		return strcmp(mml_text_to_model(p->label), mml_text_to_model(q->label));
	return p->number < q->number ? -1 : p->number > q->number;
}

/*
 * All rows are counted: give every class its label, and return the classes in
 * the order of models: element i is the number of the i-th.
 */
int *
mml_logistic_classes_finish(LogisticClasses *classes)
{
	int		   *order = palloc(sizeof(int) * (Size) Max(classes->count, 1));

	for (int c = 0; c < classes->count; c++)
	{
		LogisticClass *class = &classes->classes[c];

		order[c] = c;
		if (classes->target == LOGISTIC_BOOLEAN)
			class->label = pstrdup(class->number ? "true" : "false");
		else if (classes->target == LOGISTIC_BIGINT)
			class->label = psprintf(INT64_FORMAT, class->number);
	}
	qsort_arg(order, (size_t) classes->count, sizeof(int), compare_classes, classes);
	return order;
}

/* The number of the class with this label, or -1. */
int
mml_logistic_class_named(const LogisticClasses *classes, const char *label)
{
	for (int c = 0; c < classes->count; c++)
		if (strcmp(classes->classes[c].label, label) == 0)
			return c;
	return -1;
}

/* The labels of the first classes, for a hint. */
char *
mml_logistic_classes_list(const LogisticClasses *classes)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int c = 0; c < Min(classes->count, 20); c++)
		appendStringInfo(&list, "%s\"%s\"", c == 0 ? "" : ", ",
						 classes->classes[c].label);
	if (classes->count > 20)
		appendStringInfoString(&list, ", ...");
	return list.data;
}

/*
 * The label that a JSON value means: a string, a number or a boolean; NULL
 * for any other.
 */
char *
mml_logistic_json_label(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return mml_json_text(value);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		default:
			return NULL;
	}
}
