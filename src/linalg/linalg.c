/*-------------------------------------------------------------------------
 *
 * linalg.c
 *	  Products of dense matrices, in slices; see linalg.h.
 *
 * OpenBLAS does not look at a waiting cancel, so a product that would take
 * long is halved along its largest dimension until a piece has at most
 * SLICE_FLOPS, some 10 ms of one core, and polls between pieces.  Pieces stay
 * near cubes: a product of 4000 x 4000 matrices takes 1.1 times as long as in
 * one call.  A sum cut along k is added piece by piece, in order.
 *
 * OpenBLAS answers a wrong dimension by a line on stdout and no result; the
 * assertions here state what callers guarantee.
 *
 *-------------------------------------------------------------------------
 */
#include <cblas.h>
#include <math.h>

#include "linalg/linalg.h"

#define SLICE_FLOPS 0.25e9

/* Where op(A)(i,j) lies. */
#define PART(t, a, lda, i, j) \
	((a) + ((t) == MML_PLAIN ? (size_t) (i) * (size_t) (lda) + (size_t) (j) \
			: (size_t) (j) * (size_t) (lda) + (size_t) (i)))

#define OP(t) ((t) == MML_PLAIN ? CblasNoTrans : CblasTrans)

/* y = alpha op(A) x + beta y: memory-bound, cut into ranges of rows of A. */
void
mml_linalg_gemv(MmlTranspose ta, int m, int n, double alpha,
				const double *a, int lda, const double *x,
				double beta, double *y)
{
	int			most;

	MML_ASSERT(m >= 0 && n >= 0 && lda >= n);
	if (m == 0 || n == 0)
		return;
	most = (int) MML_MAX(SLICE_FLOPS / 2 / n, 1);
	for (int i = 0; i < m; i += most)
	{
		int			rows = MML_MIN(most, m - i);

		if (ta == MML_PLAIN)
			cblas_dgemv(CblasRowMajor, CblasNoTrans, rows, n, alpha,
						PART(MML_PLAIN, a, lda, i, 0), lda, x, 1, beta, y + i, 1);
		else
			cblas_dgemv(CblasRowMajor, CblasTrans, rows, n, alpha,
						PART(MML_PLAIN, a, lda, i, 0), lda, x + i, 1,
						i == 0 ? beta : 1, y, 1);
		MML_CHECK();
	}
}

/*
 * Both precisions of gemm: halve the largest dimension while the piece is too
 * large.  The recursion is 64 deep at the very most.
 */
#define DEFINE_GEMM(name, real, blas) \
void \
name(MmlTranspose ta, MmlTranspose tb, int m, int n, int k, real alpha, \
	 const real *a, int lda, const real *b, int ldb, \
	 real beta, real *c, int ldc) \
{ \
	int			largest = MML_MAX(MML_MAX(m, n), k); \
	int			half = largest / 2; \
 \
	MML_ASSERT(m >= 0 && n >= 0 && k >= 0 && ldc >= n); \
	MML_ASSERT(lda >= (ta == MML_PLAIN ? k : m)); \
	MML_ASSERT(ldb >= (tb == MML_PLAIN ? n : k)); \
	if (m == 0 || n == 0) \
		return; \
	if (2.0 * m * n * k <= SLICE_FLOPS) \
	{ \
		blas(CblasRowMajor, OP(ta), OP(tb), m, n, k, alpha, a, lda, b, ldb, \
			 beta, c, ldc); \
		MML_CHECK(); \
	} \
	else if (largest == m) \
	{ \
		name(ta, tb, half, n, k, alpha, a, lda, b, ldb, beta, c, ldc); \
		name(ta, tb, m - half, n, k, alpha, PART(ta, a, lda, half, 0), lda, \
			 b, ldb, beta, PART(MML_PLAIN, c, ldc, half, 0), ldc); \
	} \
	else if (largest == n) \
	{ \
		name(ta, tb, m, half, k, alpha, a, lda, b, ldb, beta, c, ldc); \
		name(ta, tb, m, n - half, k, alpha, a, lda, \
			 PART(tb, b, ldb, 0, half), ldb, beta, c + half, ldc); \
	} \
	else \
	{ \
		name(ta, tb, m, n, half, alpha, a, lda, b, ldb, beta, c, ldc); \
		name(ta, tb, m, n, k - half, alpha, PART(ta, a, lda, 0, half), lda, \
			 PART(tb, b, ldb, half, 0), ldb, 1, c, ldc); \
	} \
}

DEFINE_GEMM(mml_linalg_gemm, double, cblas_dgemm)
DEFINE_GEMM(mml_linalg_gemm_float, float, cblas_sgemm)

/*
 * C = alpha op(A) op(A)' + beta C: halve k, or cut C into two triangles and
 * the rectangle between.
 */
void
mml_linalg_syrk(MmlTranspose ta, int n, int k, double alpha,
				const double *a, int lda, double beta, double *c, int ldc)
{
	int			half = MML_MAX(n, k) / 2;

	MML_ASSERT(n >= 0 && k >= 0 && ldc >= n);
	MML_ASSERT(lda >= (ta == MML_PLAIN ? k : n));
	if (n == 0)
		return;
	if (((double) n + 1) * n * k <= SLICE_FLOPS)
	{
		cblas_dsyrk(CblasRowMajor, CblasLower, OP(ta), n, k, alpha, a, lda,
					beta, c, ldc);
		MML_CHECK();
	}
	else if (k > n)
	{
		mml_linalg_syrk(ta, n, half, alpha, a, lda, beta, c, ldc);
		mml_linalg_syrk(ta, n, k - half, alpha, PART(ta, a, lda, 0, half), lda,
						1, c, ldc);
	}
	else
	{
		const double *lower = PART(ta, a, lda, half, 0);
		double	   *c_lower = PART(MML_PLAIN, c, ldc, half, 0);

		mml_linalg_syrk(ta, half, k, alpha, a, lda, beta, c, ldc);
		mml_linalg_gemm(ta, ta == MML_PLAIN ? MML_TRANSPOSED : MML_PLAIN,
						n - half, half, k, alpha, lower, lda, a, lda,
						beta, c_lower, ldc);
		mml_linalg_syrk(ta, n - half, k, alpha, lower, lda,
						beta, c_lower + half, ldc);
	}
}

/* Copy the lower triangle to the upper one, in tiles that stay in cache. */
void
mml_linalg_mirror(int n, double *a, int lda)
{
	const int	tile = 32;

	for (int i0 = 0; i0 < n; i0 += tile)
	{
		int			i1 = MML_MIN(n, i0 + tile);

		for (int j0 = 0; j0 <= i0; j0 += tile)
			for (int i = i0; i < i1; i++)
				for (int j = j0; j < MML_MIN(i, j0 + tile); j++)
					*PART(MML_PLAIN, a, lda, j, i) = *PART(MML_PLAIN, a, lda, i, j);
		MML_CHECK();
	}
}
