/*-------------------------------------------------------------------------
 *
 * history_pg.c
 *	  Histories; see history_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/kernel.h"
#include "core/memory_pg.h"
#include "recommend/history_pg.h"
#include "recommend/ids_pg.h"

#define POLL_EVERY 4096

/* An item of a history, before duplicates are added up. */
typedef struct Seen
{
	int32		item;
	double		weight;
} Seen;

/* Demand that a weight, the place-th of its history from 0, can be one. */
void
mml_weight_check(double weight, Size place)
{
	if (!isfinite(weight) || weight < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a weight must be a finite number that is not negative"),
				 errdetail("Weight %zu is %g.", place + 1, weight)));
}

/* The weights of a history: as many as it has ids, finite, not negative. */
static const double *
read_weights(ArrayType *array, int ids)
{
	int			count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	const double *weights = (const double *) ARR_DATA_PTR(array);

	if (count != ids)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("history has %d ids, but there are %d weights", ids, count)));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("weights must not contain nulls")));
	for (int i = 0; i < count; i++)
		mml_weight_check(weights[i], (Size) i);
	return weights;
}

/*
 * A history given as an array of ids, NULLs among which are left out, and one
 * of weights; both may be NULL.
 */
MmlEvents
mml_events_of_arrays(ArrayType *history, ArrayType *weights, MmlIdType wanted)
{
	MmlEvents	events = {0};
	MmlIdReader reader;
	const double *given = NULL;
	double	   *kept = NULL;
	MmlId		id;
	bool		isnull;

	if (history == NULL)
		return events;
	mml_ids_open(&reader, history, "history", wanted);
	events.ids = palloc_extended((Size) reader.count * sizeof(MmlId) + 1,
								 MCXT_ALLOC_HUGE);
	if (weights != NULL)
	{
		given = read_weights(weights, reader.count);
		kept = palloc_extended((Size) reader.count * sizeof(double) + 1,
							   MCXT_ALLOC_HUGE);
	}
	for (int i = 0; mml_ids_next(&reader, &id, &isnull); i++)
	{
		if (i % POLL_EVERY == 0)
			MML_CHECK();
		if (isnull)
			continue;
		if (given != NULL)
			kept[events.count] = given[i];
		events.ids[events.count++] = id;
	}
	events.weights = kept;
	return events;
}

/* Order what was seen by item, for qsort. */
static int
compare_seen(const void *a, const void *b, void *arg)
{
	int32		x = ((const Seen *) a)->item;
	int32		y = ((const Seen *) b)->item;

	(void) arg;
	return (x > y) - (x < y);
}

/*
 * What a catalogue knows of a history, the weights of duplicates added up, and
 * whether that is all of it, unless all_known is NULL.
 */
MmlHistory
mml_history_of_events(const MmlCatalogue *catalogue, const MmlEvents *events,
					  bool *all_known)
{
	MmlHistory	history = {0};
	Seen	   *seen = palloc_extended(events->count * sizeof(Seen) + 1, MCXT_ALLOC_HUGE);
	Size		count = 0;

	for (Size i = 0; i < events->count; i++)
	{
		if (i % POLL_EVERY == 0)
			MML_CHECK();
		seen[count].item = mml_catalogue_find(catalogue, &events->ids[i], 0);
		seen[count].weight = events->weights == NULL ? 1 : events->weights[i];
		count += seen[count].item >= 0 && !isnan(seen[count].weight);
	}
	if (all_known != NULL)
		*all_known = count == events->count;
	qsort_interruptible(seen, count, sizeof(Seen), compare_seen, NULL);
	history.items = palloc_extended(count * sizeof(int32) + 1, MCXT_ALLOC_HUGE);
	history.weights = palloc_extended(count * sizeof(double) + 1, MCXT_ALLOC_HUGE);
	for (Size i = 0; i < count; i++)
	{
		Size		last = history.count - 1;

		if (history.count > 0 && history.items[last] == seen[i].item)
			history.weights[last] += seen[i].weight;
		else
		{
			history.items[history.count] = seen[i].item;
			history.weights[history.count++] = seen[i].weight;
		}
	}
	pfree(seen);
	return history;
}
