/*-------------------------------------------------------------------------
 *
 * item_knn.c
 *	  The nearest neighbours of each item; see item_knn.h.
 *
 * Problem: w_i is the vector of the weights that users gave item i.  For each
 * item j find the k items i that are most similar,
 *
 *		s(i, j) = <w_i, w_j> / (|w_i| |w_j| + shrink),
 *
 * the cosine, drawn towards 0 where it rests on few users.  Similarities are
 * kept as float4, and compared as such.  No order of ids decides who is a
 * neighbour: all that tie with the k-th are kept, up to MML_ITEM_KNN_TIES * k
 * in all; beyond, where thousands of items have the same few users, those of
 * the lowest ids.
 *
 * Method: the products of item j with all items at once, by walking the
 * items of j's users and adding to an accumulator; then the nearest of them,
 * nearest.c.
 *
 * Cost: for all items, the sum over users of (items of the user)^2.
 *
 * Sources: item-based collaborative filtering, Sarwar, Karypis, Konstan and
 * Riedl, WWW 2001; top-N by it, Deshpande and Karypis, ACM TOIS 22(1), 2004;
 * weights as of texts, Robertson and Zaragoza, "The probabilistic relevance
 * framework: BM25 and beyond", FnTIR 3(4), 2009; shrinkage, Bell and Koren, "Improved neighborhood-based collaborative
 * filtering", KDD Cup 2007.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "recommend/item_knn.h"
#include "recommend/nearest.h"

#define POLL_EVERY 1000000

/*
 * Change the weights of a merged table as texts are weighed, an item being a
 * text and its users the words: a user of few items says more of each,
 *
 *		idf_u = log(items / (1 + items of u)), at least 0
 *		tfidf	sqrt(w) idf_u
 *		bm25	w (k1 + 1) / (w + k1 (1 - b + b sum_i / mean of sums)) idf_u
 *
 * where sums (items) are those of the weights.
 */
void
mml_item_knn_weigh(MmlPairTable *by_user, MmlItemKnnWeighting weighting,
				   double k1, double b, const double *sums)
{
	double		items = (double) by_user->cols;
	double		mean = 0;

	if (weighting == MML_ITEM_KNN_NONE)
		return;
	for (size_t i = 0; i < by_user->cols; i++)
		mean += sums[i] / items;
	for (size_t u = 0; u < by_user->rows; u++)
	{
		int64_t		end = by_user->starts[u + 1];
		double		count = (double) (end - by_user->starts[u]);
		double		idf = MML_MAX(log(items / (1 + count)), 0);

		if (u % 65536 == 0)
			MML_CHECK();
		for (int64_t e = by_user->starts[u]; e < end; e++)
		{
			double	   *w = &by_user->weights[e];

			if (*w > 0 && weighting == MML_ITEM_KNN_TFIDF)
				*w = sqrt(*w) * idf;
			else if (*w > 0)
				*w *= (k1 + 1) / (*w + k1 * (1 - b + b * (sums[by_user->columns[e]] / mean))) * idf;
		}
	}
}

/* The sum of squared weights of each item. */
void
mml_item_knn_squares(const MmlPairTable *by_item, double *squares)
{
	for (size_t i = 0; i < by_item->rows; i++)
	{
		double		sum = 0;

		for (int64_t e = by_item->starts[i]; e < by_item->starts[i + 1]; e++)
			sum += by_item->weights[e] * by_item->weights[e];
		squares[i] = sum;
	}
}

/*
 * Add up the products of an item with all items, itself included.  Returned
 * is how many are not zero, and in touched, which; it has room for one more.
 */
static size_t
multiply(const MmlItemKnnWork *work, size_t item, int32_t *touched)
{
	const MmlPairTable *users = work->by_user;
	double	   *dots = work->dots;
	size_t		count = 0;
	size_t		steps = 0;

	for (int64_t e = work->by_item->starts[item];
		 e < work->by_item->starts[item + 1]; e++)
	{
		int32_t		user = work->by_item->columns[e];
		double		weight = work->by_item->weights[e];

		for (int64_t f = users->starts[user]; f < users->starts[user + 1]; f++)
		{
			int32_t		other = users->columns[f];
			double		product = weight * users->weights[f];
			double		before = dots[other];

			dots[other] = before + product;
			touched[count] = other;
			count += before == 0 && product > 0;
		}
		steps += (size_t) (users->starts[user + 1] - users->starts[user]) + 1;
		if (steps > POLL_EVERY)
		{
			MML_CHECK();
			steps = 0;
		}
	}
	return count;
}

/*
 * Find the neighbours of one item, in no order.  neighbours has room for
 * items + 1, similarities for items.  Returned is how many there are.
 */
size_t
mml_item_knn_neighbours(const MmlItemKnnWork *work, size_t item,
						int32_t *neighbours, float *similarities)
{
	size_t		touched = multiply(work, item, neighbours);
	size_t		count = 0;

	for (size_t n = 0; n < touched; n++)
	{
		int32_t		other = neighbours[n];
		double		norms = sqrt(work->squares[item] * work->squares[other]);
		double		cosine = work->dots[other] / (norms + work->shrink);
		float		similarity = (float) MML_MIN(cosine, 1.0);	/* but for rounding */

		work->dots[other] = 0;
		if ((size_t) other != item && similarity > 0)
		{
			neighbours[count] = other;
			similarities[count++] = similarity;
		}
	}
	return mml_nearest(work->k, MML_ITEM_KNN_TIES * work->k, count, neighbours,
					   similarities, work->order);
}

/* Read a model of kind item_knn: the parse of its MmlKind. */
const char *
mml_item_knn_parse(const MmlEnvelope *env, void *parsed)
{
	MmlItemKnn *model = parsed;
	const double *options;
	int			next = 0;

	MML_DEMAND(mml_catalogue_parse(env, &next, &model->catalogue));
	MML_DEMAND(mml_envelope_shaped(env, &next, "options", MML_F64, 1, MML_ITEM_KNN_OPTIONS,
								   &options));
	model->k = options[0];
	model->shrink = options[1];
	if (!(model->k >= 1 && model->k <= INT32_MAX) || !(model->shrink >= 0) ||
		!isfinite(model->shrink) ||
		!(options[2] == MML_ITEM_KNN_NONE || options[2] == MML_ITEM_KNN_TFIDF ||
		  options[2] == MML_ITEM_KNN_BM25) ||
		!(options[3] >= 0) || !isfinite(options[3]) || !(options[4] >= 0 && options[4] <= 1))
		return "Its options are not possible.";
	model->weighting = (MmlItemKnnWeighting) options[2];
	model->k1 = options[3];
	model->b = options[4];
	MML_DEMAND(mml_sparse_parse(env, &next, model->catalogue.items,
								&model->similar));
	for (size_t e = 0; e < model->similar.entries; e++)
		if (!(model->similar.weights[e] > 0))
			return "A similarity is not a positive number.";
	return mml_envelope_end(env, next);
}

/* A score is the sum of the similarities with what has been seen. */
const MmlRecommender mml_item_knn_recommender = {
	.kind = "item_knn",
	.profile = mml_sparse_profile,
	.score = mml_sparse_read,
	.explain = mml_sparse_explain,
	.resemble = mml_sparse_resemble
};
