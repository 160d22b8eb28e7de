/*-------------------------------------------------------------------------
 *
 * strangers_pg.c
 *	  Lists of ids that a model does not know; see strangers_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/kernel.h"
#include "recommend/strangers_pg.h"

#define POLL_EVERY 65536

/* Add an id, which may point to what outlives the list. */
void
mml_strangers_add(MmlStrangers *strangers, MmlId id)
{
	if (strangers->count % POLL_EVERY == 0)
		MML_CHECK();
	if (strangers->count == strangers->room)
	{
		Size		room = Max(strangers->room * 2, 64);

		strangers->ids = strangers->ids == NULL ?
			palloc(room * sizeof(MmlId)) :
			repalloc_huge(strangers->ids, room * sizeof(MmlId));
		strangers->room = room;
	}
	strangers->ids[strangers->count++] = id;
}

/* Make an empty list the copy of another. */
void
mml_strangers_copy(MmlStrangers *to, const MmlStrangers *from)
{
	if (from->count == 0)
		return;
	to->ids = palloc_extended(from->count * sizeof(MmlId), MCXT_ALLOC_HUGE);
	memcpy(to->ids, from->ids, from->count * sizeof(MmlId));
	to->count = to->room = from->count;
}

/* Order ids, for qsort. */
static int
compare_ids(const void *a, const void *b, void *arg)
{
	(void) arg;
	return mml_id_compare(a, b);
}

/* Sort a list of ids and drop duplicates. */
void
mml_strangers_sort(MmlStrangers *strangers)
{
	Size		kept = 0;

	if (strangers->count > 1)
		qsort_interruptible(strangers->ids, strangers->count, sizeof(MmlId),
							compare_ids, NULL);
	for (Size i = 0; i < strangers->count; i++)
	{
		if (i % POLL_EVERY == 0)
			MML_CHECK();
		if (kept == 0 || mml_id_compare(&strangers->ids[kept - 1], &strangers->ids[i]) != 0)
			strangers->ids[kept++] = strangers->ids[i];
	}
	strangers->count = kept;
}

/* Take the ids of one sorted list out of another. */
void
mml_strangers_subtract(MmlStrangers *from, const MmlStrangers *what)
{
	Size		kept = 0;
	Size		w = 0;

	for (Size i = 0; i < from->count; i++)
	{
		if (i % POLL_EVERY == 0)
			MML_CHECK();
		while (w < what->count && mml_id_compare(&what->ids[w], &from->ids[i]) < 0)
			w++;
		if (w == what->count || mml_id_compare(&what->ids[w], &from->ids[i]) != 0)
			from->ids[kept++] = from->ids[i];
	}
	from->count = kept;
}
