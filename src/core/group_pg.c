/*-------------------------------------------------------------------------
 *
 * group_pg.c
 *	  The model that a row is answered by, of a kind that holds a model for
 *	  each value of a column; see MmlGrouping.
 *
 * The value is compared as value::text writes it, but for dates, which are in
 * ISO form, and floats, which have all their digits, whatever the settings of a
 * session.  Which function does it is found once a row type, as are the columns
 * of each model within, when a row first goes to it.  A row is taken apart
 * once, whatever its model.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "parser/parse_coerce.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/row_pg.h"

/* What a call remembers of a model and a row type. */
typedef struct GroupMap
{
	MemoryContext context;		/* that all this lies in */
	MmlRow	   *row;
	int			column;			/* that chooses the model */
	MmlKeyText	key;
	bool		convert;		/* the server's encoding is not UTF-8 */
	MmlRowMap **maps;			/* (models within) NULL: not yet made */
} GroupMap;

/* Find out how values of a type become text; what that takes lies in a context. */
void
mml_key_open(MmlKeyText *key, Oid type, MemoryContext context)
{
	Oid			base = getBaseType(type);
	Oid			function = InvalidOid;
	bool		varlena;
	CoercionPathType path = find_coercion_pathway(TEXTOID, base, COERCION_EXPLICIT, &function);

	if (base == TEXTOID || path == COERCION_PATH_RELABELTYPE)
		key->writing = MML_AS_IT_IS;
	else if (base == DATEOID || base == FLOAT4OID || base == FLOAT8OID)
	{
		key->writing = MML_BY_READER;
		mml_reader_open(&key->reader, base, true);
	}
	else if (path == COERCION_PATH_FUNC && get_func_nargs(function) == 1)
		key->writing = MML_BY_CAST;
	else
	{
		key->writing = MML_BY_OUTPUT;
		getTypeOutputInfo(base, &function, &varlena);
	}
	if (OidIsValid(function))
		fmgr_info_cxt(function, &key->function, context);
}

/* A value that is not NULL as text, in the server's encoding. */
MmlText
mml_key_text(MmlKeyText *key, Datum value)
{
	MmlText		written;
	MmlCell		cell;
	struct varlena *varlena;

	if (key->writing == MML_BY_READER)
	{
		mml_reader_read(&key->reader, value, false, &cell);
		return cell.text;		/* digits and signs, in any encoding */
	}
	if (key->writing == MML_BY_OUTPUT)
	{
		written.bytes = OutputFunctionCall(&key->function, value);
		written.length = strlen(written.bytes);
		return written;
	}
	if (key->writing == MML_BY_CAST)
		value = FunctionCall1(&key->function, value);
	varlena = PG_DETOAST_DATUM_PACKED(value);
	written.bytes = VARDATA_ANY(varlena);
	written.length = VARSIZE_ANY_EXHDR(varlena);
	return written;
}

/* Make the map of a row type for a model. */
static GroupMap *
make_map(MemoryContext parent, const MmlModel *whole, HeapTupleHeader header)
{
	const MmlGrouping *grouping = whole->kind->grouping;
	MemoryContext context = AllocSetContextCreate(parent, "mediaml group map",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	GroupMap   *map = palloc0(sizeof(GroupMap));
	char	   *name = mml_text_from_model(grouping->column(whole->parsed));

	map->context = context;
	map->row = mml_row_open(header);
	map->column = mml_row_find(map->row, name);
	if (map->column < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the row has no column \"%s\"", name),
				 errdetail("The model has a model within for each value of this column.")));
	mml_key_open(&map->key, TupleDescAttr(map->row->desc, map->column)->atttypid, context);
	map->convert = GetDatabaseEncoding() != PG_UTF8;
	map->maps = palloc0(sizeof(MmlRowMap *) * (Size) grouping->count(whole->parsed));
	MemoryContextSwitchTo(caller);
	return map;
}

/* A value that is not NULL as text in UTF-8. */
static MmlText
write_value(GroupMap *map, Datum value)
{
	MmlText		written = mml_key_text(&map->key, value);

	if (map->convert)
	{
		const char *utf8 = pg_server_to_any(written.bytes, (int) written.length, PG_UTF8);

		if (utf8 != written.bytes)
			written.length = strlen(utf8);
		written.bytes = utf8;
	}
	return written;
}

/* Which model within answers the row that was read last; -1: none. */
static int
find_member(GroupMap *map, const MmlModel *whole)
{
	const MmlGrouping *grouping = whole->kind->grouping;
	MmlText		written;

	if (map->row->nulls[map->column])
		return grouping->find(whole->parsed, NULL);
	written = write_value(map, map->row->values[map->column]);
	return grouping->find(whole->parsed, &written);
}

/* The row in an argument, read, and the map of its type for a model. */
static GroupMap *
map_arg(FunctionCallInfo fcinfo, int argno, const MmlModel *whole)
{
	HeapTupleHeader header = PG_GETARG_HEAPTUPLEHEADER(argno);
	MemoryContext context;
	void	  **extra = mml_model_extra(fcinfo, &context);
	GroupMap   *map = *extra;

	if (map == NULL || !mml_row_fits(map->row, header))
	{
		*extra = NULL;
		if (map != NULL)
			MemoryContextDelete(map->context);
		*extra = map = make_map(context, whole, header);
	}
	mml_row_read(map->row, header);
	return map;
}

/*
 * The row in an argument as the model that answers it sees it, its features
 * read, valid until the next row.  *model is the one that is asked, and becomes
 * the one that answers.  NULL where there is none for the row.
 */
const MmlRowMap *
mml_row_ask(FunctionCallInfo fcinfo, int argno, const MmlModel **model)
{
	const MmlModel *whole = *model;
	GroupMap   *map;
	int			i;

	if (whole->kind->grouping == NULL)
	{
		mml_row_arg(fcinfo, argno, whole);
		return mml_row_last(fcinfo);
	}
	map = map_arg(fcinfo, argno, whole);
	i = find_member(map, whole);
	if (i < 0)
		return NULL;
	*model = whole->kind->grouping->member(whole->parsed, i);
	if (map->maps[i] == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(map->context);
		MmlRowMap  *made = mml_row_map(map->row, *model);

		map->maps[i] = made;
		MemoryContextSwitchTo(caller);
	}
	mml_row_features(map->maps[i], *model);
	return map->maps[i];
}
