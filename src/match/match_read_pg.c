/*-------------------------------------------------------------------------
 *
 * match_read_pg.c
 *	  Read what is wanted: jsonb to conditions on the columns of a row type.
 *
 * {"column": {"test": value, "weight": 2}}, or a list of such objects where a
 * column has several conditions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "core/compat_pg.h"
#include "core/options_pg.h"
#include "match/match_pg.h"

#define TESTS "\"is\", \"any\", \"all\", \"none\", \"near\", \"at_least\", \"at_most\", \"between\""

/* What an object says, by the names of its members; NULL: nothing. */
typedef struct Members
{
	JsonbValue *is;
	JsonbValue *any;
	JsonbValue *all;
	JsonbValue *none;
	JsonbValue *near_;
	JsonbValue *at_least;
	JsonbValue *at_most;
	JsonbValue *between;
	JsonbValue *range;
	JsonbValue *separator;
	double		weight;
	bool		must;
} Members;

/* Complain of a condition, and say on which column it is. */
static void
report_wish(const MmlWish *wish, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("what is wanted of column \"%s\" cannot be used: %s", wish->name, problem)));
}

/* The columns of a row, for a hint. */
static char *
list_columns(const MmlRow *row)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < row->desc->natts; i++)
		if (!TupleDescAttr(row->desc, i)->attisdropped)
			appendStringInfo(&list, "%s\"%s\"", list.len == 0 ? "" : ", ",
							 NameStr(TupleDescAttr(row->desc, i)->attname));
	return list.data;
}

/* Find the column of a wish, and how to read it. */
static void
find_column(MmlWish *wish, const MmlRow *row)
{
	Oid			type;

	wish->column = mml_row_find(row, wish->name);
	if (wish->column < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the row has no column \"%s\"", wish->name),
				 errhint("Its columns are %s.", list_columns(row))));
	type = TupleDescAttr(row->desc, wish->column)->atttypid;
	mml_reader_open(&wish->reader, type, false);
	if (wish->reader.class == MML_CLASS_UNFIT)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" is of type %s, on which there are no conditions",
						wish->name, format_type_be(type))));
}

/* ----------------------------------------------------------------- values */

/* A time in a string, as days since 2000-01-01. */
static double
read_time(const MmlWish *wish, char *string)
{
	bool		zone = wish->reader.base == TIMESTAMPTZOID;
	Datum		time = DirectFunctionCall3(zone ? timestamptz_in : timestamp_in,
										   CStringGetDatum(string),
										   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	MmlReader	reader;
	MmlCell		cell;

	mml_reader_open(&reader, zone ? TIMESTAMPTZOID : TIMESTAMPOID, false);
	mml_reader_read(&reader, time, false, &cell);
	return cell.number;
}

/* A value of a column of numbers, booleans or times, as a number. */
static double
read_number(const MmlWish *wish, const JsonbValue *value)
{
	double		number = 0;

	switch (wish->reader.class)
	{
		case MML_CLASS_BOOLEAN:
			if (value->type != jbvBool)
				report_wish(wish, "the column takes true or false");
			return value->val.boolean ? 1 : 0;
		case MML_CLASS_TIME:
			if (value->type != jbvString)
				report_wish(wish, "the column takes dates, as strings");
			return read_time(wish, mml_json_text(value));
		case MML_CLASS_NUMBER:
			if (!mml_json_number(value, &number))
				report_wish(wish, "the column takes numbers");
			return number;
		default:
			report_wish(wish, "this condition is for numbers and dates");
			return 0;
	}
}

/* A value of a column of texts or of lists, as text. */
static MmlText
read_text(const MmlWish *wish, const JsonbValue *value)
{
	MmlText text;
	const char *string = NULL;

	if (value->type == jbvString)
		string = mml_json_text(value);
	else if (value->type == jbvNumeric && wish->reader.class == MML_CLASS_LIST)
		string = numeric_normalize(value->val.numeric);
	else
		report_wish(wish, "the column takes strings");
	text.		bytes = pg_server_to_any(string, (int) strlen(string), PG_UTF8);
	text.		length = strlen(text.bytes);
	return text;
}

/* Read the values of a condition: one, or an array of at least one. */
static void
read_values(MmlWish *wish, JsonbValue *value)
{
	bool		texts = wish->reader.class == MML_CLASS_TEXT || wish->reader.class == MML_CLASS_LIST;
	bool		list = value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data);
	Size		room = list ? (Size) JsonContainerSize(value->val.binary.data) : 1;
	double	   *numbers = palloc((room + 1) * sizeof(double));
	MmlText    *strings = palloc((room + 1) * sizeof(MmlText));

	if (room == 0)
		report_wish(wish, "the array is empty");
	for (Size i = 0; i < room; i++)
	{
		JsonbValue *element = list ?
			getIthJsonbValueFromContainer(value->val.binary.data, (uint32) i) : value;

		if (texts)
			strings[i] = read_text(wish, element);
		else
			numbers[i] = read_number(wish, element);
	}
	wish->condition.count = room;
	if (texts)
		wish->condition.texts = strings;
	else
		wish->condition.numbers = numbers;
}

/* ------------------------------------------------------------- conditions */

/* Read the two ends of "between". */
static void
read_between(MmlWish *wish, JsonbValue *value)
{
	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data) ||
		JsonContainerSize(value->val.binary.data) != 2)
		report_wish(wish, "\"between\" takes an array of two values");
	wish->condition.low =
		read_number(wish, getIthJsonbValueFromContainer(value->val.binary.data, 0));
	wish->condition.high =
		read_number(wish, getIthJsonbValueFromContainer(value->val.binary.data, 1));
	if (!(wish->condition.low <= wish->condition.high))
		report_wish(wish, "the first value of \"between\" must not be the larger one");
}

/* Read a test on numbers. */
static void
read_span(MmlWish *wish, const Members *m)
{
	MmlCondition *c = &wish->condition;

	c->test = m->near_ != NULL ? MML_MATCH_NEAR : MML_MATCH_WITHIN;
	c->low = -INFINITY;
	c->high = INFINITY;
	if (m->near_ != NULL)
		c->low = c->high = read_number(wish, m->near_);
	else if (m->between != NULL)
		read_between(wish, m->between);
	else if (m->at_least != NULL)
		c->low = read_number(wish, m->at_least);
	else
		c->high = read_number(wish, m->at_most);
	if (isnan(c->low) || isnan(c->high) || c->low == INFINITY || c->high == -INFINITY)
		report_wish(wish, "a number must be finite");
	if (wish->reader.class == MML_CLASS_BOOLEAN)
		report_wish(wish, "this condition is for numbers and dates");
	if (m->range != NULL && (!mml_json_number(m->range, &c->range) ||
							 !(c->range > 0 && isfinite(c->range))))
		report_wish(wish, "\"range\" must be a number above 0");
	if (m->near_ != NULL && m->range == NULL)
		report_wish(wish, "\"near\" needs a \"range\", behind which nothing is near any more");
}

/* Read a test on values. */
static void
read_set(MmlWish *wish, const Members *m)
{
	MmlCondition *c = &wish->condition;
	JsonbValue *value = m->is != NULL ? m->is : m->any != NULL ? m->any :
		m->all != NULL ? m->all : m->none;

	c->test = m->is != NULL ? MML_MATCH_IS : m->any != NULL ? MML_MATCH_ANY :
		m->all != NULL ? MML_MATCH_ALL : MML_MATCH_NONE;
	if (m->range != NULL)
		report_wish(wish, "\"range\" is for numbers and dates");
	if (m->separator != NULL)
	{
		if (wish->reader.class != MML_CLASS_TEXT || m->separator->type != jbvString ||
			m->separator->val.string.len == 0)
			report_wish(wish, "\"separator\" is a string, and for a column of texts");
		c->separator = read_text(wish, m->separator);
	}
	read_values(wish, value);
}

/* Read one condition from an object. */
static void
read_condition(MmlWish *wish, JsonbValue *object)
{
	Members		m = {.weight = NAN};
	const MmlOption table[] = {
		{"is", MML_OPTION_RAW, &m.is, 0, 0},
		{"any", MML_OPTION_RAW, &m.any, 0, 0},
		{"all", MML_OPTION_RAW, &m.all, 0, 0},
		{"none", MML_OPTION_RAW, &m.none, 0, 0},
		{"near", MML_OPTION_RAW, &m.near_, 0, 0},
		{"at_least", MML_OPTION_RAW, &m.at_least, 0, 0},
		{"at_most", MML_OPTION_RAW, &m.at_most, 0, 0},
		{"between", MML_OPTION_RAW, &m.between, 0, 0},
		{"range", MML_OPTION_RAW, &m.range, 0, 0},
		{"separator", MML_OPTION_RAW, &m.separator, 0, 0},
		{"weight", MML_OPTION_FLOAT, &m.weight, 1e-9, 1e9},
		{"must", MML_OPTION_BOOL, &m.must, 0, 0}
	};
	int			sets;
	int			spans;

	if (object->type != jbvBinary || !JsonContainerIsObject(object->val.binary.data))
		report_wish(wish, "a condition is an object, as {\"is\": 1}");
	wish->wanted = JsonbValueToJsonb(object);
	mml_options_read(wish->wanted, table, lengthof(table));
	sets = (m.is != NULL) + (m.any != NULL) + (m.all != NULL) + (m.none != NULL);
	spans = (m.near_ != NULL) + (m.at_least != NULL) + (m.at_most != NULL) + (m.between != NULL);
	if (sets + spans != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a condition on column \"%s\" must have one test, not %d", wish->name, sets + spans),
				 errhint("The tests are " TESTS ". Several conditions on a column are an array of objects.")));
	if (m.must && !isnan(m.weight))
		report_wish(wish, "where \"must\" is true there is no \"weight\"");
	wish->condition.must = m.must;
	wish->condition.weight = isnan(m.weight) ? 1 : m.weight;
	if (spans > 0 || m.range != NULL)
		if (m.separator != NULL)
			report_wish(wish, "\"separator\" is a string, and for a column of texts");
	if (spans > 0)
		read_span(wish, &m);
	else
		read_set(wish, &m);
}

/* Add the condition that a value says. */
static void
add_wish(MmlWishes *all, char *name, JsonbValue *value)
{
	MmlWish    *wish;

	CHECK_FOR_INTERRUPTS();
	if (all->count % 16 == 0)
		all->wishes = all->count == 0 ? palloc(16 * sizeof(MmlWish)) :
			repalloc(all->wishes, (Size) (all->count + 16) * sizeof(MmlWish));
	wish = &all->wishes[all->count++];
	memset(wish, 0, sizeof(MmlWish));
	wish->name = name;
	find_column(wish, all->row);
	read_condition(wish, value);
	all->hard += wish->condition.must;
}

/* Hard conditions first, then soft ones, the lightest first; else as given. */
static void
sort_wishes(MmlWishes *all)
{
	for (int i = 1; i < all->count; i++)
	{
		MmlWish		wish = all->wishes[i];
		int			place = i;

		CHECK_FOR_INTERRUPTS();
		for (; place > 0; place--)
		{
			const MmlCondition *before = &all->wishes[place - 1].condition;

			if (before->must > wish.condition.must ||
				(before->must == wish.condition.must &&
				 (before->must || before->weight <= wish.condition.weight)))
				break;
			all->wishes[place] = all->wishes[place - 1];
		}
		all->wishes[place] = wish;
	}
}

/* Read what is wanted of rows of a type, in a context of its own. */
MmlWishes *
mml_wishes_read(MemoryContext parent, Jsonb *wanted, HeapTupleHeader header)
{
	MemoryContext context = AllocSetContextCreate(parent, "mediaml match",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	MmlWishes  *all = palloc0(sizeof(MmlWishes));
	JsonbIterator *iterator;
	JsonbValue	key;
	JsonbValue	value;

	all->context = context;
	all->wanted = memcpy(palloc(VARSIZE(wanted)), wanted, VARSIZE(wanted));
	all->row = mml_row_open(header);
	if (!JB_ROOT_IS_OBJECT(all->wanted) || JB_ROOT_COUNT(all->wanted) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("what is wanted must be an object of at least one column"),
				 errhint("For example {\"year\": {\"near\": 1995, \"range\": 20}}.")));
	iterator = JsonbIteratorInit(&all->wanted->root);
	JsonbIteratorNext(&iterator, &key, true);
	while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY)
	{
		char	   *name = mml_json_text(&key);

		JsonbIteratorNext(&iterator, &value, true);
		if (value.type == jbvBinary && JsonContainerIsArray(value.val.binary.data) &&
			JsonContainerSize(value.val.binary.data) > 0)
			for (uint32 i = 0; i < JsonContainerSize(value.val.binary.data); i++)
				add_wish(all, name, getIthJsonbValueFromContainer(value.val.binary.data, i));
		else
			add_wish(all, name, &value);
	}
	sort_wishes(all);
	MemoryContextSwitchTo(caller);
	return all;
}
