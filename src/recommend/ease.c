/*-------------------------------------------------------------------------
 *
 * ease.c
 *	  Each item as a linear function of all others; see ease.h.
 *
 * Problem: X (users,items) holds the weights of the pairs.  Find B (items,
 * items) that minimises
 *
 *		|X - X B|^2 + l2 |B|^2		with diag(B) = 0.
 *
 * Method: in closed form.  With the Gram matrix G = X'X and P = (G + l2 I)^-1,
 *
 *		B_ij = -P_ij / P_jj			i != j
 *
 * Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019,
 * equation 8.  Everything is float8 up to B, which is kept as float4.
 *
 * G is made item by item: row j, which stays in the cache, gets the histories
 * of the users of j, in the order of the users.  A history of a quarter of all
 * items is cheaper in a dense product, and goes that way.
 *
 * Cost: for G, half the sum over users of (items of the user)^2, and items^2 /
 * 20 at most for a user; items^3 / 2 multiply-adds for P, and items^2 float8
 * of memory.  A score of all items: (items of the history) * items.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg/linalg.h"
#include "recommend/ease.h"
#include "recommend/nearest.h"

#define POLL_EVERY 1000000

/* ---------------------------------------------------------------- training */

/* Is the history of a user so long that a dense product is cheaper? */
MML_INLINE bool
is_long(const MmlPairTable *by_user, size_t user)
{
	return (size_t) (by_user->starts[user + 1] - by_user->starts[user]) >
		by_user->cols / 4;
}

/* Is any?  Then mml_ease_gram() needs a block. */
bool
mml_ease_has_long(const MmlPairTable *by_user)
{
	for (size_t user = 0; user < by_user->rows; user++)
		if (is_long(by_user, user))
			return true;
	return false;
}

/* Add to row j of G what the users of j, but for long histories, give. */
static size_t
add_row(const MmlPairTable *by_user, const MmlPairTable *by_item, size_t j,
		double *row)
{
	size_t		steps = 0;

	for (int64_t e = by_item->starts[j]; e < by_item->starts[j + 1]; e++)
	{
		size_t		user = (size_t) by_item->columns[e];
		double		weight = by_item->weights[e];
		int64_t		first = by_user->starts[user];
		int64_t		f = first;

		if (is_long(by_user, user))
			continue;
		for (; f < by_user->starts[user + 1] && (size_t) by_user->columns[f] <= j; f++)
			row[by_user->columns[f]] += weight * by_user->weights[f];
		steps += (size_t) (f - first) + 1;
		if (steps > POLL_EVERY)
		{
			MML_CHECK();
			steps = 0;
		}
	}
	return steps;
}

/* Add the long histories, a block of them at once. */
static void
add_long(const MmlPairTable *by_user, double *block, double *gram)
{
	size_t		items = by_user->cols;
	size_t		filled = 0;

	for (size_t user = 0; user < by_user->rows; user++)
	{
		double	   *row = block + filled * items;

		if (!is_long(by_user, user))
			continue;
		memset(row, 0, items * sizeof(double));
		for (int64_t e = by_user->starts[user]; e < by_user->starts[user + 1]; e++)
			row[by_user->columns[e]] = by_user->weights[e];
		if (++filled == MML_EASE_BLOCK)
		{
			mml_linalg_syrk(MML_TRANSPOSED, (int) items, (int) filled, 1, block,
							(int) items, 1, gram, (int) items);
			filled = 0;
		}
	}
	if (filled > 0)
		mml_linalg_syrk(MML_TRANSPOSED, (int) items, (int) filled, 1, block,
						(int) items, 1, gram, (int) items);
}

/*
 * The lower triangle of the Gram matrix (items,items) of a merged table and
 * the same turned round.  block (MML_EASE_BLOCK,items) is scratch for long
 * histories, or NULL where there are none.
 */
void
mml_ease_gram(const MmlPairTable *by_user, const MmlPairTable *by_item,
			  double *block, double *gram)
{
	size_t		items = by_item->rows;
	size_t		steps = 0;

	for (size_t j = 0; j < items; j++)
	{
		memset(gram + j * items, 0, (j + 1) * sizeof(double));
		steps += add_row(by_user, by_item, j, gram + j * items) + j;
		if (steps > POLL_EVERY)
		{
			MML_CHECK();
			steps = 0;
		}
	}
	if (block != NULL)
		add_long(by_user, block, gram);
}

/*
 * G, its lower triangle, becomes P = (G + l2 I)^-1, all of it.
 * MML_NOT_POSITIVE where l2 is nothing beside the numbers of G.
 */
MmlStatus
mml_ease_invert(size_t items, double l2, double *gram)
{
	int			n = (int) items;

	for (size_t i = 0; i < items; i++)
		gram[i * items + i] += l2;
	if (mml_linalg_cholesky(n, gram, n) != MML_OK)
		return MML_NOT_POSITIVE;
	mml_linalg_cholesky_inverse(n, gram, n);
	mml_linalg_mirror(n, gram, n);
	return MML_OK;
}

/* One row of B: -P_ij / P_jj, and 0 on the diagonal. */
MML_CLONES
static void
weigh_row(size_t items, size_t i, const double *restrict inverse,
		  const double *restrict diagonal, float *restrict row)
{
	for (size_t j = 0; j < items; j++)
		row[j] = (float) (-inverse[j] / diagonal[j]);
	row[i] = 0;
}

/* Are all of these weights finite? */
MML_CLONES
static bool
all_finite(size_t n, const float *weights)
{
	int			wrong = 0;

#pragma omp simd reduction(|:wrong)
	for (size_t i = 0; i < n; i++)
		wrong |= !(fabsf(weights[i]) <= FLT_MAX);
	return wrong == 0;
}

/*
 * P (items,items) becomes B as float4 in the first half of the same memory: row
 * i of B ends where row i / 2 of P does, at most.  diagonal and row (items) are
 * scratch.  False where a weight does not fit float4.
 */
bool
mml_ease_weights(size_t items, double *inverse, double *diagonal, float *row)
{
	char	   *out = (char *) inverse;
	size_t		bytes = items * sizeof(float);
	bool		fits = true;

	for (size_t j = 0; j < items; j++)
		diagonal[j] = inverse[j * items + j];
	for (size_t i = 0; i < items; i++)
	{
		weigh_row(items, i, inverse + i * items, diagonal, row);
		fits = fits && all_finite(items, row);
		memcpy(out + i * bytes, row, bytes);
		if (i % 128 == 0)
			MML_CHECK();
	}
	return fits;
}

/*
 * Of column j of B, the k weights that are largest but for the sign; where
 * they tie, those of the lowest numbers.  order, neighbours and weights
 * (items); *count is how many there are, ascending by item.  False where a
 * weight does not fit float4.
 */
bool
mml_ease_strongest(size_t items, const double *inverse, size_t j, size_t k,
				   uint32_t *order, int32_t *neighbours, float *weights,
				   size_t *count)
{
	const double *row = inverse + j * items;	/* P is symmetric */
	size_t		found = 0;

	for (size_t i = 0; i < items; i++)
	{
		float		weight = (float) (-row[i] / row[j]);

		neighbours[found] = (int32_t) i;
		weights[found] = weight;
		found += i != j && weight != 0;
	}
	if (!all_finite(found, weights))
		return false;
	*count = mml_nearest(k, k, found, neighbours, weights, order);
	return true;
}

/* ----------------------------------------------------------------- reading */

/* Demand weights that are finite, and none of an item with itself. */
static const char *
check_dense(const MmlEase *model)
{
	size_t		items = model->catalogue.items;

	for (size_t i = 0; i < items; i++)
	{
		const float *row = model->weights + i * items;

		if (!all_finite(items, row))
			return "A weight between items is not finite.";
		if (row[i] != 0)
			return "An item has a weight with itself.";
	}
	return NULL;
}

/* Read a model of kind ease: the parse of its MmlKind. */
const char *
mml_ease_parse(const MmlEnvelope *env, void *parsed)
{
	MmlEase    *model = parsed;
	size_t		items;
	const double *options;
	int			next = 0;

	MML_DEMAND(mml_catalogue_parse(env, &next, &model->catalogue));
	items = model->catalogue.items;
	MML_DEMAND(mml_envelope_shaped(env, &next, "options", MML_F64, 1, MML_EASE_OPTIONS,
								   &options));
	model->l2 = options[0];
	model->neighbours = options[1];
	model->ndcg = options[2];
	if (!(model->l2 > 0) || !isfinite(model->l2) ||
		!(model->neighbours >= 0 && model->neighbours <= INT32_MAX) || isinf(model->ndcg))
		return "Its options are not possible.";
	model->weights = NULL;
	if (model->neighbours == 0)
	{
		memset(&model->sparse, 0, sizeof(MmlSparse));
		MML_DEMAND(mml_envelope_shaped(env, &next, "weights", MML_F32, items, items,
									   &model->weights));
		MML_DEMAND(check_dense(model));
	}
	else
	{
		MML_DEMAND(mml_sparse_parse(env, &next, items, &model->sparse));
		if ((double) model->sparse.entries > model->neighbours * (double) items)
			return "It has more weights than its options allow.";
	}
	return mml_envelope_end(env, next);
}

/* ------------------------------------------------------------ recommending */

/* scores += weight * row */
MML_CLONES
static void
add_scaled(size_t n, double weight, const float *restrict row,
		   double *restrict scores)
{
	for (size_t j = 0; j < n; j++)
		scores[j] += weight * (double) row[j];
}

/* The profile of a history: the scores of all items; NULL where no weight counts. */
static void *
profile(const void *model, const MmlHistory *history, MmlRoom *room)
{
	const MmlEase *ease = model;
	size_t		items = ease->catalogue.items;
	size_t		steps = 0;
	double		most = 0;
	double	   *scores;

	for (size_t h = 0; h < history->count; h++)
		most = MML_MAX(most, history->weights[h]);
	if (most == 0)
		return NULL;
	if (ease->weights == NULL)
		return mml_sparse_profile(model, history, room);
	scores = room->resize(room, NULL, 0, items * sizeof(double));
	memset(scores, 0, items * sizeof(double));
	for (size_t h = 0; h < history->count; h++)
	{
		add_scaled(items, history->weights[h],
				   ease->weights + (size_t) history->items[h] * items, scores);
		steps += items;
		if (steps > POLL_EVERY)
		{
			MML_CHECK();
			steps = 0;
		}
	}
	return scores;
}

/* What each item of a history contributes to the scores of items. */
static void
explain(const void *model, const void *scores, const MmlHistory *history,
		size_t n, const int32_t *items, double *contributions)
{
	const MmlEase *ease = model;

	if (ease->weights == NULL)
	{
		mml_sparse_explain(model, scores, history, n, items, contributions);
		return;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t h = 0; h < history->count; h++)
			*contributions++ = history->weights[h] *
				(double) ease->weights[(size_t) history->items[h] * ease->catalogue.items +
									   (size_t) items[i]];
}

/* The profile of an item: its weights with all items, whichever way is larger. */
static void *
resemble(const void *model, int32_t item, MmlRoom *room)
{
	const MmlEase *ease = model;
	size_t		items = ease->catalogue.items;
	double	   *scores;

	if (ease->weights == NULL)
		return mml_sparse_resemble(model, item, room);
	scores = room->resize(room, NULL, 0, items * sizeof(double));
	for (size_t i = 0; i < items; i++)
	{
		float		to = ease->weights[i * items + (size_t) item];
		float		from = ease->weights[(size_t) item * items + i];

		scores[i] = (double) MML_MAX(to, from);
	}
	return scores;
}

/* Every item has a score: a negative one speaks against it. */
const MmlRecommender mml_ease_recommender = {
	.kind = "ease",
	.above = -INFINITY,
	.profile = profile,
	.score = mml_sparse_read,
	.explain = explain,
	.resemble = resemble
};
