/*-------------------------------------------------------------------------
 *
 * viewers_pg.c
 *	  The users of a recommender, one after the other; see viewers_pg.h.
 *
 * The events are read by a cursor, sorted by user, as the caller can see them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/memory_pg.h"
#include "recommend/ids_pg.h"
#include "registry/viewers_pg.h"

#define FETCH 1000				/* rows at once */

/* Events of a user, while they come. */
typedef struct Gathered
{
	MmlEvents	events;
	double	   *weights;
	double	   *times;
	Size		room;
} Gathered;

/* A copy of an id in the current memory context. */
MmlId
mml_id_copy(MmlId id)
{
	if (id.text !=NULL)
	{
		char	   *copy = palloc(id.length + 1);

		memcpy(copy, id.text, id.length);
		id.text = copy;
	}
	return id;
}

/* Open the cursor. */
void
mml_viewers_open(MmlViewers *viewers, const MmlNamed *named)
{
	SPIPlanPtr	plan = SPI_prepare(mml_definition_histories(mml_named_definition(named)),
								   0, NULL);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	viewers->named = named;
	viewers->portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	viewers->rows = NULL;
}

/* The next row (item, weight, time, user), or NULL; it is not yet taken. */
static HeapTuple
peek(MmlViewers *viewers)
{
	MemoryContext caller = CurrentMemoryContext;

	if (viewers->rows != NULL && viewers->next < viewers->rows->numvals)
		return viewers->rows->vals[viewers->next];
	if (viewers->rows != NULL)
		SPI_freetuptable(viewers->rows);
	SPI_cursor_fetch(viewers->portal, true, FETCH);
	viewers->rows = SPI_tuptable;
	viewers->next = 0;
	MemoryContextSwitchTo(caller);
	return viewers->rows->numvals == 0 ? NULL : viewers->rows->vals[0];
}

/* The user of a row; false where he is NULL. */
static bool
get_user(const MmlViewers *viewers, HeapTuple row, MmlId *user)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, viewers->rows->tupdesc, 4, &isnull);

	if (isnull)
		return false;
	if (viewers->named->user_ids == MML_ID_TEXT)
		*user = mml_id_of_text(DatumGetTextPP(value));
	else
	{
		user->text = NULL;
		user->number = DatumGetInt64(value);
	}
	return true;
}

/* Make room for one more event. */
static void
make_room(Gathered *gathered)
{
	Size		room = Max(64, 2 * gathered->room);

	if (gathered->events.count < gathered->room)
		return;
	if (gathered->room == 0)
	{
		gathered->events.ids = palloc(room * sizeof(MmlId));
		gathered->weights = palloc(room * sizeof(double));
		gathered->times = palloc(room * sizeof(double));
	}
	else
	{
		gathered->events.ids = repalloc_huge(gathered->events.ids, mml_size_mul(room, sizeof(MmlId)));
		gathered->weights = repalloc_huge(gathered->weights, mml_size_mul(room, sizeof(double)));
		gathered->times = repalloc_huge(gathered->times, mml_size_mul(room, sizeof(double)));
	}
	gathered->room = room;
}

/* Add the event of a row. */
static void
add_event(const MmlViewers *viewers, HeapTuple row, Gathered *gathered)
{
	Size		count = gathered->events.count;

	make_room(gathered);
	gathered->events.count = mml_named_event(viewers->named, row, viewers->rows->tupdesc, count,
											 gathered->events.ids, gathered->weights,
											 gathered->times);
	if (gathered->events.count > count)
		gathered->events.ids[count] = mml_id_copy(gathered->events.ids[count]);
}

/* Read the next user, in the current memory context; false behind the last. */
bool
mml_viewers_next(MmlViewers *viewers, MmlViewer *viewer)
{
	Gathered	gathered = {0};
	HeapTuple	row = peek(viewers);
	MmlId		user;

	while (row != NULL && !get_user(viewers, row, &user))
	{
		viewers->next++;
		row = peek(viewers);
	}
	if (row == NULL)
		return false;
	viewer->id = mml_id_copy(user);
	for (; row != NULL; row = peek(viewers))
	{
		if (get_user(viewers, row, &user))
		{
			if (mml_id_compare(&user, &viewer->id) != 0)
				break;
			add_event(viewers, row, &gathered);
		}
		viewers->next++;
	}
	mml_named_decay(viewers->named, gathered.events.count, gathered.times, gathered.weights);
	viewer->events = gathered.events;
	viewer->events.weights = gathered.weights;
	return true;
}

/* Close the cursor. */
void
mml_viewers_close(MmlViewers *viewers)
{
	SPI_cursor_close(viewers->portal);
}
