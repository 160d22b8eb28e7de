/*-------------------------------------------------------------------------
 *
 * columns.c
 *	  Mean and spread of every column.
 *
 * The school formula, sum of squares less the square of the sum, loses all
 * digits where a column is large beside its spread, as Unix times are.  So a
 * block, which is in cache, is walked twice: for its means, then for squares
 * about them; and blocks are joined by
 *
 *		N    = N1 + N2
 *		mean = mean1 + (mean2 - mean1) * N2 / N
 *		M2   = M2_1 + M2_2 + (mean2 - mean1)^2 * N1 * N2 / N
 *
 * Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
 * computing sample variances", COMPSTAT 1982, equations 2.1.
 *
 *-------------------------------------------------------------------------
 */
#include "core/columns.h"

/*
 * Means of the columns of x (rows,cols), row-major.  Summed as differences to
 * the first row, which are as small as the spread is.
 */
MML_CLONES
static void
block_means(int rows, int cols, const double *restrict x,
			double *restrict mean)
{
	const double *first = x;

	for (int j = 0; j < cols; j++)
		mean[j] = 0;
	for (int i = 0; i < rows; i++, x += cols)
	{
#pragma omp simd
		for (int j = 0; j < cols; j++)
			mean[j] += x[j] - first[j];
	}
	for (int j = 0; j < cols; j++)
		mean[j] = first[j] + mean[j] / rows;
}

/* Sums of squares about the means. */
MML_CLONES
static void
block_squares(int rows, int cols, const double *restrict x,
			  const double *restrict mean, double *restrict m2)
{
	for (int j = 0; j < cols; j++)
		m2[j] = 0;
	for (int i = 0; i < rows; i++, x += cols)
	{
#pragma omp simd
		for (int j = 0; j < cols; j++)
			m2[j] += (x[j] - mean[j]) * (x[j] - mean[j]);
	}
}

/* Take in a block x (rows,cols), row-major, rows > 0. */
void
mml_columns_add(MmlColumns *columns, int rows, const double *x)
{
	double		n1 = columns->rows;
	double		n2 = rows;
	double		n = n1 + n2;

	block_means(rows, columns->cols, x, columns->block_mean);
	block_squares(rows, columns->cols, x, columns->block_mean,
				  columns->block_m2);
	for (int j = 0; j < columns->cols; j++)
	{
		double		step = columns->block_mean[j] - columns->mean[j];

		columns->mean[j] += step * (n2 / n);
		columns->m2[j] += columns->block_m2[j] + step * (step * (n1 * n2 / n));
	}
	columns->rows = n;
}
