/*-------------------------------------------------------------------------
 *
 * kmeans_pack.c
 *	  How k-means keeps rows: float4 panels, without losing what matters.
 *
 * A pass over all rows costs what it costs to read them, so rows are kept as
 * float4 of v = (x - offset) * scale.  The offset is the mean of the first
 * block; without it a column of Unix times, whose float4 step is 128 seconds,
 * would be lost.  The scale, one power of two for all columns, brings the
 * spread near 1, so that squares neither overflow nor vanish.
 *
 * A column that would lose more than a millionth of its spread in some block
 * (an outlier far out, or rows sorted by time) keeps its lower digits there:
 * v = high + low, both float4, has 48 bits.  So do all columns of the first
 * few thousand rows: small data are exact, and in the mean of many rows what
 * is lost of each is lost again.
 *
 * A block is
 *
 *		int32	nwide, wide[d]		the columns that keep their lower digits
 *		float	high (panels,d,16)	from the next multiple of 64 bytes on
 *		float	low (panels,nwide,16)
 *
 * where a panel has 16 rows, columns first: element (j, r) of a panel is
 * column j of its row r.  So the arithmetic of 16 rows is one vector
 * operation, and a panel is read from front to back.  Rows that fill up the
 * last panel are zeros.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "kmeans/kmeans.h"

#define LOSS 1e-6				/* of the spread of a column */
#define FEW_ROWS 16384			/* that keep all their digits */

/* Bytes in front of the panels. */
static size_t
head_bytes(int d)
{
	return mml_align64(sizeof(int32_t) * ((size_t) d + 1));
}

/* Floats of so many columns of all panels. */
static size_t
panel_floats(int rows, int cols)
{
	size_t		panels = ((size_t) rows + MML_PANEL - 1) / MML_PANEL;

	return panels * (size_t) cols * MML_PANEL;
}

/* The most bytes that a block can take. */
size_t
mml_kmeans_block_room(int rows, int d)
{
	return head_bytes(d) + 2 * sizeof(float) * panel_floats(rows, d);
}

/* Choose offset and scale by the columns of the first block. */
static void
choose_offset(KmeansPacking *packing, const MmlColumns *columns)
{
	double		most = 0;
	int			exponent;

	for (int j = 0; j < packing->cols; j++)
	{
		packing->offset[j] = columns->mean[j];
		most = fmax(most, columns->m2[j] / columns->rows);
	}
	frexp(sqrt(most), &exponent);
	packing->scale = most > 0 ? ldexp(1.0, -exponent) : 1.0;
	packing->ready = true;
}

/*
 * Write column j of all rows to high (panels,d,16) and return the most that
 * is lost by any.
 */
MML_CLONES
static double
pack_column(int rows, int d, int j, const double *restrict x, double offset,
			double scale, float *restrict high)
{
	double		loss = 0;

	for (int first = 0; first < rows; first += MML_PANEL)
	{
		float	   *out = high + ((size_t) first * (size_t) d + (size_t) j * MML_PANEL);
		int			count = MML_MIN(MML_PANEL, rows - first);

		for (int r = 0; r < count; r++)
		{
			double		v = (x[(size_t) (first + r) * (size_t) d + (size_t) j] - offset) * scale;
			double		lost;

			out[r] = (float) v;
			lost = fabs(v) < FLT_MAX ? fabs(v - (double) out[r]) : INFINITY;
			loss = lost > loss ? lost : loss;
		}
		for (int r = count; r < MML_PANEL; r++)
			out[r] = 0;
	}
	return loss;
}

/* Write the lower digits of column j as column w of low (panels,nwide,16). */
static void
pack_low_digits(const KmeansPacking *packing, int rows, int j, int w,
				int nwide, const double *x, const float *high, float *low)
{
	size_t		d = (size_t) packing->cols;

	for (int i = 0; i < rows; i++)
	{
		size_t		first = (size_t) (i - i % MML_PANEL);
		size_t		r = (size_t) (i % MML_PANEL);
		double		v = (x[(size_t) i * d + (size_t) j] - packing->offset[j]) * packing->scale;

		low[first * (size_t) nwide + (size_t) w * MML_PANEL + r] =
			(float) (v - (double) high[first * d + (size_t) j * MML_PANEL + r]);
	}
}

/*
 * Pack x (rows,d) row-major into out, which has mml_kmeans_block_room(), and
 * return the bytes taken, a multiple of 64; 0 where a number is too far from
 * the others for float4.  columns are the statistics of all rows so far,
 * these included; the first call takes offset and scale from them.
 */
size_t
mml_kmeans_pack(KmeansPacking *packing, int rows, const double *x,
				const MmlColumns *columns, void *out)
{
	int			d = packing->cols;
	int32_t    *wide = (int32_t *) out + 1;
	float	   *high = (float *) ((char *) out + head_bytes(d));
	float	   *low = high + panel_floats(rows, d);
	int			nwide = 0;

	if (!packing->ready)
		choose_offset(packing, columns);
	memset(out, 0, head_bytes(d));
	for (int j = 0; j < d; j++)
	{
		double		spread = sqrt(columns->m2[j] / columns->rows) * packing->scale;
		double		loss = pack_column(rows, d, j, x, packing->offset[j],
									   packing->scale, high);

		if (loss > 1e30 || !isfinite(spread))
			return 0;
		if (columns->rows <= FEW_ROWS ? loss > 0 : loss > LOSS * spread)
			wide[nwide++] = j;
	}
	*(int32_t *) out = nwide;
	memset(low, 0, sizeof(float) * panel_floats(rows, nwide));
	for (int w = 0; w < nwide; w++)
		pack_low_digits(packing, rows, wide[w], w, nwide, x, high, low);
	return head_bytes(d) +
		sizeof(float) * (panel_floats(rows, d) + panel_floats(rows, nwide));
}

/*
 * The largest squared distance, in packed units, that packing can make of
 * two equal rows, one of which keeps digits that the other has lost.
 */
double
mml_kmeans_loss(const KmeansPacking *packing, const MmlColumns *columns)
{
	double		sum = 0;

	if (columns->rows <= FEW_ROWS)
		return 0;
	for (int j = 0; j < packing->cols; j++)
		sum += columns->m2[j] / columns->rows;
	return sum * packing->scale * packing->scale * LOSS * LOSS;
}

/* Take a packed block apart. */
KmeansPanels
mml_kmeans_panels(const MmlBlock *block, int d)
{
	KmeansPanels p;

	p.rows = block->rows;
	p.d = d;
	p.nwide = *(const int32_t *) block->data;
	p.wide = (const int32_t *) block->data + 1;
	p.high = (const float *) ((const char *) block->data + head_bytes(d));
	p.low = p.high + panel_floats(block->rows, d);
	return p;
}

/* One row of a block, as x (d) float8 in packed units. */
void
mml_kmeans_row(const KmeansPanels *p, int row, double *x)
{
	size_t		first = (size_t) (row - row % MML_PANEL);
	size_t		r = (size_t) (row % MML_PANEL);
	const float *high = p->high + first * (size_t) p->d + r;
	const float *low = p->low + first * (size_t) p->nwide + r;

	for (int j = 0; j < p->d; j++)
		x[j] = (double) high[j * MML_PANEL];
	for (int w = 0; w < p->nwide; w++)
		x[p->wide[w]] += (double) low[w * MML_PANEL];
}
