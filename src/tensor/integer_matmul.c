/*-------------------------------------------------------------------------
 *
 * integer_matmul.c
 *	  Products of matrices of bytes: MatMulInteger, QLinearMatMul.
 *
 * Blocks of rows of A become float32, and meet columns of B that are packed as
 * gemm.h wants them: once, where B is constant; block by block otherwise.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/broadcast.h"
#include "tensor/gemm.h"
#include "tensor/integer_product.h"
#include "tensor/operators.h"
#include "tensor/quantize.h"

/* Numbers of a block of sums, and of others that should stay in a cache. */
#define BLOCK ((int64_t) 1 << 16)
#define MOST_ROWS (64 * MML_TILE_ROWS)

/* The most terms of a sum; and columns, at once, where they are added up. */
#define MOST_TERMS ((int64_t) 1 << 13)
#define COLUMNS 64

typedef struct Product
{
	MmlIntegers in;
	MmlBroadcast batch;			/* loops over matrices */
	const MmlTiles *tiles;
	int64_t		m;
	int64_t		k;
	int64_t		n;
	bool		packs;			/* B is constant */
	int64_t		terms;			/* of a sum that is exact */
	int64_t		rows;			/* of a block */
	int64_t		columns;
	size_t		sums_at;		/* where these are in scratch, which begins
								 * with A */
	size_t		whole_at;
	size_t		packed_at;
} Product;

/* Columns of packed B. */
static int64_t
packed_columns(int64_t n)
{
	return mml_packed_count(1, n);
}

/* sums[i] += |x[i] - zero[i]| for columns of B. */
MML_CLONES
static void
add_sizes(size_t n, const uint8_t *x, bool is_signed, const int32_t *zero, int32_t *sums)
{
	if (is_signed)
		for (size_t i = 0; i < n; i++)
			sums[i] += MML_MAX((int32_t) (int8_t) x[i] - zero[i], zero[i] - (int32_t) (int8_t) x[i]);
	else
		for (size_t i = 0; i < n; i++)
			sums[i] += MML_MAX((int32_t) x[i] - zero[i], zero[i] - (int32_t) x[i]);
}

/* Is each sum of so many terms exact, with the weights that there are? */
static bool
is_exact(const Product *own, int64_t terms, int64_t most)
{
	const uint8_t *b = own->in.b->data;
	int64_t		rows = (int64_t) own->in.b->count / own->n;

	for (int64_t j = 0; j < own->n; j += COLUMNS)
	{
		size_t		n = (size_t) MML_MIN(COLUMNS, own->n - j);
		int32_t		sums[COLUMNS] = {0};
		int32_t		zero[COLUMNS];

		for (size_t i = 0; i < n; i++)
			zero[i] = mml_tensor_zero(own->in.b_zero, (size_t) j + i);
		for (int64_t l = 0; l < rows; l++)
		{
			if (l % own->k % terms == 0)
				memset(sums, 0, sizeof(sums));
			add_sizes(n, b + l * own->n + j, own->in.b->type == MML_ELEMENT_I8, zero, sums);
			if (l % own->k % terms == terms - 1 || l % own->k == own->k - 1)
				for (size_t i = 0; i < n; i++)
					if (sums[i] * most > MML_INTEGER_EXACT)
						return false;
		}
		MML_CHECK();
	}
	return true;
}

/*
 * How many terms a sum has, and what is computed at once: a stretch of terms of
 * a block of A, and sums, should stay in the cache of the second level.
 */
static const char *
plan(Product *own, MmlCall *call, const char *name)
{
	int64_t		most = mml_tensor_integers_most(own->in.a, own->in.a_zero);
	int64_t		safe = MML_INTEGER_EXACT / (most * mml_tensor_integers_most(own->in.b, own->in.b_zero));
	size_t		count = own->in.b->count / (size_t) own->n;

	own->tiles = mml_tensor_tiles();
	own->packs = mml_integers_constant(&own->in);
	own->terms = MML_MIN(MML_MAX(own->k, 1), own->packs ? MOST_TERMS : safe);
	while (own->terms > safe && !is_exact(own, own->terms, most))
		own->terms = MML_MAX(safe, (own->terms + 1) / 2);
	own->rows = BLOCK / MML_MIN(own->terms, MML_DEPTH) / MML_TILE_ROWS * MML_TILE_ROWS;
	own->rows = MML_MIN(MML_MIN(own->rows, MOST_ROWS), own->m);
	own->columns = BLOCK / MML_MAX(own->rows, own->packs ? 1 : own->terms) / MML_UNIT * MML_UNIT;
	own->columns = MML_MIN(own->columns, packed_columns(own->n));
	own->sums_at = mml_align64(sizeof(float) * (size_t) (own->rows * own->terms));
	own->whole_at = own->sums_at + mml_align64(sizeof(float) * (size_t) (own->rows * own->columns));
	own->packed_at = own->whole_at;
	if (own->terms < own->k)
		own->packed_at += mml_align64(sizeof(int32_t) * (size_t) (own->rows * own->columns));
	call->scratch_bytes = own->packed_at;
	if (!own->packs)
		call->scratch_bytes += sizeof(float) * (size_t) (own->terms * own->columns);
	else if (!mml_mul_size(count, sizeof(float), &count) ||
			 !mml_mul_size(count, (size_t) packed_columns(own->n), &call->packed_bytes))
		return mml_tensor_wrong(call, "matrices of %s are too large.", name);
	return NULL;
}

/* A stack of matrices of A that all meet one matrix of B is one matrix. */
static void
join_stack(Product *own)
{
	const MmlTensor *a = own->in.a;

	if (mml_tensor_span(own->in.b, 0, own->in.b->rank - 2) != 1 ||
		(own->in.a_zero != NULL && own->in.a_zero->count > 1))
		return;
	own->m *= (int64_t) mml_tensor_span(a, 0, a->rank - 2);
	own->batch = (MmlBroadcast)
	{
		.rank = 1,.size =
		{
			1
		}
	};
}

/* Matrices of the last two dimensions; those before are repeated to fit. */
static const char *
infer(MmlCall *call, const char *name, bool quantised)
{
	Product    *own = call->own;
	MmlIntegers *in = &own->in;
	MmlTensor	heads[2] = {{0}, {0}};
	const MmlTensor *pair[2] = {&heads[0], &heads[1]};
	int64_t		dims[MML_RANK];
	int			rank;
	double		count = 1;

	memset(own, 0, sizeof(*own));
	call->packed_bytes = 0;
	MML_TRY(mml_tensor_integers_check(call, name, "", quantised, in));
	if (in->a->rank < 2 || in->b->rank < 2)
		return mml_tensor_wrong(call, "%s of a vector is not supported.", name);
	own->m = in->a->dims[in->a->rank - 2];
	own->k = in->a->dims[in->a->rank - 1];
	own->n = in->b->dims[in->b->rank - 1];
	if (in->b->dims[in->b->rank - 2] != own->k)
		return mml_tensor_wrong(call, "matrices of %s do not fit together.", name);
	mml_tensor_set(&heads[0], MML_ELEMENT_U8, in->a->rank - 2, in->a->dims);
	mml_tensor_set(&heads[1], MML_ELEMENT_U8, in->b->rank - 2, in->b->dims);
	if (!mml_tensor_broadcast_shape(2, pair, &rank, dims))
		return mml_tensor_wrong(call, "shapes of %s do not fit together.", name);
	mml_tensor_broadcast_plan(2, pair, rank, dims, &own->batch);
	dims[rank++] = own->m;
	dims[rank++] = own->n;
	MML_TRY(mml_tensor_integers_count(call, name, in->a_zero, own->m));
	MML_TRY(mml_tensor_integers_count(call, name, in->b_zero, own->n));
	if (quantised)
		MML_TRY(mml_tensor_integers_count(call, name, in->b_scale, own->n));
	MML_TRY(mml_tensor_give(call, name, 0, quantised ? in->out_zero->type : MML_ELEMENT_I32, rank, dims));
	call->flops *= (double) MML_MAX(own->k, 1);
	for (int i = 0; i < rank; i++)
		count *= (double) dims[i];
	if (count == 0)
		return NULL;
	join_stack(own);
	return plan(own, call, name);
}

static const char *
infer_matmul_integer(MmlCall *call)
{
	return infer(call, "MatMulInteger", false);
}

static const char *
infer_qlinear_matmul(MmlCall *call)
{
	return infer(call, "QLinearMatMul", true);
}

/* Pack terms l .. l + terms - 1 of columns j .. j + n - 1 of a matrix b. */
static void
pack_block(const Product *own, const uint8_t *b, int64_t l, int64_t terms, int64_t j, int64_t n, float *to)
{
	for (int64_t unit = 0; unit < n; unit += MML_UNIT)
	{
		int64_t		columns = MML_MIN(MML_UNIT, n - unit);
		int32_t		zero[MML_UNIT];

		for (int64_t i = 0; i < columns; i++)
			zero[i] = mml_tensor_zero(own->in.b_zero, (size_t) (j + unit + i));
		for (int64_t first = 0; first < terms; first += MML_INTEGER_TERMS)
		{
			float		part[MML_INTEGER_TERMS][MML_UNIT];
			int64_t		some = MML_MIN(MML_INTEGER_TERMS, terms - first);

			for (int64_t r = 0; r < some; r++)
				for (int64_t i = 0; i < columns; i++)
					part[r][i] = (float) (mml_integer(own->in.b->type, b[(l + first + r) * own->n + j + unit + i]) -
										  zero[i]);
			mml_tensor_pack_product(some, columns, part[0], MML_UNIT, 1, 1,
									to + unit * terms + first * MML_UNIT);
		}
	}
}

/* Matrix by matrix, stretch by stretch of terms whose sum is exact. */
static void
pack(const MmlCall *call)
{
	Product		own = *(const Product *) call->own;
	const uint8_t *b = call->in[own.in.quantised ? 3 : 1]->data;
	int64_t		matrices = (int64_t) mml_tensor_span(own.in.b, 0, own.in.b->rank - 2);
	float	   *to = call->packed;

	mml_tensor_integers_bind(call, own.in.quantised, &own.in);
	for (int64_t s = 0; s < matrices; s++, b += own.k * own.n)
		for (int64_t l = 0; l < own.k; l += own.terms)
		{
			int64_t		terms = MML_MIN(own.terms, own.k - l);

			pack_block(&own, b, l, terms, 0, own.n, to);
			to += terms * packed_columns(own.n);
		}
}

/* What a block is computed in. */
typedef struct Work
{
	const Product *own;
	const MmlCall *call;
	const uint8_t *a;			/* a matrix of A */
	const uint8_t *b;			/* and of B */
	const float *packed;		/* B, where it is constant */
	size_t		to;				/* the first number of the output */
} Work;

/* Some terms of rows of A as float32. */
static void
load_rows(const Work *w, int64_t i, int64_t rows, int64_t l, int64_t terms, float *to)
{
	const Product *own = w->own;

	for (int64_t r = 0; r < rows; r++)
		mml_tensor_integers_float(own->in.a->type, 1, terms, w->a + (i + r) * own->k + l, 0,
								  mml_tensor_zero(own->in.a_zero, (size_t) (i + r)), 0, terms, to + r * terms);
}

/* A block of the output, from row i and column j on. */
static void
multiply_block(const Work *w, int64_t i, int64_t j)
{
	const Product *own = w->own;
	char	   *scratch = w->call->scratch;
	float	   *a = w->call->scratch;
	float	   *y = (float *) (void *) (scratch + own->sums_at);
	int32_t    *sums = own->terms < own->k ? (int32_t *) (void *) (scratch + own->whole_at) : NULL;
	int64_t		rows = MML_MIN(own->rows, own->m - i);
	int64_t		n = MML_MIN(own->columns, own->n - j);
	MmlProduct	p = {.tiles = own->tiles,.m = rows,.n = packed_columns(n),.a_k = 1};

	p.a = a;
	p.c = y;
	p.c_row = p.n;
	if (own->k == 0)
		memset(y, 0, sizeof(float) * (size_t) (rows * p.n));
	for (int64_t l = 0; l < own->k; l += own->terms)
	{
		p.k = MML_MIN(own->terms, own->k - l);
		p.a_row = p.k;
		if (j == 0 || sums != NULL)
			load_rows(w, i, rows, l, p.k, a);
		if (own->packs)
			p.b = w->packed + l * packed_columns(own->n) + j * p.k;
		else
		{
			pack_block(own, w->b, l, p.k, j, n, (float *) (void *) (scratch + own->packed_at));
			p.b = (float *) (void *) (scratch + own->packed_at);
		}
		mml_tensor_multiply(&p);
		if (l + own->terms < own->k)
			mml_tensor_integers_add((size_t) (rows * p.n), l == 0, y, sums);
	}
	for (int64_t r = 0; r < rows; r++)
		mml_tensor_integers_give(&own->in, w->call, (size_t) n, y + r * p.n, sums == NULL ? NULL : sums + r * p.n,
								 0, true, (size_t) j, w->to + (size_t) ((i + r) * own->n + j));
}

static void
run(const MmlCall *call)
{
	Product		own = *(const Product *) call->own;
	Work		w = {.own = &own,.call = call};
	MmlWalk		walk = {0};
	int			last = own.batch.rank - 1;

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	mml_tensor_integers_bind(call, own.in.quantised, &own.in);
	do
		for (int64_t s = 0; s < own.batch.size[last]; s++)
		{
			int64_t		a = walk.offset[0] + s * own.batch.step[0][last];
			int64_t		b = walk.offset[1] + s * own.batch.step[1][last];

			/* what is empty has no data, and nothing may be added to NULL */
			w.a = own.in.a->data;
			w.b = own.in.b->data;
			w.packed = call->packed;
			if (own.k > 0)
			{
				w.a += a * own.m * own.k;
				w.b += b * own.k * own.n;
			}
			if (own.packs && own.k > 0)
				w.packed += b * own.k * packed_columns(own.n);
			for (int64_t i = 0; i < own.m; i += own.rows)
				for (int64_t j = 0; j < own.n; j += own.columns)
					multiply_block(&w, i, j);
			w.to += (size_t) (own.m * own.n);
		}
	while (mml_tensor_walk(&own.batch, 2, &walk));
}

#define ROW(name, least, most, infer) {name, 10, least, most, 1, sizeof(Product), infer, pack, run}

static const MmlOperator operators[] = {
	ROW("MatMulInteger", 2, 4, infer_matmul_integer),
	ROW("QLinearMatMul", 8, 8, infer_qlinear_matmul)
};

const MmlOperators mml_tensor_integer_matmuls = MML_OPERATORS(operators);
