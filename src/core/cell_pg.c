/*-------------------------------------------------------------------------
 *
 * cell_pg.c
 *	  Values of SQL types as cells; see cell_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "parser/parse_coerce.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/cash.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "core/array_pg.h"
#include "core/cell_pg.h"
#include "core/compat_pg.h"

/* ---------------------------------------------------------------- classes */

/* Is a value of this type, which is no domain, read as a text? */
static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID ||
		type == NAMEOID || type == CHAROID || type == UUIDOID ||
		type_is_enum(type) || IsBinaryCoercible(type, TEXTOID);
}

/* Can this be the type of a list's elements? */
static bool
is_item(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || is_text(type);
}

/* What columns of a type hold. */
MmlClass
mml_class_of(Oid type)
{
	Oid			base = getBaseType(type);
	Oid			element;

	switch (base)
	{
		case BOOLOID:
			return MML_CLASS_BOOLEAN;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return MML_CLASS_TIME;
		case CASHOID:
		case INTERVALOID:
		case TIMEOID:
			return MML_CLASS_NUMBER;
		default:
			break;
	}
	if (mml_is_number(base))
		return MML_CLASS_NUMBER;
	if (is_text(base))
		return MML_CLASS_TEXT;
	element = get_element_type(base);
	if (OidIsValid(element) && is_item(getBaseType(element)))
		return MML_CLASS_LIST;
	return MML_CLASS_UNFIT;
}

/* A class in words, as in "needs a number". */
const char *
mml_class_name(MmlClass class)
{
	switch (class)
	{
		case MML_CLASS_NUMBER:
			return "a number";
		case MML_CLASS_BOOLEAN:
			return "a boolean";
		case MML_CLASS_TIME:
			return "a date or timestamp";
		case MML_CLASS_TEXT:
			return "a text";
		case MML_CLASS_LIST:
			return "an array of texts";
		default:
			return "another type";
	}
}

/* Learn how to read the values of a column of this type. */
void
mml_reader_open(MmlReader *reader, Oid type, bool as_text)
{
	Oid			element;

	memset(reader, 0, sizeof(MmlReader));
	reader->type = type;
	reader->base = getBaseType(type);
	reader->class = mml_class_of(type);
	reader->as_text = as_text && reader->class != MML_CLASS_LIST;
	reader->convert = GetDatabaseEncoding() != PG_UTF8;
	reader->is_enum = type_is_enum(reader->base);
	if (reader->class != MML_CLASS_LIST)
		return;
	element = get_element_type(reader->base);
	reader->element = getBaseType(element);
	reader->is_enum = type_is_enum(reader->element);
	get_typlenbyvalalign(element, &reader->element_length,
						 &reader->element_byval, &reader->element_align);
}

/* ---------------------------------------------------------------- numbers */

/* Seconds of an interval, as extract(epoch) counts them. */
static double
seconds_of_interval(const Interval *span)
{
	double		years = span->month / MONTHS_PER_YEAR;
	double		months = span->month % MONTHS_PER_YEAR;

	return (double) span->time / USECS_PER_SEC +
		years * DAYS_PER_YEAR * SECS_PER_DAY +
		months * DAYS_PER_MONTH * SECS_PER_DAY +
		(double) span->day * SECS_PER_DAY;
}

/* Days since 2000-01-01 of a date or timestamp, which may be infinite. */
static double
days_of(Oid type, Datum value)
{
	int64		time;

	if (type == DATEOID)
	{
		DateADT		date = DatumGetDateADT(value);

		if (DATE_IS_NOBEGIN(date))
			return -INFINITY;
		return DATE_IS_NOEND(date) ? INFINITY : (double) date;
	}
	time = DatumGetTimestamp(value);
	if (TIMESTAMP_IS_NOBEGIN(time))
		return -INFINITY;
	return TIMESTAMP_IS_NOEND(time) ? INFINITY : (double) time / USECS_PER_DAY;
}

/* A number, boolean or time as float8. */
static double
number_of(Oid type, Datum value)
{
	switch (type)
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return days_of(type, value);
		case CASHOID:
			return mml_number_of(NUMERICOID, DirectFunctionCall1(cash_numeric, value));
		case INTERVALOID:
			return seconds_of_interval(DatumGetIntervalP(value));
		case TIMEOID:
			return (double) DatumGetTimeADT(value) / USECS_PER_SEC;
		default:
			return mml_number_of(type, value);
	}
}

/* ------------------------------------------------------------------ texts */

/* A C string in the server's encoding as a text. */
static MmlText
text_of_cstring(const char *string, bool convert)
{
	MmlText text;

	if (convert)
		string = pg_server_to_any(string, (int) strlen(string), PG_UTF8);
	text.		bytes = string;
	text.		length = strlen(string);
	return text;
}

/* So many bytes in the server's encoding as a text. */
static MmlText
text_of_bytes(const char *bytes, int length, bool convert)
{
	MmlText text;

	text.		bytes = bytes;
	text.		length = (size_t) length;

	if (convert)
	{
		char	   *utf8 = pg_server_to_any(bytes, length, PG_UTF8);

		if (utf8 != bytes)
		{
			text.		bytes = utf8;
			text.		length = strlen(utf8);
		}
	}
	return text;
}

/* The shortest text of a whole number. */
static MmlText
text_of_integer(int64 number)
{
	MmlText text;
	char	   *digits = palloc(MAXINT8LEN + 1);

	text.		length = (size_t) pg_lltoa(number, digits);
	text.		bytes = digits;
	return text;
}

/* The text of a number, boolean or time; all are ASCII. */
static const char *
string_of(Oid type, Datum value)
{
	char	   *buffer;
	int			zone = 0;

	switch (type)
	{
		case BOOLOID:
			return DatumGetBool(value) ? "true" : "false";
		case FLOAT4OID:
			buffer = palloc(FLOAT_SHORTEST_DECIMAL_LEN);
			float_to_shortest_decimal_buf(DatumGetFloat4(value), buffer);
			return buffer;
		case FLOAT8OID:
			buffer = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);
			double_to_shortest_decimal_buf(DatumGetFloat8(value), buffer);
			return buffer;
		case NUMERICOID:
			return numeric_normalize(DatumGetNumeric(value));
		case CASHOID:
			return numeric_normalize(DatumGetNumeric(DirectFunctionCall1(cash_numeric, value)));
		case DATEOID:
		case TIMESTAMPOID:
			return JsonEncodeDateTime(palloc(MAXDATELEN + 1), value, type, NULL);
		case TIMESTAMPTZOID:
			return JsonEncodeDateTime(palloc(MAXDATELEN + 1), value, type, &zone);
		case TIMEOID:
			return DatumGetCString(DirectFunctionCall1(time_out, value));
		default:
			return psprintf("%.17g", number_of(type, value));
	}
}

/* A value of a type that is_text() or is_item() has let pass. */
static MmlText
text_of(Oid type, bool is_enum, Datum value, bool convert)
{
	struct varlena *varlena;
	MmlText text;

	switch (type)
	{
		case INT2OID:
			return text_of_integer(DatumGetInt16(value));
		case INT4OID:
			return text_of_integer(DatumGetInt32(value));
		case INT8OID:
			return text_of_integer(DatumGetInt64(value));
		case NAMEOID:
			return text_of_cstring(NameStr(*DatumGetName(value)), convert);
		case CHAROID:
			return text_of_cstring(DatumGetCString(DirectFunctionCall1(charout, value)), convert);
		case UUIDOID:
			return text_of_cstring(DatumGetCString(DirectFunctionCall1(uuid_out, value)), false);
		default:
			break;
	}
	if (is_enum)
		return text_of_cstring(DatumGetCString(DirectFunctionCall1(enum_out, value)), convert);
	varlena = PG_DETOAST_DATUM_PACKED(value);
	text = text_of_bytes(VARDATA_ANY(varlena), (int) VARSIZE_ANY_EXHDR(varlena), convert);

	if (type == BPCHAROID)
		text.		length = (size_t) bpchartruelen((char *) text.bytes, (int) text.length);
	return text;
}

/* The elements of an array, without NULLs. */
static void
read_list(const MmlReader *reader, Datum value, MmlCell *cell)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	MmlText    *items;

	deconstruct_array(array, ARR_ELEMTYPE(array), reader->element_length,
					  reader->element_byval, reader->element_align,
					  &elements, &nulls, &n);
	items = palloc(sizeof(MmlText) * (Size) Max(n, 1));
	cell->count = 0;
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			items[cell->count++] = text_of(reader->element, reader->is_enum, elements[i], reader->convert);
	cell->items = items;
}

/*
 * Read a value of the reader's type.  The cell may point into the value, and
 * into what is allocated in the current memory context.
 */
void
mml_reader_read(const MmlReader *reader, Datum value, bool null, MmlCell *cell)
{
	cell->class = reader->class;
	cell->present = !null && reader->class != MML_CLASS_UNFIT;
	if (!cell->present)
		return;
	if (reader->class == MML_CLASS_LIST)
		read_list(reader, value, cell);
	else if (reader->class == MML_CLASS_TEXT)
		cell->text = text_of(reader->base, reader->is_enum, value, reader->convert);
	else if (!reader->as_text)
		cell->number = number_of(reader->base, value);
	else
	{
		cell->class = MML_CLASS_TEXT;
		if (reader->base == INT2OID || reader->base == INT4OID || reader->base == INT8OID)
			cell->text = text_of(reader->base, false, value, false);
		else
			cell->text = text_of_cstring(string_of(reader->base, value), false);
	}
}
