/*-------------------------------------------------------------------------
 *
 * linalg.h
 *	  Dense linear algebra for kernels: thin wrappers of OpenBLAS, which is
 *	  called nowhere else.
 *
 * Matrices are row-major: element (i,j) of a is a[i * lda + j], lda being at
 * least the number of columns.  A symmetric matrix is given and returned by
 * its lower triangle, the diagonal included; what is above is neither read nor
 * written, unless said.  Dimensions are int, as BLAS wants them, so that none
 * can pass INT_MAX; products of them are computed as size_t.  A dimension of
 * zero is a matrix of nothing, and nothing is done.
 *
 * Work is cut into calls of at most 0.25 GFLOP, with a poll for cancel
 * between.  How it is cut depends on the dimensions only.
 *
 * In a server mml_linalg_ready(), linalg_pg.h, comes before the first call in
 * a process.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_LINALG_H
#define MML_LINALG_H

#include "core/kernel.h"

/* LAPACK cannot be cut into slices, so it never gets more rows than these. */
#define MML_LAPACK_MOST 512

typedef enum MmlTranspose
{
	MML_PLAIN,					/* the matrix as it lies */
	MML_TRANSPOSED
} MmlTranspose;

/*
 * y = alpha op(A) x + beta y, where A is (m,n) as it lies.  x has n numbers
 * and y has m, or the other way round if A is transposed.
 */
extern void mml_linalg_gemv(MmlTranspose ta, int m, int n, double alpha,
							const double *a, int lda, const double *x,
							double beta, double *y);

/*
 * C = alpha op(A) op(B) + beta C, where op(A) is (m,k), op(B) is (k,n) and C
 * is (m,n).  With beta = 0 what was in C does not matter.
 */
extern void mml_linalg_gemm(MmlTranspose ta, MmlTranspose tb,
							int m, int n, int k, double alpha,
							const double *a, int lda,
							const double *b, int ldb,
							double beta, double *c, int ldc);
extern void mml_linalg_gemm_float(MmlTranspose ta, MmlTranspose tb,
								  int m, int n, int k, float alpha,
								  const float *a, int lda,
								  const float *b, int ldb,
								  float beta, float *c, int ldc);

/*
 * C = alpha op(A) op(A)' + beta C, the lower triangle of C (n,n), where op(A)
 * is (n,k).  The Gram matrix of a block of rows X (k,n) is X'X: MML_TRANSPOSED.
 */
extern void mml_linalg_syrk(MmlTranspose ta, int n, int k, double alpha,
							const double *a, int lda,
							double beta, double *c, int ldc);

/* Copy the lower triangle of A (n,n) to the upper one. */
extern void mml_linalg_mirror(int n, double *a, int lda);

/*
 * A (n,n) symmetric becomes L, lower triangular, with A = L L'.
 * MML_NOT_POSITIVE where A is not positive definite; A is then spoilt.
 */
extern MmlStatus mml_linalg_cholesky(int n, double *a, int lda);

/*
 * The same, column by column in the order given, leaving out columns that
 * depend on earlier ones: column j is dropped where what its diagonal keeps,
 * after all earlier columns are taken out, is not above tol times what it was.
 * keep[j] (n) tells; row and column j of L are then zero.  For n beyond a few
 * thousand it is slow: n^3 / 3 multiply-adds in plain C.  Returns how many
 * columns were kept; *least is the least share that a kept column keeps.
 */
extern int	mml_linalg_cholesky_ordered(int n, double *a, int lda, double tol,
										bool *keep, double *least);

/* B (n,nrhs) becomes the solution X of L L' X = B, or of L X = B. */
extern void mml_linalg_cholesky_solve(int n, int nrhs, const double *l,
									  int ldl, double *b, int ldb);
extern void mml_linalg_forward_solve(int n, int nrhs, const double *l,
									 int ldl, double *b, int ldb);

/* The Cholesky factor L (n,n) becomes the lower triangle of (L L')^-1. */
extern void mml_linalg_cholesky_inverse(int n, double *l, int ldl);

/*
 * The eigenvalues of A (n,n) symmetric, n <= MML_LAPACK_MOST, ascending in
 * values (n); work has 3 * n numbers.  A is spoilt.  MML_NOT_CONVERGED where
 * LAPACK gives up, as it does on NaN.
 */
extern MmlStatus mml_linalg_eigenvalues(int n, double *a, int lda,
										double *values, double *work);

#endif							/* MML_LINALG_H */
