/*-------------------------------------------------------------------------
 *
 * tune_pg.c
 *	  Choose options by what a model finds of pairs that were held out.
 *
 * One pair in ten is held out by a hash of the numbers of its user and item.
 * A model that has learned from the others recommends ten items to each user
 * who has pairs of both sorts, or to 5,000 of them, and is judged by the mean
 * NDCG: of items held out, the one at rank r counts 1 / log2(r + 1), in parts
 * of the most that could be had (Jarvelin and Kekalainen, ACM TOIS 20(4),
 * 2002).
 *
 * The same rows in the same order are split in the same way.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "core/hash.h"
#include "core/kernel.h"
#include "core/settings_pg.h"
#include "recommend/tune_pg.h"

#define HELD_SHARE 10
#define MOST_USERS 5000
#define DEPTH 10

/* Is a pair held out? */
static bool
is_held(Size user, int32 item)
{
	return mml_hash_word((uint64) user << 32 | (uint32) item) % HELD_SHARE == 0;
}

/* Room for a table of so many pairs of the shape of another. */
static void
make_table(MmlGather *gather, const MmlPairTable *like, Size pairs, MmlPairTable *table)
{
	table->rows = like->rows;
	table->cols = like->cols;
	table->starts = mml_gather_alloc(gather, like->rows + 1, sizeof(int64));
	table->columns = mml_gather_alloc(gather, pairs, sizeof(int32));
	table->weights = mml_gather_alloc(gather, pairs, sizeof(double));
}

static void
free_table(MmlGather *gather, MmlPairTable *table)
{
	Size		pairs = (Size) table->starts[table->rows];

	mml_gather_release(gather, table->columns, pairs, sizeof(int32));
	mml_gather_release(gather, table->weights, pairs, sizeof(double));
	mml_gather_release(gather, table->starts, table->rows + 1, sizeof(int64));
}

/* Split the pairs of a finished gathering. */
void
mml_tune_begin(MmlTuner *tuner, MmlGather *gather)
{
	const MmlPairTable *all = &gather->by_user;
	Size		pairs = (Size) all->starts[all->rows];
	Size		held = 0;

	memset(tuner, 0, sizeof(MmlTuner));
	tuner->gather = gather;
	for (Size u = 0; u < all->rows; u++)
	{
		if (u % 4096 == 0)
			MML_CHECK();
		for (int64 e = all->starts[u]; e < all->starts[u + 1]; e++)
			held += is_held(u, all->columns[e]);
	}
	make_table(gather, all, held, &tuner->held);
	make_table(gather, all, pairs - held, &tuner->kept);
	tuner->held.starts[0] = tuner->kept.starts[0] = 0;
	for (Size u = 0; u < all->rows; u++)
	{
		if (u % 4096 == 0)
			MML_CHECK();
		tuner->held.starts[u + 1] = tuner->held.starts[u];
		tuner->kept.starts[u + 1] = tuner->kept.starts[u];
		for (int64 e = all->starts[u]; e < all->starts[u + 1]; e++)
		{
			MmlPairTable *to = is_held(u, all->columns[e]) ? &tuner->held : &tuner->kept;
			int64		place = to->starts[u + 1]++;

			to->columns[place] = all->columns[e];
			to->weights[place] = all->weights[e];
		}
	}
	tuner->barred = mml_gather_alloc(gather, all->cols, 1);
	memset(tuner->barred, 0, all->cols);
	tuner->work = mml_gather_alloc(gather, 1, sizeof(MmlRankWork));
	tuner->scratch = AllocSetContextCreate(gather->context, "mediaml tuning",
										   ALLOCSET_DEFAULT_SIZES);
}

/* What is at rank r, from 0, counts so much. */
static double
gain(Size r)
{
	return 1 / log2((double) r + 2);
}

/* Is an item one of those that a user's row has? */
static bool
has_item(const MmlPairTable *table, Size user, int32 item)
{
	for (int64 e = table->starts[user]; e < table->starts[user + 1]; e++)
		if (table->columns[e] == item)
			return true;
	return false;
}

/* NDCG of what is recommended to one user. */
static double
judge_user(MmlTuner *tuner, const MmlRecommender *recommender, const void *model, Size user)
{
	const MmlPairTable *kept = &tuner->kept;
	int64		first = kept->starts[user];
	Size		wanted = (Size) (tuner->held.starts[user + 1] - tuner->held.starts[user]);
	MmlHistory	history = {(Size) (kept->starts[user + 1] - first),
	kept->columns + first, kept->weights + first};
	void	   *profile = recommender->profile(model, &history, mml_palloc_room());
	MmlRanked	best[DEPTH];
	Size		count = 0;
	double		found = 0;
	double		most = 0;

	for (Size h = 0; h < history.count; h++)
		tuner->barred[history.items[h]] = true;
	if (profile != NULL)
		count = mml_rank(recommender, model, profile, DEPTH, kept->cols, NULL,
						 tuner->barred, tuner->work, best);
	for (Size h = 0; h < history.count; h++)
		tuner->barred[history.items[h]] = false;
	for (Size r = 0; r < count; r++)
		if (has_item(&tuner->held, user, best[r].item))
			found += gain(r);
	for (Size r = 0; r < Min(wanted, DEPTH); r++)
		most += gain(r);
	return found / most;
}

/* Has a user pairs of both sorts? */
static bool
can_judge(const MmlTuner *tuner, Size user)
{
	return tuner->held.starts[user + 1] > tuner->held.starts[user] &&
		tuner->kept.starts[user + 1] > tuner->kept.starts[user];
}

/*
 * The mean NDCG of the ten best of a model that has learned from kept, 0 where
 * nobody can be asked.  The history's weights are those of the pairs.
 */
double
mml_tune_ndcg(MmlTuner *tuner, const MmlRecommender *recommender, const void *model)
{
	MemoryContext caller = MemoryContextSwitchTo(tuner->scratch);
	Size		users = 0;
	Size		asked = 0;
	uint64		share = UINT64_MAX;
	double		sum = 0;

	for (Size u = 0; u < tuner->kept.rows; u++)
		users += can_judge(tuner, u);
	if (users > MOST_USERS)
		share = (uint64) (0x1p64 * MOST_USERS / (double) users);
	for (Size u = 0; u < tuner->kept.rows; u++)
	{
		MML_CHECK();
		if (!can_judge(tuner, u) || mml_hash_word(u) > share)
			continue;
		sum += judge_user(tuner, recommender, model, u);
		asked++;
		MemoryContextReset(tuner->scratch);
	}
	MemoryContextSwitchTo(caller);
	return asked == 0 ? 0 : sum / (double) asked;
}

/* Tell what was tried, and how it did. */
void
mml_tune_report(const MmlTuner *tuner, const char *tried, double ndcg)
{
	if (mml_progress)
		ereport(NOTICE,
				(errmsg("%s: %s: NDCG@%d %.4f on what is held out",
						tuner->gather->job->kind, tried, DEPTH, ndcg)));
}

/* Free all. */
void
mml_tune_end(MmlTuner *tuner)
{
	MmlGather  *gather = tuner->gather;

	MemoryContextDelete(tuner->scratch);
	mml_gather_release(gather, tuner->work, 1, sizeof(MmlRankWork));
	mml_gather_release(gather, tuner->barred, tuner->kept.cols, 1);
	free_table(gather, &tuner->kept);
	free_table(gather, &tuner->held);
}
