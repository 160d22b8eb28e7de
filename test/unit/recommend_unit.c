/*-------------------------------------------------------------------------
 *
 * recommend_unit.c
 *	  The recommenders' kernels against naive ones, and models that somebody
 *	  has tampered with.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/random.h"
#include "recommend/catalogue.h"
#include "recommend/item_knn.h"
#include "recommend/pairs.h"
#include "recommend/sparse.h"
#include "recommend/topk.h"

/* ---------------------------------------------------- models made by hand */

/* An envelope as the server writes it, but for the digest. */
typedef struct Made
{
	union
	{
		char		bytes[8192];
		int64_t		aligned;
	};
	size_t		length;
	int			sections;
} Made;

#define MADE_START 4			/* behind the length word of a bytea */

/* Begin a model with room in the table for so many sections. */
static void
make_begin(Made *made, const char *kind, int sections)
{
	char	   *p = made->bytes + MADE_START;
	uint32_t	words[2] = {MML_FORMAT_VERSION, (uint32_t) sections};

	memset(made, 0, sizeof(Made));
	memcpy(p, MML_MAGIC, 8);
	memcpy(p + 8, words, sizeof(words));
	strcpy(p + 24, kind);
	made->length = MML_HEADER_BYTES + (size_t) sections * MML_ENTRY_BYTES;
}

/* Add a section. */
static void
make_section(Made *made, const char *name, MmlType type, size_t rows,
			 size_t cols, const void *data)
{
	char	   *p = made->bytes + MADE_START;
	char	   *entry = p + MML_HEADER_BYTES + made->sections++ * MML_ENTRY_BYTES;
	uint64_t	shape[4] = {rows, cols, mml_data_offset(made->length),
	rows * cols * mml_type_size(type)};
	uint32_t	number = type;

	strcpy(entry, name);
	memcpy(entry + 16, &number, 4);
	memcpy(entry + 24, shape, sizeof(shape));
	made->length = shape[2] + shape[3];
	if (shape[3] > 0)
		memcpy(p + shape[2], data, shape[3]);
	memcpy(p + 16, &made->length, 8);
}

/* A sound catalogue of three items. */
static void
make_catalogue(Made *made, bool text)
{
	const int64_t head[] = {text ? MML_ID_TEXT : MML_ID_BIGINT, 4, 7, 1};
	const int64_t ids[] = {-5, 2, 900};
	const int64_t offsets[] = {0, 0, 2, 5};
	const double popularity[] = {3, 2.5, 0};
	const int32_t users[] = {3, 3, 1};

	make_section(made, "catalogue", MML_I64, 1, 4, head);
	if (text)
	{
		make_section(made, "id_offsets", MML_I64, 4, 1, offsets);
		make_section(made, "id_texts", MML_U8, 5, 1, "ababc");
	}
	else
		make_section(made, "ids", MML_I64, 3, 1, ids);
	make_section(made, "popularity", MML_F64, 3, 1, popularity);
	make_section(made, "item_users", MML_I32, 3, 1, users);
}

/* A sound model of kind item_knn. */
static void
make_item_knn(Made *made, bool text)
{
	const double options[] = {2, 20, MML_ITEM_KNN_BM25, 100, 0.8};
	const int64_t starts[] = {0, 2, 3, 3};
	const int32_t targets[] = {1, 2, 0};
	const float weights[] = {0.5F, 0.25F, 0.5F};

	make_begin(made, "item_knn", text ? 9 : 8);
	make_catalogue(made, text);
	make_section(made, "options", MML_F64, 1, MML_ITEM_KNN_OPTIONS, options);
	make_section(made, "starts", MML_I64, 4, 1, starts);
	make_section(made, "targets", MML_I32, 3, 1, targets);
	make_section(made, "weights", MML_F32, 3, 1, weights);
}

/* Read a made model from a copy of exactly its length; NULL if it is sound. */
static const char *
read_made(const Made *made, size_t length, MmlItemKnn *model, char **copy)
{
	MmlEnvelope env;

	*copy = malloc(MADE_START + length);
	memcpy(*copy, made->bytes, MADE_START + length);
	MML_DEMAND(mml_envelope_open(&env, *copy + MADE_START, length));
	return mml_item_knn_parse(&env, model);
}

/* Use all of a model that was found sound: no read may leave it. */
static void
use_model(const MmlItemKnn *model)
{
	size_t		n = model->catalogue.items;
	double	   *scores = calloc(n, sizeof(double));
	int32_t		item;
	double		weight = 1;
	MmlHistory	history = {1, &item, &weight};

	for (size_t i = 0; i < n; i++)
	{
		MmlId		id = mml_catalogue_id(&model->catalogue, i);

		item = (int32_t) i;
		mml_sparse_score(&model->similar, &history, scores);
		CHECK(mml_catalogue_find(&model->catalogue, &id, n - 1 - i) == item);
		for (size_t j = 0; j < n; j++)
			CHECK(isfinite(mml_sparse_get(&model->similar, item, (int32_t) j)));
	}
	for (size_t i = 0; i < n; i++)
		CHECK(isfinite(scores[i]));
	free(scores);
}

TEST(read_sound_models)
{
	for (int text = 0; text < 2; text++)
	{
		Made		made;
		MmlItemKnn	model;
		MmlId		id = {NULL, {.number = 900}};
		char	   *copy;

		make_item_knn(&made, text);
		CHECK(read_made(&made, made.length, &model, &copy) == NULL);
		CHECK(model.catalogue.items == 3 && model.catalogue.pairs == 7);
		CHECK(model.k == 2 && model.shrink == 20 && model.similar.entries == 3);
		if (text)
			id = (MmlId)
		{
			"abc",
			{
				.length = 3
			}
		};
		CHECK(mml_catalogue_find(&model.catalogue, &id, 0) == 2);
		use_model(&model);
		free(copy);
	}
}

TEST(read_flipped_and_cut_models)
{
	for (int text = 0; text < 2; text++)
	{
		Made		made;
		MmlItemKnn	model;
		char	   *copy;

		make_item_knn(&made, text);
		for (size_t i = 0; i < made.length; i++)
		{
			for (int bit = 0; bit < 8; bit++)
			{
				Made		flipped = made;

				flipped.bytes[MADE_START + i] =
					(char) (flipped.bytes[MADE_START + i] ^ (1 << bit));
				if (read_made(&flipped, made.length, &model, &copy) == NULL)
					use_model(&model);
				free(copy);
			}
			CHECK(read_made(&made, i, &model, &copy) != NULL);
			free(copy);
		}
	}
}

/* Is a model refused once these numbers lie in one of its sections? */
static bool
refused(const Made *made, int section, size_t index, const void *value,
		size_t size)
{
	Made		changed = *made;
	MmlItemKnn	model;
	char	   *copy;
	uint64_t	offset;
	bool		answer;

	memcpy(&offset, changed.bytes + MADE_START + MML_HEADER_BYTES +
		   section * MML_ENTRY_BYTES + 40, 8);
	memcpy(changed.bytes + MADE_START + offset + index * size, value, size);
	answer = read_made(&changed, made->length, &model, &copy) != NULL;
	free(copy);
	return answer;
}

#define REFUSED(section, index, type, value) \
	CHECK(refused(&made, section, index, &(type) {value}, sizeof(type)))

TEST(read_models_that_lie)
{
	Made		made;

	make_item_knn(&made, false);
	REFUSED(0, 0, int64_t, 2);	/* type of ids */
	REFUSED(0, 1, int64_t, 2);	/* fewer users than an item has */
	REFUSED(0, 1, int64_t, INT64_MIN);
	REFUSED(0, 2, int64_t, 8);	/* pairs */
	REFUSED(0, 3, int64_t, -1); /* rows skipped */
	REFUSED(1, 1, int64_t, -5); /* equal ids */
	REFUSED(1, 2, int64_t, 1);	/* ids out of order */
	REFUSED(2, 0, double, NAN);
	REFUSED(2, 0, double, INFINITY);
	REFUSED(2, 0, double, -1);
	REFUSED(3, 0, int32_t, 0);
	REFUSED(4, 0, double, 0.5); /* k */
	REFUSED(4, 0, double, NAN);
	REFUSED(4, 1, double, -1);	/* shrink */
	REFUSED(4, 1, double, INFINITY);
	REFUSED(4, 2, double, 3);	/* weighting */
	REFUSED(4, 2, double, 0.5);
	REFUSED(4, 3, double, NAN); /* k1 */
	REFUSED(4, 4, double, 1.5); /* b */
	REFUSED(5, 0, int64_t, 1);	/* starts */
	REFUSED(5, 1, int64_t, 4);
	REFUSED(5, 1, int64_t, -1);
	REFUSED(5, 3, int64_t, INT64_MAX);
	REFUSED(6, 0, int32_t, 0);	/* on the diagonal */
	REFUSED(6, 0, int32_t, 2);	/* equal targets */
	REFUSED(6, 1, int32_t, 3);	/* out of range */
	REFUSED(6, 0, int32_t, -1);
	REFUSED(7, 0, float, 0);
	REFUSED(7, 0, float, -1);
	REFUSED(7, 0, float, NAN);

	make_item_knn(&made, true);
	REFUSED(1, 0, int64_t, -1); /* offsets of texts */
	REFUSED(1, 1, int64_t, 3);	/* out of order: aba, bc */
	REFUSED(1, 2, int64_t, INT64_MAX);
	REFUSED(1, 3, int64_t, 4);
	REFUSED(2, 0, char, 0);		/* a byte 0 in an id */
	REFUSED(2, 2, char, 'A');	/* "Abc" lies before "ab" */
}

/* --------------------------------------------------------- finding items */

TEST(find_every_id_from_everywhere)
{
	int64_t		ids[40];
	MmlCatalogue catalogue = {.id_type = MML_ID_BIGINT,.ids = ids};

	for (int i = 0; i < 40; i++)
		ids[i] = 3 * i - 50;
	ids[0] = INT64_MIN;
	ids[39] = INT64_MAX;
	for (catalogue.items = 1; catalogue.items <= 40; catalogue.items++)
		for (size_t near = 0; near < catalogue.items; near++)
			for (size_t i = 0; i < 40; i++)
			{
				MmlId		id = {NULL, {.number = ids[i]}};
				MmlId		other = {NULL, {.number = -49 + 3 * (int64_t) i}};

				CHECK(mml_catalogue_find(&catalogue, &id, near) ==
					  (i < catalogue.items ? (int32_t) i : -1));
				CHECK(mml_catalogue_find(&catalogue, &other, near) == -1);
			}
}

/* Ids one after the other, and such that no guess of where one is is right. */
TEST(find_ids_however_they_are_spread)
{
	enum
	{
		COUNT = 500
	};
	int64_t		ids[COUNT];
	MmlCatalogue catalogue = {.id_type = MML_ID_BIGINT,.items = COUNT,.ids = ids};

	for (int spread = 0; spread < 4; spread++)
	{
		for (int i = 0; i < COUNT; i++)
			ids[i] = spread == 0 ? 7000 + i :
				spread == 1 ? (int64_t) exp(i / 12.0) + i :
				spread == 2 ? -(int64_t) exp((COUNT - i) / 12.0) + i :
				i < COUNT / 2 ? INT64_MIN + 2 * i : INT64_MAX - 2 * (COUNT - i);
		for (size_t i = 0; i < COUNT; i++)
			for (size_t near = 0; near < COUNT; near += 83)
				for (int64_t off = -1; off <= 1; off++)
				{
					MmlId		id = {NULL, {.number = ids[i] > INT64_MIN ? ids[i] + off : ids[i]}};
					int32_t		found = mml_catalogue_find(&catalogue, &id, near);

					CHECK(found < 0 || ids[found] == id.number);
					CHECK(found >= 0 || off != 0);
				}
	}
}

TEST(compare_texts_bytewise)
{
	MmlId		a = {"a", {.length = 1}};
	MmlId		ab = {"ab", {.length = 2}};
	MmlId		empty = {"", {.length = 0}};
	MmlId		accent = {"\303\244", {.length = 2}};

	CHECK(mml_id_compare(&a, &ab) < 0 && mml_id_compare(&ab, &a) > 0);
	CHECK(mml_id_compare(&empty, &a) < 0 && mml_id_compare(&a, &a) == 0);
	CHECK(mml_id_compare(&accent, &ab) > 0);
}

/* ------------------------------------------------------------------ top k */

static int
compare_ranked(const void *x, const void *y)
{
	const MmlRanked *a = x;
	const MmlRanked *b = y;

	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return (a->item > b->item) - (a->item < b->item);
}

TEST(topk_is_the_head_of_a_sort)
{
	MmlRandom	rng;

	mml_random_seed(&rng, 7);
	for (int round = 0; round < 400; round++)
	{
		size_t		n = 1 + mml_random_below(&rng, 60);
		size_t		k = 1 + mml_random_below(&rng, n + 5);
		double		above = round % 3 == 0 ? 2 : -1;
		double		scores[60];
		uint8_t		barred[60];
		int32_t		which[60];
		MmlRanked	all[60];
		MmlRanked	best[65];
		size_t		count = 0;
		size_t		found;

		for (size_t i = 0; i < n; i++)
		{
			scores[i] = (double) mml_random_below(&rng, 8);
			barred[i] = mml_random_below(&rng, 5) == 0;
			which[i] = (int32_t) (n - 1 - i);
			if (scores[i] > above && !barred[i])
				all[count++] = (MmlRanked)
			{
				scores[i], (int32_t) i
			};
		}
		qsort(all, count, sizeof(MmlRanked), compare_ranked);
		for (int listed = 0; listed < 2; listed++)
		{
			found = mml_topk(k, n, listed ? which : NULL, scores, above, barred, best);
			CHECK(found == MML_MIN(k, count));
			for (size_t i = 0; i < found; i++)
				CHECK(best[i].item == all[i].item && best[i].score == all[i].score);
		}
	}
}

TEST(topk_leaves_out_nan)
{
	const double scores[] = {1, NAN, 3, NAN};
	const uint8_t barred[] = {0, 0, 0, 0};
	MmlRanked	best[4];

	CHECK(mml_topk(4, 4, NULL, scores, -INFINITY, barred, best) == 2);
	CHECK(best[0].item == 2 && best[1].item == 0);
}

/* ------------------------------------------------------- pairs, neighbours */

#define USERS 30
#define ITEMS 24
#define TRIPLES 400

/* The same pairs three ways: as triples, as tables, and dense. */
typedef struct Watched
{
	MmlTriples *first;
	double		dense[USERS][ITEMS];
	bool		seen[USERS][ITEMS];
	int64_t		user_starts[USERS + 1];
	int64_t		item_starts[ITEMS + 1];
	int32_t		user_columns[TRIPLES];
	int32_t		item_columns[TRIPLES];
	double		user_weights[TRIPLES];
	double		item_weights[TRIPLES];
	MmlPairTable by_user;
	MmlPairTable by_item;
} Watched;

/* Make pairs, with duplicates, in chunks; weights are small numbers, or 1. */
static void
watch(Watched *w, uint64_t seed, bool binary)
{
	MmlTriples **last = &w->first;
	MmlRandom	rng;
	int32_t		renumber[ITEMS];

	memset(w, 0, sizeof(Watched));
	mml_random_seed(&rng, seed);
	for (int32_t i = 0; i < ITEMS; i++)
		renumber[i] = ITEMS - 1 - i;
	for (size_t t = 0; t < TRIPLES; t++)
	{
		MmlTriple	triple;
		int32_t		item;

		if (t % 64 == 0)
		{
			if (*last != NULL)
				last = &(*last)->next;
			*last = calloc(1, sizeof(MmlTriples) + 64 * sizeof(MmlTriple));
		}
		triple.user = (int32_t) mml_random_below(&rng, USERS);
		triple.item = (int32_t) (mml_random_below(&rng, ITEMS) *
								 mml_random_below(&rng, ITEMS) / ITEMS);
		item = renumber[triple.item];
		triple.weight = binary ? (double) !w->seen[triple.user][item] :
			(double) mml_random_below(&rng, 5) / 2;
		w->dense[triple.user][item] += triple.weight;
		w->seen[triple.user][item] = true;
		(*last)->triples[(*last)->count++] = triple;
	}
	w->by_user = (MmlPairTable)
	{
		USERS, ITEMS, w->user_starts, w->user_columns, w->user_weights
	};
	w->by_item = (MmlPairTable)
	{
		ITEMS, USERS, w->item_starts, w->item_columns, w->item_weights
	};
	mml_pairs_of_items(w->first, renumber, &w->by_item);
	mml_pairs_transpose(&w->by_item, &w->by_user);
	mml_pairs_merge(&w->by_user);
	mml_pairs_transpose(&w->by_user, &w->by_item);
	while (w->first != NULL)
	{
		MmlTriples *next = w->first->next;

		free(w->first);
		w->first = next;
	}
}

TEST(tables_hold_what_was_seen)
{
	static Watched w;
	double		popularity[ITEMS];
	int32_t		item_users[ITEMS];

	watch(&w, 11, false);
	for (int u = 0; u < USERS; u++)
	{
		int64_t		e = w.user_starts[u];

		for (int i = 0; i < ITEMS; i++)
			if (w.seen[u][i])
			{
				CHECK(e < w.user_starts[u + 1] && w.user_columns[e] == i);
				CHECK(w.user_weights[e++] == w.dense[u][i]);
			}
		CHECK(e == w.user_starts[u + 1]);
	}
	CHECK(mml_pairs_tally(&w.by_user, popularity, item_users));
	for (int i = 0; i < ITEMS; i++)
	{
		int64_t		e = w.item_starts[i];

		for (int u = 0; u < USERS; u++)
			if (w.seen[u][i])
			{
				CHECK(e < w.item_starts[i + 1] && w.item_columns[e] == u);
				CHECK(w.item_weights[e++] == w.dense[u][i]);
				popularity[i] -= w.dense[u][i];
				item_users[i]--;
			}
		CHECK(e == w.item_starts[i + 1]);
		CHECK(popularity[i] == 0 && item_users[i] == 0);
	}
}

TEST(weights_beyond_all_measure)
{
	int64_t		starts[] = {0, 2};
	int32_t		columns[] = {0, 1};
	double		weights[] = {1, 1e75};
	MmlPairTable table = {1, 2, starts, columns, weights};
	double		popularity[2];
	int32_t		item_users[2];

	CHECK(mml_pairs_tally(&table, popularity, item_users));
	weights[0] = 1e76;
	CHECK(!mml_pairs_tally(&table, popularity, item_users));
	weights[0] = INFINITY;
	CHECK(!mml_pairs_tally(&table, popularity, item_users));
}

/* How many of the similarities to item j are larger than s? */
static size_t
count_larger(float similar[ITEMS][ITEMS], int j, float s)
{
	size_t		count = 0;

	for (int i = 0; i < ITEMS; i++)
		count += i != j && similar[i][j] > s;
	return count;
}

/* The similarities of all items to all, by the definition. */
static void
similarities(const Watched *w, double shrink, float similar[ITEMS][ITEMS])
{
	for (int i = 0; i < ITEMS; i++)
		for (int j = 0; j < ITEMS; j++)
		{
			double		ij = 0,
						ii = 0,
						jj = 0;

			for (int u = 0; u < USERS; u++)
			{
				ij += w->dense[u][i] * w->dense[u][j];
				ii += w->dense[u][i] * w->dense[u][i];
				jj += w->dense[u][j] * w->dense[u][j];
			}
			similar[i][j] = ij > 0 ? (float) (ij / (sqrt(ii * jj) + shrink)) : 0;
		}
}

/* Find the neighbours of all items, and demand that they are the right ones. */
static void
check_neighbours(Watched *w, size_t k, double shrink)
{
	float		similar[ITEMS][ITEMS];
	double		squares[ITEMS];
	double		dots[ITEMS] = {0};
	uint32_t	order[ITEMS];
	MmlItemKnnWork work = {&w->by_user, &w->by_item, k, shrink, squares, dots, order};

	similarities(w, shrink, similar);
	mml_item_knn_squares(&w->by_item, squares);
	for (int j = 0; j < ITEMS; j++)
	{
		int32_t		neighbours[ITEMS + 1];
		float		found[ITEMS];
		bool		kept[ITEMS] = {false};
		size_t		count = mml_item_knn_neighbours(&work, (size_t) j, neighbours, found);
		size_t		before = 0;

		CHECK(count <= MML_ITEM_KNN_TIES * k);
		for (size_t n = 0; n < count; n++)
		{
			CHECK(neighbours[n] != j && !kept[neighbours[n]]);
			CHECK(found[n] == similar[neighbours[n]][j]);
			kept[neighbours[n]] = true;
		}
		/* those before i in the order by similarity, then by number */
		for (int i = 0; i < ITEMS; i++)
		{
			size_t		larger = count_larger(similar, j, similar[i][j]);

			before = larger;
			for (int o = 0; o < i; o++)
				before += o != j && similar[o][j] == similar[i][j];
			CHECK(kept[i] == (i != j && similar[i][j] > 0 && larger < k &&
							  before < MML_ITEM_KNN_TIES * k));
		}
	}
	for (int i = 0; i < ITEMS; i++)
		CHECK(dots[i] == 0);
}

TEST(neighbours_are_the_most_similar)
{
	static Watched w;

	for (uint64_t seed = 1; seed <= 20; seed++)
		for (size_t k = 1; k <= ITEMS; k += 3)
		{
			watch(&w, seed, seed % 2 == 0);
			check_neighbours(&w, k, seed % 4 < 2 ? 0 : 20);
		}
}

TEST(neighbours_that_all_tie)
{
	static Watched w;

	/* two users, who have seen everything: each item is like each other */
	watch(&w, 1, true);
	memset(w.dense, 0, sizeof(w.dense));
	w.by_user.rows = w.by_item.cols = 2;
	for (int u = 0; u < 2; u++)
	{
		w.user_starts[u + 1] = (u + 1) * ITEMS;
		for (int i = 0; i < ITEMS; i++)
		{
			w.dense[u][i] = 1;
			w.user_columns[u * ITEMS + i] = i;
			w.user_weights[u * ITEMS + i] = 1;
		}
	}
	mml_pairs_transpose(&w.by_user, &w.by_item);
	check_neighbours(&w, 3, 0);
	check_neighbours(&w, 11, 20);
	check_neighbours(&w, ITEMS, 0);
}

TEST(tiny_weights_stay_in_range)
{
	int64_t		starts[] = {0, 2};
	int64_t		item_starts[] = {0, 1, 2};
	int32_t		columns[] = {0, 1};
	int32_t		users[] = {0, 0};
	double		weights[] = {1e-150, 1e-150};
	MmlPairTable by_user = {1, 2, starts, columns, weights};
	MmlPairTable by_item = {2, 1, item_starts, users, weights};
	double		squares[2];
	double		dots[2] = {0, 0};
	uint32_t	order[2];
	int32_t		neighbours[3];
	float		found[2];
	MmlItemKnnWork work = {&by_user, &by_item, 5, 0, squares, dots, order};

	mml_item_knn_squares(&by_item, squares);
	CHECK(mml_item_knn_neighbours(&work, 0, neighbours, found) == 1);
	CHECK(neighbours[0] == 1 && found[0] == 1);
}

TEST(weights_as_of_texts)
{
	/* 4 items; user 0 has two of them, user 1 one, user 2 all */
	int64_t		starts[] = {0, 2, 3, 7};
	int32_t		columns[] = {0, 2, 2, 0, 1, 2, 3};
	const double before[] = {1, 4, 9, 1, 1, 1, 0};
	const double sums[] = {2, 1, 14, 0};
	double		weights[7];
	MmlPairTable table = {3, 4, starts, columns, weights};

	memcpy(weights, before, sizeof(before));
	mml_item_knn_weigh(&table, MML_ITEM_KNN_NONE, 0, 0, sums);
	CHECK(memcmp(weights, before, sizeof(before)) == 0);

	mml_item_knn_weigh(&table, MML_ITEM_KNN_TFIDF, 0, 0, sums);
	CHECK_NEAR(weights[0], log(4 / 3.0), 1e-15);
	CHECK_NEAR(weights[1], 2 * log(4 / 3.0), 1e-15);
	CHECK_NEAR(weights[2], 3 * log(4 / 2.0), 1e-15);
	/* who has everything says nothing */
	CHECK(weights[3] == 0 && weights[4] == 0 && weights[5] == 0 && weights[6] == 0);

	memcpy(weights, before, sizeof(before));
	mml_item_knn_weigh(&table, MML_ITEM_KNN_BM25, 100, 0.8, sums);
	CHECK_NEAR(weights[0], 101 / (1 + 100 * (0.2 + 0.8 * 2 / 4.25)) * log(4 / 3.0), 1e-14);
	CHECK_NEAR(weights[2], 9 * 101 / (9 + 100 * (0.2 + 0.8 * 14 / 4.25)) * log(2), 1e-14);
	CHECK(weights[3] == 0 && weights[6] == 0);

	/* k1 0: only whether, not how much */
	memcpy(weights, before, sizeof(before));
	mml_item_knn_weigh(&table, MML_ITEM_KNN_BM25, 0, 1, sums);
	CHECK(weights[0] == weights[1] && weights[6] == 0);
}

/* ---------------------------------------------------------------- sparse */

TEST(rows_are_the_columns_turned_round)
{
	const int64_t col_starts[] = {0, 2, 2, 5, 6};
	const int32_t col_rows[] = {3, 1, 0, 3, 1, 2};
	const float col_weights[] = {1, 2, 3, 4, 5, 6};
	int64_t		starts[5];
	int32_t		targets[6];
	float		weights[6];
	MmlSparse	sparse = {4, 6, starts, targets, weights};
	int32_t		items[] = {1, 3};
	double		seen[] = {2, 0.5};
	MmlHistory	history = {2, items, seen};
	double		scores[4] = {0};

	mml_sparse_transpose(4, 4, col_starts, col_rows, col_weights,
						 starts, targets, weights);
	for (int32_t j = 0; j < 4; j++)
		for (int64_t e = col_starts[j]; e < col_starts[j + 1]; e++)
			CHECK(mml_sparse_get(&sparse, col_rows[e], j) == (double) col_weights[e]);
	CHECK(mml_sparse_get(&sparse, 0, 0) == 0 && mml_sparse_get(&sparse, 2, 0) == 0);
	CHECK(starts[0] == 0 && starts[1] == 1 && starts[2] == 3 && starts[3] == 4 && starts[4] == 6);

	mml_sparse_score(&sparse, &history, scores);
	CHECK(scores[0] == 2 * 2 + 0.5 * 1 && scores[1] == 0);
	CHECK(scores[2] == 2 * 5 + 0.5 * 4 && scores[3] == 0);
}
