/*-------------------------------------------------------------------------
 *
 * linalg_unit.c
 *	  Tests of linear algebra, against plain loops, and of exp.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/random.h"
#include "linalg/exp.h"
#include "linalg/linalg.h"

/* A random number in (-1,1). */
static double
draw(void)
{
	static MmlRandom rng;

	if (rng.s[0] == 0)
		mml_random_seed(&rng, 1);
	return 2 * mml_random_unit(&rng) - 1;
}

/* A matrix (rows,cols) of random numbers in (-1,1), its rows lda apart. */
static double *
make(int rows, int cols, int lda)
{
	double	   *a = malloc(sizeof(double) * (size_t) rows * (size_t) lda + 8);

	for (int i = 0; i < rows * lda; i++)
		a[i] = i % lda < cols ? draw() : NAN;
	return a;
}

/* op(A)(i,j) */
static double
at(MmlTranspose t, const double *a, int lda, int i, int j)
{
	return t == MML_PLAIN ? a[i * lda + j] : a[j * lda + i];
}

/* A positive definite matrix: X'X for X (n + 5, n), and 1 on its diagonal. */
static double *
make_positive(int n)
{
	double	   *x = make(n + 5, n, n);
	double	   *a = calloc((size_t) n * (size_t) n, sizeof(double));

	for (int k = 0; k < n + 5; k++)
		for (int i = 0; i < n; i++)
			for (int j = 0; j <= i; j++)
				a[i * n + j] += x[k * n + i] * x[k * n + j];
	for (int i = 0; i < n; i++)
		a[i * n + i] += 1;
	free(x);
	mml_linalg_mirror(n, a, n);
	return a;
}

/* The largest difference between L L' and A (n,n). */
static double
factor_error(int n, const double *l, const double *a)
{
	double		largest = 0;

	for (int i = 0; i < n; i++)
		for (int j = i % 7; j <= i; j += 7)
		{
			double		sum = 0;

			for (int k = 0; k <= j; k++)
				sum += l[i * n + k] * l[j * n + k];
			largest = fmax(largest, fabs(sum - a[i * n + j]));
		}
	return largest;
}

static void
check_gemm(MmlTranspose ta, MmlTranspose tb, int m, int n, int k)
{
	int			lda = (ta == MML_PLAIN ? k : m) + 3;
	int			ldb = (tb == MML_PLAIN ? n : k) + 1;
	int			ldc = n + 2;
	double	   *a = make(ta == MML_PLAIN ? m : k, lda - 3, lda);
	double	   *b = make(tb == MML_PLAIN ? k : n, ldb - 1, ldb);
	double	   *c = make(m, n, ldc);
	double	   *before = malloc(sizeof(double) * (size_t) (m * ldc));
	int			step = 1 + (int) (1e-6 * m * n * k);

	memcpy(before, c, sizeof(double) * (size_t) (m * ldc));
	mml_linalg_gemm(ta, tb, m, n, k, 0.5, a, lda, b, ldb, -2, c, ldc);
	for (int i = 0; i < m; i++)
		for (int j = i % step; j < n; j += step)
		{
			double		sum = 0;

			for (int l = 0; l < k; l++)
				sum += at(ta, a, lda, i, l) * at(tb, b, ldb, l, j);
			CHECK_NEAR(c[i * ldc + j], 0.5 * sum - 2 * before[i * ldc + j], 1e-10);
		}
	free(a);
	free(b);
	free(c);
	free(before);
}

TEST(gemm)
{
	for (int ta = MML_PLAIN; ta <= MML_TRANSPOSED; ta++)
		for (int tb = MML_PLAIN; tb <= MML_TRANSPOSED; tb++)
		{
			check_gemm(ta, tb, 1, 1, 1);
			check_gemm(ta, tb, 7, 5, 3);
			check_gemm(ta, tb, 33, 64, 17);
		}
	check_gemm(MML_PLAIN, MML_PLAIN, 3, 4, 0);
}

TEST(gemm_in_slices)
{
	/* each of the three dimensions is cut */
	check_gemm(MML_PLAIN, MML_TRANSPOSED, 1100, 360, 330);
	check_gemm(MML_TRANSPOSED, MML_PLAIN, 300, 1400, 310);
	check_gemm(MML_TRANSPOSED, MML_TRANSPOSED, 50, 60, 50000);
}

TEST(gemm_overwrites_with_beta_0)
{
	double		a[4] = {1, 2, 3, 4};
	double		c[4] = {NAN, NAN, NAN, NAN};
	float		f[4] = {1, 2, 3, 4};
	float		g[4] = {NAN, NAN, NAN, NAN};

	mml_linalg_gemm(MML_PLAIN, MML_TRANSPOSED, 2, 2, 2, 1, a, 2, a, 2, 0, c, 2);
	CHECK(c[0] == 5 && c[1] == 11 && c[2] == 11 && c[3] == 25);
	mml_linalg_gemm_float(MML_PLAIN, MML_PLAIN, 2, 2, 2, 1, f, 2, f, 2, 0, g, 2);
	CHECK(g[0] == 7 && g[1] == 10 && g[2] == 15 && g[3] == 22);
	mml_linalg_gemm(MML_PLAIN, MML_PLAIN, 0, 2, 2, 1, a, 2, a, 2, 0, c, 2);
	CHECK(c[0] == 5);
}

TEST(gemv)
{
	static const int sizes[][2] = {{1, 1}, {9, 4}, {3, 200}, {1000, 7}};

	for (int s = 0; s < 4; s++)
		for (int t = MML_PLAIN; t <= MML_TRANSPOSED; t++)
		{
			int			m = sizes[s][0];
			int			n = sizes[s][1];
			int			given = t == MML_PLAIN ? n : m;
			int			wanted = t == MML_PLAIN ? m : n;
			double	   *a = make(m, n, n + 2);
			double	   *x = make(1, given, given);
			double	   *y = make(1, wanted, wanted);
			double	   *before = malloc(sizeof(double) * (size_t) wanted);

			memcpy(before, y, sizeof(double) * (size_t) wanted);
			mml_linalg_gemv(t, m, n, 2, a, n + 2, x, 3, y);
			for (int i = 0; i < wanted; i++)
			{
				double		sum = 0;

				for (int j = 0; j < given; j++)
					sum += at(t, a, n + 2, i, j) * x[j];
				CHECK_NEAR(y[i], 2 * sum + 3 * before[i], 1e-11);
			}
			free(a);
			free(x);
			free(y);
			free(before);
		}
}

static void
check_syrk(MmlTranspose t, int n, int k)
{
	int			lda = (t == MML_PLAIN ? k : n) + 1;
	double	   *a = make(t == MML_PLAIN ? n : k, lda - 1, lda);
	double	   *c = make(n, n, n);
	double	   *before = malloc(sizeof(double) * (size_t) (n * n));
	int			step = 1 + (int) (1e-6 * n * n * k);

	memcpy(before, c, sizeof(double) * (size_t) (n * n));
	mml_linalg_syrk(t, n, k, -1, a, lda, 0.5, c, n);
	for (int i = 0; i < n; i++)
		for (int j = i % step; j < n; j += step)
		{
			double		sum = 0;

			for (int l = 0; l < k; l++)
				sum += at(t, a, lda, i, l) * at(t, a, lda, j, l);
			if (j > i)
				CHECK(c[i * n + j] == before[i * n + j]);
			else
				CHECK_NEAR(c[i * n + j], 0.5 * before[i * n + j] - sum, 1e-9);
		}
	free(a);
	free(c);
	free(before);
}

TEST(syrk)
{
	for (int t = MML_PLAIN; t <= MML_TRANSPOSED; t++)
	{
		check_syrk(t, 1, 1);
		check_syrk(t, 17, 512);
		check_syrk(t, 40, 9);
		check_syrk(t, 700, 600);
		check_syrk(t, 60, 80000);
	}
}

TEST(cholesky)
{
	/* within a tile, at its edge, and of several tiles */
	static const int sizes[] = {1, 2, 31, 256, 257, 600};

	for (int s = 0; s < 6; s++)
	{
		int			n = sizes[s];
		double	   *a = make_positive(n);
		double	   *l = malloc(sizeof(double) * (size_t) (n * n));
		double	   *b = make(n, 3, 3);
		double	   *x = malloc(sizeof(double) * (size_t) (n * 3));

		memcpy(l, a, sizeof(double) * (size_t) (n * n));
		CHECK(mml_linalg_cholesky(n, l, n) == MML_OK);
		CHECK(factor_error(n, l, a) < 1e-10);

		/* A X = B, L X = B */
		memcpy(x, b, sizeof(double) * (size_t) (n * 3));
		mml_linalg_cholesky_solve(n, 3, l, n, x, 3);
		for (int i = 0; i < n; i++)
		{
			double		sum = 0;

			for (int k = 0; k < n; k++)
				sum += a[i * n + k] * x[k * 3 + 1];
			CHECK_NEAR(sum, b[i * 3 + 1], 1e-10);
		}
		memcpy(x, b, sizeof(double) * (size_t) (n * 3));
		mml_linalg_forward_solve(n, 3, l, n, x, 3);
		for (int i = 0; i < n; i++)
		{
			double		sum = 0;

			for (int k = 0; k <= i; k++)
				sum += l[i * n + k] * x[k * 3 + 2];
			CHECK_NEAR(sum, b[i * 3 + 2], 1e-10);
		}

		/* A^-1 A = 1 */
		mml_linalg_cholesky_inverse(n, l, n);
		mml_linalg_mirror(n, l, n);
		for (int i = 0; i < n; i++)
			for (int j = i % 13; j < n; j += 13)
			{
				double		sum = 0;

				for (int k = 0; k < n; k++)
					sum += l[i * n + k] * a[k * n + j];
				CHECK_NEAR(sum, i == j, 1e-9);
			}
		free(a);
		free(l);
		free(b);
		free(x);
	}
}

TEST(cholesky_refuses)
{
	double		negative[4] = {1, 0, 2, 1};
	double		nan[4] = {NAN, 0, 0, 1};
	double	   *a = make_positive(300);

	CHECK(mml_linalg_cholesky(2, negative, 2) == MML_NOT_POSITIVE);
	CHECK(mml_linalg_cholesky(2, nan, 2) == MML_NOT_POSITIVE);
	a[299 * 300 + 299] = -1;
	CHECK(mml_linalg_cholesky(300, a, 300) == MML_NOT_POSITIVE);
	free(a);
	CHECK(mml_linalg_cholesky(0, NULL, 0) == MML_OK);
}

TEST(cholesky_ordered)
{
	enum
	{
		n = 6, rows = 50
	};
	double	   *x = make(rows, n, n);
	double		a[n * n] = {0};
	double		whole[n * n];
	double		least;
	bool		keep[n];

	/* columns 2 and 5 depend on earlier ones, column 3 is zero */
	for (int i = 0; i < rows; i++)
	{
		x[i * n + 2] = 3 * x[i * n] - x[i * n + 1];
		x[i * n + 3] = 0;
		x[i * n + 5] = x[i * n + 4] * 1e6 + x[i * n];
	}
	mml_linalg_syrk(MML_TRANSPOSED, n, rows, 1, x, n, 0, a, n);
	memcpy(whole, a, sizeof(a));
	CHECK(mml_linalg_cholesky_ordered(n, a, n, 1e-11, keep, &least) == 3);
	CHECK(keep[0] && keep[1] && !keep[2] && !keep[3] && keep[4] && !keep[5]);
	CHECK(least > 0.5 && least <= 1);
	for (int i = 0; i < n; i++)
		for (int j = 0; j <= i; j++)
			if (keep[i] && keep[j])
			{
				double		sum = 0;

				for (int k = 0; k <= j; k++)
					sum += a[i * n + k] * a[j * n + k];
				CHECK_NEAR(sum, whole[i * n + j], 1e-12);
			}
			else
				CHECK(a[i * n + j] == 0);
	free(x);
}

TEST(eigenvalues)
{
	/* of the second difference: 2 - 2 cos(k pi / (n + 1)) */
	enum
	{
		n = 50
	};
	double		a[n * n] = {0};
	double		values[n];
	double		work[3 * n];

	for (int i = 0; i < n; i++)
	{
		a[i * n + i] = 2;
		if (i > 0)
			a[i * n + i - 1] = -1;
	}
	CHECK(mml_linalg_eigenvalues(n, a, n, values, work) == MML_OK);
	for (int k = 0; k < n; k++)
		CHECK_NEAR(values[k], 2 - 2 * cos((k + 1) * M_PI / (n + 1)), 1e-13);
}

TEST(mirror)
{
	double	   *a = make(70, 70, 75);

	mml_linalg_mirror(70, a, 75);
	for (int i = 0; i < 70; i++)
		for (int j = 0; j < i; j++)
			CHECK(a[i * 75 + j] == a[j * 75 + i]);
	free(a);
}

TEST(exp_near_the_last_place)
{
	for (int i = 0; i < 300000; i++)
	{
		double		low = i % 3 == 0 ? -708 : i % 3 == 1 ? -40 : -1;
		double		high = i % 3 == 0 ? 709.7 : i % 3 == 1 ? 0 : 1;
		double		x = low + (high - low) * fabs(draw());
		long double exact = expl(x);

		CHECK(fabsl((mml_exp(x) - exact) / exact) < 2.3e-16L);
	}
}

TEST(exp_at_the_edges)
{
	CHECK(mml_exp(0) == 1 && mml_exp(-0.0) == 1);
	CHECK(mml_exp(710) == INFINITY && mml_exp(1e300) == INFINITY);
	CHECK(mml_exp(INFINITY) == INFINITY && mml_exp(-INFINITY) == 0);
	CHECK(mml_exp(-746) == 0 && mml_exp(-1e300) == 0);
	CHECK(isnan(mml_exp(NAN)));

	/* below the smallest normal number, in steps of the smallest of all */
	for (double x = -745; x < -708; x += 0.01)
		CHECK_NEAR(mml_exp(x), exp(x), 5e-324);
	CHECK(mml_exp_choose(true, 1, NAN) == 1 && mml_exp_choose(false, NAN, 2) == 2);
}
