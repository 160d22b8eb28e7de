/*-------------------------------------------------------------------------
 *
 * state_pg.c
 *	  The SQL type mediaml.state: its kinds, its text and binary forms, and
 *	  how aggregates hold it; see state.h and state_pg.h.
 *
 * Why a type and not "internal": it can be stored, and Citus sends it from
 * machine to machine.  The price is that anybody can call our functions with
 * any value of it.  So values enter through one validator, in all input
 * functions; where a state arrives as an argument it is verified again, in
 * full for the second state of a combine function and for a final function,
 * in O(1) for the state that a transition function is about to change; and
 * a state is changed only inside an aggregate, whose own copy it is.
 *
 * A state that grows is an expanded object: reallocation copies at most once
 * (flat values would be copied twice whenever they grow), its bytes count
 * against mediaml.max_memory, and its flat form has no slack.  The price is a
 * memory context for each, 1 kB: give such aggregates a large SSPACE, so that
 * many groups are sorted rather than hashed.
 *
 * A state that is built is an expanded object too, but one that knows nothing
 * of its flat form before it has to travel: to the leader of a parallel query,
 * or into a table.  Whatever it makes of a flat state lies in its own context,
 * so that it can be thrown away at any moment, half made or whole.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/aggregate_pg.h"
#include "core/compat_pg.h"
#include "core/state_pg.h"

StaticAssertDecl(sizeof(MmlState) == 32, "the header of a state is stored");

#define MAX_KINDS 64

static const MmlStateKind *kinds[MAX_KINDS];
static int	nkinds = 0;

PG_FUNCTION_INFO_V1(mml_state_in);
PG_FUNCTION_INFO_V1(mml_state_out);
PG_FUNCTION_INFO_V1(mml_state_recv);
PG_FUNCTION_INFO_V1(mml_state_send);

/* ------------------------------------------------------------------ kinds */

/* Add a row to the table of kinds; called at load only. */
void
mml_state_kind_register(const MmlStateKind *kind)
{
	if (nkinds == MAX_KINDS)
		elog(ERROR, "too many kinds of mediaml.state");
	Assert(kind->size >= sizeof(MmlState));
	Assert(kind->name[MML_STATE_KIND_BYTES - 1] == '\0');
	kinds[nkinds++] = kind;
}

/* Complain of a value that cannot be a state. */
static void
report_invalid(const char *wrong)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("invalid value of type mediaml.state"),
			 errdetail("%s", wrong)));
}

/* Complain of a state that no value of SQL could hold. */
void
mml_state_report_large(const char *what, Size bytes)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("%s needs a state of %zu bytes, but at most %zu are allowed",
					what, bytes, MML_STATE_MAX),
			 errhint("Aggregate fewer rows: a random sample of them, or groups.")));
}

/*
 * The one validator: demand that so many bytes, aligned to 8, are a sound
 * state of a kind in the table.
 */
static void
validate(const MmlState *state, Size bytes)
{
	const MmlStateKind *kind = NULL;
	const char *wrong;

	if (bytes < sizeof(MmlState))
		report_invalid("It is shorter than its header.");
	if (memcmp(state->magic, MML_STATE_MAGIC, sizeof(state->magic)) != 0)
		report_invalid("It does not begin as a state does.");
	for (int i = 0; i < nkinds && kind == NULL; i++)
		if (mml_state_is(state, kinds[i]))
			kind = kinds[i];
	if (kind == NULL)
		report_invalid("Its kind is unknown.");
	wrong = mml_state_verify(state, bytes, kind);
	if (wrong != NULL)
		report_invalid(wrong);
}

/* Verify a flat state, and that it is of this kind. */
void
mml_state_demand(const MmlState *state, const MmlStateKind *kind)
{
	if (VARSIZE(state) < sizeof(MmlState) || !mml_state_is(state, kind))
	{
		validate(state, VARSIZE(state));
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the state must be of kind \"%s\", not \"%s\"",
						kind->name, state->kind)));
	}
	else
	{
		const char *wrong = mml_state_verify(state, VARSIZE(state), kind);

		if (wrong != NULL)
			report_invalid(wrong);
	}
}

/* ------------------------------------------------- text and binary forms */

/* text: the bytes behind the length word, in hexadecimal digits */
Datum
mml_state_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	Size		digits = strlen(text);
	MmlState   *state = palloc(digits / 2 + VARHDRSZ);
	Size		bytes = hex_decode(text, digits, VARDATA(state)) + VARHDRSZ;

	SET_VARSIZE(state, bytes);
	validate(state, bytes);
	PG_RETURN_POINTER(state);
}

/* the same digits */
Datum
mml_state_out(PG_FUNCTION_ARGS)
{
	MmlState   *state = (MmlState *) PG_GETARG_VARLENA_P(0);
	Size		bytes = VARSIZE(state) - VARHDRSZ;
	char	   *digits;

	if (bytes > (MaxAllocSize - 1) / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a state of %zu bytes is too large for its text form, which can show %zu",
						bytes, (MaxAllocSize - 1) / 2),
				 errhint("Use the binary format.")));
	digits = palloc(bytes * 2 + 1);
	(void) hex_encode(VARDATA(state), bytes, digits);
	digits[bytes * 2] = '\0';
	PG_RETURN_CSTRING(digits);
}

/* binary: the bytes behind the length word */
Datum
mml_state_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			bytes = message->len - message->cursor;
	MmlState   *state = palloc((Size) bytes + VARHDRSZ);

	pq_copymsgbytes(message, VARDATA(state), bytes);
	SET_VARSIZE(state, (Size) bytes + VARHDRSZ);
	validate(state, VARSIZE(state));
	PG_RETURN_POINTER(state);
}

/* the same bytes */
Datum
mml_state_send(PG_FUNCTION_ARGS)
{
	MmlState   *state = (MmlState *) PG_GETARG_VARLENA_P(0);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, VARDATA(state), (int) (VARSIZE(state) - VARHDRSZ));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* -------------------------------------------------- states of fixed size */

static const ExpandedObjectMethods growing_methods;

/* An expanded object of these methods behind a value, or NULL. */
void *
mml_state_object(Datum value, bool writable, const ExpandedObjectMethods *methods)
{
	struct varlena *varlena = (struct varlena *) DatumGetPointer(value);
	ExpandedObjectHeader *object;

	if (writable ? !VARATT_IS_EXTERNAL_EXPANDED_RW(varlena)
		: !VARATT_IS_EXTERNAL_EXPANDED(varlena))
		return NULL;
	object = DatumGetEOHP(value);
	return object->eoh_methods == methods ? object : NULL;
}

/* Our growing state behind an argument, or NULL. */
static MmlGrowing *
growing_arg(FunctionCallInfo fcinfo, int argno, bool writable)
{
	return mml_state_object(PG_GETARG_DATUM(argno), writable, &growing_methods);
}

/*
 * A state that is an argument and not NULL, to be read: verified in full,
 * unless it is an expanded object that we have made ourselves.
 */
const void *
mml_state_arg(FunctionCallInfo fcinfo, int argno, const MmlStateKind *kind)
{
	MmlGrowing *growing = growing_arg(fcinfo, argno, false);
	MmlState   *state;

	if (growing != NULL && growing->kind == kind)
		return growing->state;
	state = (MmlState *) PG_GETARG_VARLENA_P(argno);
	mml_state_demand(state, kind);
	return state;
}

/* Begin a state of so many bytes: a header, then zeros. */
void
mml_state_begin(MmlState *state, const MmlStateKind *kind, Size bytes)
{
	memset(state, 0, bytes);
	SET_VARSIZE(state, bytes);
	memcpy(state->magic, MML_STATE_MAGIC, sizeof(state->magic));
	memcpy(state->kind, kind->name, sizeof(state->kind));
	state->version = kind->version;
}

/*
 * The state that is argument 0 of a transition or combine function, to be
 * changed and returned; an empty one where it is NULL.  The aggregate's own
 * copy is changed where it lies, unless it came packed from a tuple.
 */
void *
mml_state_own(FunctionCallInfo fcinfo, const MmlStateKind *kind)
{
	MmlState   *state;

	Assert(!kind->grows);
	(void) mml_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
	{
		state = palloc(kind->size);
		mml_state_begin(state, kind, kind->size);
	}
	else
	{
		state = (MmlState *) PG_GETARG_VARLENA_P(0);
		mml_state_demand(state, kind);
	}
	return state;
}

/* Argument 0 as it is, for a row that is left out. */
Datum
mml_state_unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* ------------------------------------------------------ states that grow */

/* How many bytes the flat form takes. */
static Size
growing_flat_size(ExpandedObjectHeader *object)
{
	return VARSIZE(((MmlGrowing *) object)->state);
}

/* Write the flat form. */
static void
growing_flatten(ExpandedObjectHeader *object, void *result, Size bytes)
{
	Assert(bytes == growing_flat_size(object));
	memcpy(result, ((MmlGrowing *) object)->state, bytes);
}

static const ExpandedObjectMethods growing_methods = {
	growing_flat_size, growing_flatten
};

/* Make an expanded object in a context below parent, with an empty state. */
static MmlGrowing *
make_growing(MemoryContext parent, const MmlStateKind *kind)
{
	MemoryContext context = AllocSetContextCreate(parent, "mediaml state",
												  ALLOCSET_SMALL_SIZES);
	MmlGrowing *growing = MemoryContextAllocZero(context, sizeof(MmlGrowing));

	EOH_init_header(&growing->header, &growing_methods, context);
	growing->kind = kind;
	growing->room = kind->size;
	growing->state = MemoryContextAlloc(context, growing->room);
	mml_state_begin(growing->state, kind, kind->size);
	mml_account_open(&growing->account, context);
	return growing;
}

/*
 * The same as mml_state_own() for a kind that grows: from then on the
 * aggregate holds the expanded object.
 */
MmlGrowing *
mml_growing_own(FunctionCallInfo fcinfo, const MmlStateKind *kind)
{
	MemoryContext context = mml_aggregate_context(fcinfo);
	MmlGrowing *growing;
	MmlState   *flat;

	Assert(kind->grows);
	if (PG_ARGISNULL(0))
		return make_growing(context, kind);
	growing = growing_arg(fcinfo, 0, true);
	if (growing != NULL && growing->kind == kind)
		return growing;

	flat = (MmlState *) PG_GETARG_VARLENA_P(0);
	mml_state_demand(flat, kind);
	growing = make_growing(context, kind);
	memcpy(mml_growing_resize(growing, VARSIZE(flat)), flat, VARSIZE(flat));
	return growing;
}

/*
 * Set how many bytes the state takes, and return where it lies now.  Bytes
 * that are new to it hold anything.  Room doubles, so that rows added one by
 * one are moved about once each; behind 64 MB it grows in steps of that size,
 * for there the operating system moves pages and not bytes.
 */
void *
mml_growing_resize(MmlGrowing *growing, Size bytes)
{
	if (bytes > growing->room)
	{
		Size		room = growing->room + Min(growing->room, (Size) 64 << 20);

		room = Min(Max(room, bytes), MML_STATE_MAX);
		if (bytes > MML_STATE_MAX)
			mml_state_report_large(growing->kind->name, bytes);
		mml_account_reserve(&growing->account, room - growing->room,
							growing->kind->name);
		growing->state = repalloc(growing->state, room);
		growing->room = room;
	}
	SET_VARSIZE(growing->state, bytes);
	return growing->state;
}

/* What a transition or combine function returns. */
Datum
mml_growing_datum(MmlGrowing *growing)
{
	return EOHPGetRWDatum(&growing->header);
}
