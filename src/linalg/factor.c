/*-------------------------------------------------------------------------
 *
 * factor.c
 *	  Cholesky factors, what is solved with them, and eigenvalues; see
 *	  linalg.h.
 *
 * LAPACK works on tiles of at most TILE rows; everything else is products
 * and triangular solves of tiles, which can be cut.  A row-major lower
 * triangle is LAPACK's column-major upper one.
 *
 * Factor, right-looking (Golub and Van Loan, Matrix Computations, 4th ed.,
 * algorithm 4.2.4 in blocks), for each diagonal tile k:
 *
 *		A_kk = L_kk L_kk'
 *		L_ik = A_ik L_kk^-T				rows i below
 *		A_ij = A_ij - L_ik L_jk'		rows and columns i, j below
 *
 * Inverse, in place: with X = L^-1, A^-1 = X'X.  Tiles below the diagonal
 * become those of X first, row by row,
 *
 *		X_ij = -L_ii^-1 (L_ij L_jj^-1 + sum over j < k < i of L_ik X_kj)
 *
 * then those of X'X, from the top,
 *
 *		(X'X)_ij = L_ii^-T X_ij + sum over k > i of X_ki' X_kj
 *		(X'X)_ii = (L_ii L_ii')^-1 + sum over k > i of X_ki' X_ki
 *
 * so that the tiles L_ii stay what they are until they are needed last.
 * Cost: n^3 / 6 multiply-adds to factor, n^3 / 3 to invert.
 *
 *-------------------------------------------------------------------------
 */
#include <cblas.h>
#include <math.h>

#include "linalg/linalg.h"

#define TILE 256
#define SLICE_FLOPS 0.25e9

/* LAPACK, as Fortran exports it: lengths of texts come last. */
extern void dpotrf_(const char *uplo, const int *n, double *a, const int *lda,
					int *info, size_t uplo_len);
extern void dpotri_(const char *uplo, const int *n, double *a, const int *lda,
					int *info, size_t uplo_len);
extern void dsyev_(const char *jobz, const char *uplo, const int *n, double *a,
				   const int *lda, double *w, double *work, const int *lwork,
				   int *info, size_t jobz_len, size_t uplo_len);

#define AT(a, lda, i, j) ((a) + (size_t) (i) * (size_t) (lda) + (size_t) (j))

/*
 * B = B op(L)^-1 from the right, B (m,n), L (n,n); or B = op(L)^-1 B from the
 * left, B (m,n), L (m,m): cut along the side of B that L does not touch.
 */
static void
solve_triangle(CBLAS_SIDE side, CBLAS_TRANSPOSE tl, int m, int n, double alpha,
			   const double *l, int ldl, double *b, int ldb)
{
	double		order = side == CblasLeft ? m : n;
	int			all = side == CblasLeft ? n : m;
	int			most = (int) MML_MAX(SLICE_FLOPS / (order * order), 8);

	/*
	 * for one column the copy that dtrsm makes of L costs more than the
	 * solving
	 */
	if (side == CblasLeft && n == 1 && alpha == 1)
	{
		cblas_dtrsv(CblasRowMajor, CblasLower, tl, CblasNonUnit, m, l, ldl, b, ldb);
		return;
	}
	for (int i = 0; i < all; i += most)
	{
		int			part = MML_MIN(most, all - i);

		if (side == CblasLeft)
			cblas_dtrsm(CblasRowMajor, side, CblasLower, tl, CblasNonUnit,
						m, part, alpha, l, ldl, b + i, ldb);
		else
			cblas_dtrsm(CblasRowMajor, side, CblasLower, tl, CblasNonUnit,
						part, n, alpha, l, ldl, AT(b, ldb, i, 0), ldb);
		MML_CHECK();
	}
}

/* Is the diagonal of L finite?  LAPACK lets NaN pass. */
static bool
is_sound(int n, const double *l, int ldl)
{
	for (int i = 0; i < n; i++)
		if (!isfinite(*AT(l, ldl, i, i)))
			return false;
	return true;
}

/* Factor, tile by tile. */
MmlStatus
mml_linalg_cholesky(int n, double *a, int lda)
{
	MML_ASSERT(n >= 0 && lda >= n);
	for (int k = 0; k < n; k += TILE)
	{
		int			width = MML_MIN(TILE, n - k);
		int			below = n - k - width;
		double	   *panel = AT(a, lda, k + width, k);
		int			info;

		dpotrf_("U", &width, AT(a, lda, k, k), &lda, &info, 1);
		if (info != 0 || !is_sound(width, AT(a, lda, k, k), lda))
			return MML_NOT_POSITIVE;
		MML_CHECK();
		solve_triangle(CblasRight, CblasTrans, below, width, 1,
					   AT(a, lda, k, k), lda, panel, lda);
		mml_linalg_syrk(MML_PLAIN, below, width, -1, panel, lda, 1,
						panel + width, lda);
	}
	return MML_OK;
}

/* The product of rows i and j of L, up to column j. */
MML_CLONES
static double
dot(int n, const double *restrict x, const double *restrict y)
{
	double		sum = 0;

#pragma omp simd reduction(+:sum)
	for (int i = 0; i < n; i++)
		sum += x[i] * y[i];
	return sum;
}

/*
 * Factor in the given order, dropping dependent columns.  Row by row: when row
 * i begins, the rows above are those of L; a dropped column is zero in L, and
 * adds nothing to products.
 */
int
mml_linalg_cholesky_ordered(int n, double *a, int lda, double tol, bool *keep,
							double *least)
{
	int			kept = 0;

	*least = 1;
	for (int i = 0; i < n; i++)
	{
		double	   *row = AT(a, lda, i, 0);
		double		whole = row[i];
		double		rest;

		for (int j = 0; j < i; j++)
		{
			const double *above = AT(a, lda, j, 0);

			row[j] = keep[j] ? (row[j] - dot(j, row, above)) / above[j] : 0;
		}
		rest = whole - dot(i, row, row);
		keep[i] = whole > 0 && rest > tol * whole;
		if (keep[i])
		{
			*least = MML_MIN(*least, rest / whole);
			row[i] = sqrt(rest);
			kept++;
		}
		else
			for (int j = 0; j <= i; j++)
				row[j] = 0;
		MML_CHECK();
	}
	return kept;
}

/* L X = B */
void
mml_linalg_forward_solve(int n, int nrhs, const double *l, int ldl,
						 double *b, int ldb)
{
	MML_ASSERT(n >= 0 && nrhs >= 0 && ldl >= n && ldb >= nrhs);
	for (int k = 0; k < n; k += TILE)
	{
		int			width = MML_MIN(TILE, n - k);

		mml_linalg_gemm(MML_PLAIN, MML_PLAIN, width, nrhs, k, -1,
						AT(l, ldl, k, 0), ldl, b, ldb, 1, AT(b, ldb, k, 0), ldb);
		solve_triangle(CblasLeft, CblasNoTrans, width, nrhs, 1,
					   AT(l, ldl, k, k), ldl, AT(b, ldb, k, 0), ldb);
	}
}

/* L L' X = B: forward, then backward. */
void
mml_linalg_cholesky_solve(int n, int nrhs, const double *l, int ldl,
						  double *b, int ldb)
{
	mml_linalg_forward_solve(n, nrhs, l, ldl, b, ldb);
	for (int end = n; end > 0; end -= TILE)
	{
		int			k = MML_MAX(end - TILE, 0);
		int			width = end - k;

		mml_linalg_gemm(MML_TRANSPOSED, MML_PLAIN, width, nrhs, n - end, -1,
						AT(l, ldl, end, k), ldl, AT(b, ldb, end, 0), ldb, 1,
						AT(b, ldb, k, 0), ldb);
		solve_triangle(CblasLeft, CblasTrans, width, nrhs, 1,
					   AT(l, ldl, k, k), ldl, AT(b, ldb, k, 0), ldb);
	}
}

/* Tiles of L below the diagonal become those of X = L^-1. */
static void
invert_below(int n, double *l, int ldl)
{
	for (int i = TILE; i < n; i += TILE)
	{
		int			rows = MML_MIN(TILE, n - i);

		for (int j = 0; j < i; j += TILE)
		{
			double	   *tile = AT(l, ldl, i, j);
			int			next = j + TILE;

			solve_triangle(CblasRight, CblasNoTrans, rows, TILE, 1,
						   AT(l, ldl, j, j), ldl, tile, ldl);
			mml_linalg_gemm(MML_PLAIN, MML_PLAIN, rows, TILE, i - next, 1,
							AT(l, ldl, i, next), ldl, AT(l, ldl, next, j), ldl,
							1, tile, ldl);
			solve_triangle(CblasLeft, CblasNoTrans, rows, TILE, -1,
						   AT(l, ldl, i, i), ldl, tile, ldl);
		}
	}
}

/* The inverse from the factor. */
void
mml_linalg_cholesky_inverse(int n, double *l, int ldl)
{
	MML_ASSERT(n >= 0 && ldl >= n);
	invert_below(n, l, ldl);
	for (int i = 0; i < n; i += TILE)
	{
		int			rows = MML_MIN(TILE, n - i);
		int			next = i + rows;
		double	   *below = AT(l, ldl, next, i);
		int			info;

		solve_triangle(CblasLeft, CblasTrans, rows, i, 1, AT(l, ldl, i, i), ldl,
					   AT(l, ldl, i, 0), ldl);
		mml_linalg_gemm(MML_TRANSPOSED, MML_PLAIN, rows, i, n - next, 1,
						below, ldl, AT(l, ldl, next, 0), ldl, 1,
						AT(l, ldl, i, 0), ldl);
		dpotri_("U", &rows, AT(l, ldl, i, i), &ldl, &info, 1);
		MML_CHECK();
		mml_linalg_syrk(MML_TRANSPOSED, rows, n - next, 1, below, ldl, 1,
						AT(l, ldl, i, i), ldl);
	}
}

/* Eigenvalues, by LAPACK. */
MmlStatus
mml_linalg_eigenvalues(int n, double *a, int lda, double *values, double *work)
{
	int			lwork = 3 * n;
	int			info;

	MML_ASSERT(n >= 0 && n <= MML_LAPACK_MOST && lda >= n);
	if (n == 0)
		return MML_OK;
	dsyev_("N", "U", &n, a, &lda, values, work, &lwork, &info, 1, 1);
	return info == 0 ? MML_OK : MML_NOT_CONVERGED;
}
