/*-------------------------------------------------------------------------
 *
 * conv_depth.c
 *	  Strips of a convolution in which each channel has a filter of its own.
 *
 * There is no product to speak of: a few terms a point, and none shared with
 * another channel.  Sums of a block of points, of 8 rows of 8 or of 4 rows of
 * 16, or 64 of a row, stay in registers while the kernel passes by; where less is left blocks
 * overlap, and compute the same again.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/conv_strip.h"

#define LANES 8
#define SUMS 8

/* Numbers wherever they lie. */
typedef float Eight __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t EightBits __attribute__((vector_size(4 * LANES)));

/* A depth of a strip. */
typedef struct Plane
{
	int64_t		rows;
	int64_t		columns;
	const float *x;				/* x[at[t] + i * x_row + j] is for term t */
	int64_t		x_row;
	float	   *y;				/* y[i * y_row + j] */
	int64_t		y_row;
	int64_t		terms;
	const uint32_t *at;			/* (terms) */
	const float *weights;		/* (terms) */
	float		bias[LANES];	/* all the same, as are the others */
	float		least[LANES];
	float		most[LANES];
} Plane;

/* condition ? a : b */
MML_INLINE	Eight
choose(EightBits condition, Eight a, Eight b)
{
	return (Eight) (((EightBits) a & condition) | ((EightBits) b & ~condition));
}

/*
 * Rows from h on and columns from j on, so many; rows, vectors and whether
 * there are so many columns are constants where it is inlined.  Behind the
 * last row it is computed again.
 */
MML_INLINE void
block(const Plane *p, int64_t h, int64_t j, const int rows, const int vectors, const bool whole)
{
	static const Eight zero;
	const		Eight least = *(const Eight *) p->least;
	const		Eight most = *(const Eight *) p->most;
	const float *x[SUMS];
	Eight		sum[SUMS];

#pragma GCC unroll 8
	for (int r = 0; r < rows; r++)
		x[r] = p->x + MML_MIN(h + r, p->rows - 1) * p->x_row + j;
#pragma GCC unroll 8
	for (int i = 0; i < rows * vectors; i++)
		sum[i] = *(const Eight *) p->bias;
	for (int64_t t = 0; t < p->terms; t++)
	{
		const		Eight weight = p->weights[t] - zero;
		uint32_t	at = p->at[t];

#pragma GCC unroll 8
		for (int i = 0; i < rows * vectors; i++)
			sum[i] += weight * *(const Eight *) (x[i / vectors] + at + i % vectors * LANES);
	}
#pragma GCC unroll 8
	for (int i = 0; i < rows * vectors; i++)
	{
		float	   *to = p->y + MML_MIN(h + i / vectors, p->rows - 1) * p->y_row + j +
			i % vectors * LANES;

		sum[i] = choose(sum[i] < least, least, sum[i]);
		sum[i] = choose(sum[i] > most, most, sum[i]);
		if (whole)
			*(Eight *) to = sum[i];
		else
			memcpy(to, &sum[i], sizeof(float) * (size_t) p->columns);
	}
}

/* A row or a few, as a signal in one dimension has. */
MML_INLINE void
few_rows(const Plane *p)
{
	int64_t		n = p->columns;

	for (int64_t h = 0; h < p->rows; h++)
	{
		int64_t		i = 0;

		for (; i + SUMS * LANES <= n; i += SUMS * LANES)
			block(p, h, i, 1, SUMS, true);
		if (n < LANES)
			block(p, h, 0, 1, 1, false);
		else
			for (; i < n; i += LANES)
				block(p, h, MML_MIN(i, n - LANES), 1, 1, true);
	}
}

/* All of a plane; behind the end of a row x may be read, if its columns are fewer than eight. */
MML_CLONES
static void
run_plane(const Plane *p)
{
	int64_t		n = p->columns;
	int64_t		wide = n - n % (2 * LANES);

	if (p->rows < SUMS / 2)
	{
		few_rows(p);
		return;
	}
	for (int64_t h = 0; h < p->rows; h += SUMS / 2)
		for (int64_t j = 0; j < wide; j += 2 * LANES)
			block(p, h, j, SUMS / 2, 2, true);
	for (int64_t h = 0; h < p->rows; h += SUMS)
		if (n < LANES)
			block(p, h, 0, SUMS, 1, false);
		else
			for (int64_t j = wide; j < n; j += LANES)
				block(p, h, MML_MIN(j, n - LANES), SUMS, 1, true);
}

void
mml_tensor_strip_depth(MmlStrip *s)
{
	const MmlConv *c = s->c;
	const MmlActivation *f = &c->activation;
	bool		clip = f->kind == MML_ACTIVATION_CLIP;
	Plane		p = {.rows = s->box[1],.columns = s->box[2],.terms = s->k,.at = s->at};

	p.x_row = c->plan.span[2];
	p.y_row = c->out[2];
	p.weights = s->weights;
	for (int i = 0; i < LANES; i++)
	{
		p.bias[i] = s->bias == NULL ? 0 : s->bias[0];
		p.least[i] = clip ? f->alpha : -__builtin_inff();
		p.most[i] = clip ? f->beta : __builtin_inff();
	}
	for (int64_t d = 0; d < s->box[0]; d++)
	{
		p.x = s->x + d * c->plan.span[1] * c->plan.span[2];
		p.y = s->y + mml_strip_row(s, d, 0);
		run_plane(&p);
		mml_strip_count(s, p.rows * p.columns);
	}
}
