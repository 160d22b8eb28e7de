/*-------------------------------------------------------------------------
 *
 * diverse_pg.c
 *	  Choose rows of a ranking that differ from each other; see diverse_pg.h.
 *
 * Method: maximal marginal relevance.  Row after row is chosen that has the
 * most of
 *
 *	(1 - diversity) relevance - diversity (similarity to the nearest chosen)
 *
 * where relevance is the score brought to 0 .. 1 among the rows of its source,
 * and similarity is what the kind of model says, from 0 up.  Rows of a source
 * stay before those of the next one.  Ties go to the row that was ahead.
 *
 * Source: J. Carbonell, J. Goldstein: The use of MMR, diversity-based
 * reranking for reordering documents and producing summaries. SIGIR 1998.
 *
 * Cost: O(k * rows) similarities.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/kernel.h"
#include "core/memory_pg.h"
#include "recommend/diverse_pg.h"
#include "utils/memutils.h"

/* A row that may be chosen. */
typedef struct Choice
{
	MmlRecommendation row;
	double		relevance;		/* 0 .. 1 */
	double		nearest;		/* similarity to the nearest chosen */
} Choice;

/* What similarities are computed with. */
typedef struct Likeness
{
	const MmlRecommender *recommender;
	const void *model;
	MemoryContext context;		/* of one profile */
	Size	   *places;			/* scratch, as many as there are rows */
	int32	   *items;
	double	   *scores;
} Likeness;

/* Set the relevance of the rows of one source. */
static void
set_relevance(Choice *choices, Size count)
{
	double		low = choices[0].row.score;
	double		high = low;

	for (Size i = 1; i < count; i++)
	{
		low = Min(low, choices[i].row.score);
		high = Max(high, choices[i].row.score);
	}
	for (Size i = 0; i < count; i++)
		choices[i].relevance = high > low ?
			(choices[i].row.score - low) / (high - low) : 1;
}

/* Where the run of rows of the first one's source ends. */
static Size
end_of_source(const Choice *choices, Size first, Size count)
{
	Size		end = first + 1;

	while (end < count && strcmp(choices[end].row.source, choices[first].row.source) == 0)
		end++;
	return end;
}

/* The best of choices: the first of those with the most marginal relevance. */
static Size
find_best(const Choice *choices, Size count, double diversity)
{
	Size		best = 0;
	double		most = 0;

	for (Size i = 0; i < count; i++)
	{
		double		gain = (1 - diversity) * choices[i].relevance -
			diversity * choices[i].nearest;

		if (i == 0 || gain > most)
		{
			most = gain;
			best = i;
		}
	}
	return best;
}

/* Tell the rows that remain how similar an item is that has been chosen. */
static void
approach(const Likeness *likeness, int32 item, Choice *choices, Size count)
{
	MemoryContext caller = MemoryContextSwitchTo(likeness->context);
	void	   *profile = item < 0 ? NULL :
		likeness->recommender->resemble(likeness->model, item, mml_palloc_room());
	Size		known = 0;

	for (Size i = 0; i < count && profile != NULL; i++)
		if (choices[i].row.item >= 0)
		{
			likeness->places[known] = i;
			likeness->items[known++] = choices[i].row.item;
		}
	for (Size first = 0; first < known; first += MML_RANK_BLOCK)
	{
		MML_CHECK();
		likeness->recommender->score(likeness->model, profile,
									 Min(known - first, MML_RANK_BLOCK),
									 likeness->items + first, 0,
									 likeness->scores + first);
	}
	for (Size i = 0; i < known; i++)
	{
		Choice	   *choice = &choices[likeness->places[i]];

		choice->nearest = Max(choice->nearest, likeness->scores[i]);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(likeness->context);
}

/* Bring the chosen one to the front, the others keeping their order. */
static void
bring_forward(Choice *choices, Size chosen)
{
	Choice		choice = choices[chosen];

	memmove(&choices[1], &choices[0], chosen * sizeof(Choice));
	choices[0] = choice;
}

/*
 * Choose k of the rows of a ranking (count), in the order of rank, and bring
 * them to its front.  diversity is from 0, the ranking as it is, to 1.
 */
void
mml_diverse_choose(const MmlModel *model, MmlRecommendation *rows,
				   Size count, Size k, double diversity)
{
	Likeness	likeness = {.recommender = mml_recommender_of(model),.model = model->parsed};
	Choice	   *choices;
	Size		end = 0;

	if (likeness.recommender->resemble == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a model of kind \"%s\" cannot diversify, as it does not know which items are similar",
						model->kind->name)));
	likeness.context = AllocSetContextCreate(CurrentMemoryContext, "mediaml diverse",
											 ALLOCSET_DEFAULT_SIZES);
	likeness.places = palloc(mml_size_mul(count + 1, sizeof(Size)));
	likeness.items = palloc(mml_size_mul(count + 1, sizeof(int32)));
	likeness.scores = palloc(mml_size_mul(count + 1, sizeof(double)));
	choices = palloc0(mml_size_mul(count + 1, sizeof(Choice)));
	for (Size i = 0; i < count; i++)
		choices[i].row = rows[i];

	for (Size i = 0; i < Min(k, count); i++)
	{
		if (i == end)
		{
			end = end_of_source(choices, i, count);
			set_relevance(choices + i, end - i);
		}
		bring_forward(choices + i, find_best(choices + i, end - i, diversity));
		rows[i] = choices[i].row;
		approach(&likeness, rows[i].item, choices + i + 1, count - i - 1);
	}
	MemoryContextDelete(likeness.context);
}
