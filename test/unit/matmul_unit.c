/*-------------------------------------------------------------------------
 *
 * matmul_unit.c
 *	  Tests of Gemm and MatMul against plain loops.
 *
 *-------------------------------------------------------------------------
 */
#include "product_case.h"

/* A random Gemm. */
static void
try_gemm(MmlElement type, int most)
{
	Fixture    *f = begin();
	bool		is_real = type == MML_ELEMENT_F32 || type == MML_ELEMENT_F64;
	int			ta = pick(0, 1);
	int			tb = pick(0, 1);
	int64_t		m = pick(0, 9) ? pick(1, most) : 1;
	int64_t		n = pick(1, most);
	int64_t		k = pick(1, most);
	int64_t		a[2] = {ta ? k : m, ta ? m : k};
	int64_t		b[2] = {tb ? n : k, tb ? k : n};
	int64_t		c[2] = {pick(0, 1) ? m : 1, pick(0, 1) ? n : 1};
	int			c_rank = pick(0, 2);
	float		alpha = pick(0, 1) && is_real ? 0.5f : 1;
	float		beta = pick(0, 1) && is_real ? -2 : 1;
	bool		has_c = pick(0, 1);

	f->is_constant = pick(0, 1);
	add_input(f, type, 2, a);
	add_input(f, type, 2, b);
	if (has_c)
		add_input(f, type, c_rank, c + 2 - c_rank);
	add_int(f, "transA", ta);
	add_int(f, "transB", tb);
	add_float(f, "alpha", alpha);
	add_float(f, "beta", beta);
	CHECK(infer(f, &mml_tensor_gemm) == NULL);
	run(f, &mml_tensor_gemm);
	for (int64_t i = 0; i < m; i++)
		for (int64_t j = 0; j < n; j++)
		{
			double		sum = 0;

			for (int64_t l = 0; l < k; l++)
				sum += get(&f->tensor[0], ta ? l * m + i : i * k + l) *
					get(&f->tensor[1], tb ? j * k + l : l * n + j);
			sum *= (double) alpha;
			if (has_c)
				sum += (double) beta *
					get(&f->tensor[2], (c_rank == 2 && c[0] > 1 ? i * c[1] : 0) +
						(c_rank > 0 && c[1] > 1 ? j : 0));
			CHECK_CLOSE(get(f->out[0], i * n + j), sum);
		}
	end(f);
}

TEST(gemm)
{
	for (int i = 0; i < 300; i++)
	{
		try_gemm(MML_ELEMENT_F32, 40);
		try_gemm(MML_ELEMENT_F64, 12);
		try_gemm(MML_ELEMENT_I32, 12);
		try_gemm(MML_ELEMENT_I64, 12);
	}
	for (int i = 0; i < 6; i++)
		try_gemm(MML_ELEMENT_F32, 700);
}

/* A random MatMul with stacks of matrices. */
static void
try_matmul(MmlElement type, int most)
{
	Fixture    *f = begin();
	int64_t		m = pick(1, most);
	int64_t		n = pick(1, most);
	int64_t		k = pick(1, most);
	int			ranks[2] = {pick(1, 4), pick(1, 4)};
	int64_t		outer[2] = {pick(1, 3), pick(1, 3)};
	int64_t		a[4] = {pick(0, 1) ? outer[0] : 1, pick(0, 1) ? outer[1] : 1, m, k};
	int64_t		b[4] = {pick(0, 1) ? outer[0] : 1, pick(0, 1) ? outer[1] : 1, k, n};
	int64_t		at = 0;

	for (int i = 0; i < 2; i++)
	{
		if (ranks[0] < 4 - i)
			a[i] = 1;
		if (ranks[1] < 4 - i)
			b[i] = 1;
		outer[i] = MML_MAX(a[i], b[i]);
	}
	m = ranks[0] == 1 ? 1 : m;
	n = ranks[1] == 1 ? 1 : n;
	f->is_constant = pick(0, 1);
	add_input(f, type, ranks[0], a + 4 - ranks[0]);
	add_input(f, type, ranks[1], ranks[1] == 1 ? b + 2 : b + 4 - ranks[1]);
	CHECK(infer(f, &mml_tensor_matmul) == NULL);
	run(f, &mml_tensor_matmul);
	CHECK((int64_t) f->out[0]->count == outer[0] * outer[1] * m * n);
	for (int64_t s = 0; s < outer[0]; s++)
		for (int64_t t = 0; t < outer[1]; t++)
			for (int64_t i = 0; i < m; i++)
				for (int64_t j = 0; j < n; j++)
				{
					int64_t		as = (a[0] > 1 ? s : 0) * a[1] + (a[1] > 1 ? t : 0);
					int64_t		bs = (b[0] > 1 ? s : 0) * b[1] + (b[1] > 1 ? t : 0);
					double		sum = 0;

					for (int64_t l = 0; l < k; l++)
						sum += get(&f->tensor[0], (as * m + i) * k + l) *
							get(&f->tensor[1], (bs * k + l) * n + j);
					CHECK_CLOSE(get(f->out[0], at++), sum);
				}
	end(f);
}

TEST(matmul)
{
	for (int i = 0; i < 300; i++)
	{
		try_matmul(MML_ELEMENT_F32, 30);
		try_matmul(MML_ELEMENT_F64, 9);
		try_matmul(MML_ELEMENT_I32, 9);
		try_matmul(MML_ELEMENT_I64, 9);
	}
}

TEST(types_and_misfits)
{
	int64_t		a[2] = {3, 4};
	Fixture    *f = begin();

	add_input(f, MML_ELEMENT_F32, 2, a);
	add_input(f, MML_ELEMENT_F32, 2, a);
	CHECK(strstr(infer(f, &mml_tensor_gemm), "do not match") != NULL);
	CHECK(strstr(infer(f, &mml_tensor_matmul), "do not match") != NULL);
	f->tensor[1].type = MML_ELEMENT_F64;
	CHECK(strstr(infer(f, &mml_tensor_gemm), "types") != NULL);
	f->tensor[0].type = MML_ELEMENT_U8;
	CHECK(strstr(infer(f, &mml_tensor_gemm), "not supported") != NULL);
	f->tensor[0].type = MML_ELEMENT_F32;
	add_text(f, ".activation", "Sine");
	CHECK(strstr(infer(f, &mml_tensor_gemm), "types") != NULL);
	f->tensor[1].type = MML_ELEMENT_F32;
	CHECK(strstr(infer(f, &mml_tensor_gemm), "activation") != NULL);
	end(f);
}
