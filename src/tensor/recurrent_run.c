/*-------------------------------------------------------------------------
 *
 * recurrent_run.c
 *	  RNN, GRU and LSTM: the runs; see recurrent.h.
 *
 * All inputs of a direction are multiplied by its weights at once (P = X W' +
 * bias).  Then, step by step, the states are multiplied by the recurrent
 * weights and added (G = P + H R'), and the gates are applied:
 *
 *	RNN		h = f(G)
 *	GRU		z = f(Gz), r = f(Gr), n = g(Pn + (r h) Rn'), h = (1 - z) n + z h
 *	LSTM	i = f(Gi + pi c), f = f(Gf + pf c), c = f c + i g(Gc),
 *			o = f(Go + po c), h = o h(c)
 *
 * Sequences may end early, and run backwards from their own ends.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "linalg/linalg.h"
#include "tensor/check.h"
#include "tensor/recurrent.h"
#include "tensor/vector.h"

/* Products of fewer rows are sums of our own: calls of BLAS cost more. */
#define FEW_ROWS 4

MML_UNARY(function_affine,, float, float, alpha * x + beta)
MML_UNARY(function_relu, MML_CLONES, float, float, x < 0 ? 0 : x)
MML_UNARY(function_tanh, MML_CLONES, float, float, mml_vector_tanh(x))
MML_UNARY(function_sigmoid, MML_CLONES, float, float, mml_vector_sigmoid(x))
MML_UNARY(function_leaky_relu,, float, float, x < 0 ? alpha * x : x)
MML_UNARY(function_thresholded,, float, float, x < alpha ? 0 : x)
MML_UNARY(function_scaled_tanh,, float, float, alpha * mml_vector_tanh(beta * x))
MML_UNARY(function_hard_sigmoid,, float, float, MML_MAX(0, MML_MIN(1, alpha * x + beta)))
MML_UNARY(function_elu,, float, float, x < 0 ? alpha * mml_vector_expm1(x) : x)
MML_UNARY(function_softsign,, float, float, x / (1 + fabsf(x)))
MML_UNARY(function_softplus,, float, float, (x < 0 ? 0 : x) + log1pf(mml_vector_exp(-fabsf(x))))

bool
mml_tensor_recurrent_function(MmlText name, MmlUnary *function, int *parameters)
{
	static const struct
	{
		const char *name;
		int			parameters;
		MmlUnary	function;
	}			functions[] = {
		{"tanh", 0, {function_tanh, 0, 0}},
		{"sigmoid", 0, {function_sigmoid, 0, 0}},
		{"relu", 0, {function_relu, 0, 0}},
		{"affine", 2, {function_affine, 1, 0}},
		{"leakyrelu", 1, {function_leaky_relu, 0.01f, 0}},
		{"thresholdedrelu", 1, {function_thresholded, 1, 0}},
		{"scaledtanh", 2, {function_scaled_tanh, 1, 1}},
		{"hardsigmoid", 2, {function_hard_sigmoid, 0.2f, 0.5f}},
		{"elu", 1, {function_elu, 1, 0}},
		{"softsign", 0, {function_softsign, 0, 0}},
		{"softplus", 0, {function_softplus, 0, 0}}
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
	{
		size_t		k = 0;

		while (k < name.length && functions[i].name[k] != '\0' && (name.bytes[k] | 0x20) == functions[i].name[k])
			k++;
		if (k == name.length && functions[i].name[k] == '\0')
		{
			*function = functions[i].function;
			*parameters = functions[i].parameters;
			return true;
		}
	}
	return false;
}

/* y (m) += A (m,k) x: four rows at once. */
MML_CLONES
static void
add_product(size_t m, size_t k, const float *a, const float *x, float *y)
{
	size_t		i = 0;

	for (; i + 4 <= m; i += 4)
	{
		const float *row = a + i * k;
		float		s0 = 0;
		float		s1 = 0;
		float		s2 = 0;
		float		s3 = 0;

#pragma omp simd reduction(+:s0, s1, s2, s3)
		for (size_t j = 0; j < k; j++)
		{
			s0 += row[j] * x[j];
			s1 += row[k + j] * x[j];
			s2 += row[2 * k + j] * x[j];
			s3 += row[3 * k + j] * x[j];
		}
		y[i] += s0;
		y[i + 1] += s1;
		y[i + 2] += s2;
		y[i + 3] += s3;
	}
	for (; i < m; i++)
	{
		float		s = 0;

#pragma omp simd reduction(+:s)
		for (size_t j = 0; j < k; j++)
			s += a[i * k + j] * x[j];
		y[i] += s;
	}
}

/* Rows of c (n,m), ldc apart, += X (n,k) A', where A is (m,k). */
static void
add_products(size_t n, size_t m, size_t k, const float *x, const float *a, float *c, size_t ldc)
{
	if (n >= FEW_ROWS)
	{
		mml_linalg_gemm_float(MML_PLAIN, MML_TRANSPOSED, (int) n, (int) m, (int) k, 1, x, (int) k, a, (int) k,
							  1, c, (int) ldc);
		return;
	}
	for (size_t i = 0; i < n; i++)
		add_product(m, k, a, x + i * k, c + i * ldc);
	if (n * m * k > 100000)
		MML_CHECK();
}

/* A direction under way. */
typedef struct Pass
{
	const MmlRecurrent *own;
	const MmlCall *call;
	const MmlUnary *function;	/* f, g, h */
	size_t		direction;
	bool		backwards;
	float	   *projected;
	float	   *gate;
	float	   *state;
	float	   *cell;
	float	   *extra;
	const float *recurrent;		/* (G H, H) */
	const float *hidden_bias;	/* (H) of GRU before the reset; NULL: none */
	const float *peepholes;		/* (3 H) i o f; NULL: none */
} Pass;

/* How many steps a sequence has. */
static size_t
length(const Pass *pass, size_t sequence)
{
	const MmlTensor *lengths = mml_tensor_in(pass->call, 4);
	int32_t		given;

	if (lengths == NULL)
		return pass->own->steps;
	given = ((const int32_t *) lengths->data)[sequence];
	if (given < 0 || (size_t) given > pass->own->steps)
	{
		mml_tensor_fault(pass->call, "a length of a sequence is out of range.");
		return 0;
	}
	return (size_t) given;
}

/* A row of inputs or outputs: of a time and a sequence. */
static size_t
row_at(const MmlRecurrent *own, size_t time, size_t sequence)
{
	return own->batch_first ? sequence * own->steps + time : time * own->batch + sequence;
}

/* The row of a state in an input or output of last states. */
static size_t
state_at(const Pass *pass, size_t sequence)
{
	const MmlRecurrent *own = pass->own;

	return own->batch_first ? sequence * (size_t) own->directions + pass->direction
		: pass->direction * own->batch + sequence;
}

static void
apply(const MmlUnary *function, size_t n, float *x, float clip)
{
	if (clip < INFINITY)
		for (size_t i = 0; i < n; i++)
			x[i] = MML_MAX(-clip, MML_MIN(clip, x[i]));
	function->loop(n, x, x, function->alpha, function->beta);
}

/* One sequence steps on: its gates, in g, change its state h. */
static void
step_rnn(const Pass *pass, float *g, float *h)
{
	apply(&pass->function[0], pass->own->hidden, g, pass->own->clip);
	memcpy(h, g, pass->own->hidden * sizeof(float));
}

static void
step_gru(const Pass *pass, float *g, float *h)
{
	size_t		n = pass->own->hidden;
	const float *z = g;
	const float *new = g + 2 * n;

	apply(&pass->function[1], n, g + 2 * n, pass->own->clip);
	for (size_t i = 0; i < n; i++)
		h[i] = (1 - z[i]) * new[i] + z[i] * h[i];
}

MML_CLONES
static void
step_cells(size_t n, const float *i, const float *f, const float *new, float *c)
{
#pragma omp simd
	for (size_t j = 0; j < n; j++)
		c[j] = f[j] * c[j] + i[j] * new[j];
}

static void
step_lstm(const Pass *pass, float *g, float *h, float *c)
{
	size_t		n = pass->own->hidden;
	float		clip = pass->own->clip;
	const float *p = pass->peepholes;
	float	   *i = g;
	float	   *o = g + n;
	float	   *f = g + 2 * n;
	float	   *new = g + 3 * n;

	for (size_t j = 0; p != NULL && j < n; j++)
	{
		i[j] += p[j] * c[j];
		f[j] += p[2 * n + j] * c[j];
	}
	apply(&pass->function[0], n, i, clip);
	if (pass->own->input_forget)
		for (size_t j = 0; j < n; j++)
			f[j] = 1 - i[j];
	else
		apply(&pass->function[0], n, f, clip);
	apply(&pass->function[1], n, new, clip);
	step_cells(n, i, f, new, c);
	for (size_t j = 0; p != NULL && j < n; j++)
		o[j] += p[n + j] * c[j];
	apply(&pass->function[0], n, o, clip);
	memcpy(h, c, n * sizeof(float));
	apply(&pass->function[2], n, h, INFINITY);
	for (size_t j = 0; j < n; j++)
		h[j] *= o[j];
}

/*
 * What the new state of GRU takes from the old one: the reset gate applies
 * before the product or behind it.
 */
static void
reset(const Pass *pass)
{
	const MmlRecurrent *own = pass->own;
	size_t		n = own->hidden;
	const float *weights = pass->recurrent + 2 * n * n;

	for (size_t b = 0; b < own->batch; b++)
	{
		float	   *g = pass->gate + b * 3 * n;
		float	   *extra = pass->extra + b * n;

		apply(&pass->function[0], 2 * n, g, own->clip);
		for (size_t i = 0; i < n; i++)
			extra[i] = own->linear_before_reset ? pass->hidden_bias == NULL ? 0 : pass->hidden_bias[i]
				: g[n + i] * pass->state[b * n + i];
	}
	if (!own->linear_before_reset)
	{
		add_products(own->batch, n, n, pass->extra, weights, pass->gate + 2 * n, 3 * n);
		return;
	}
	add_products(own->batch, n, n, pass->state, weights, pass->extra, n);
	for (size_t b = 0; b < own->batch; b++)
		for (size_t i = 0; i < n; i++)
			pass->gate[(b * 3 + 2) * n + i] += pass->gate[(b * 3 + 1) * n + i] * pass->extra[b * n + i];
}

/* All sequences step on; those that have ended stay as they are. */
static void
step(const Pass *pass, size_t s)
{
	const MmlRecurrent *own = pass->own;
	size_t		n = own->hidden;
	size_t		rows = own->gates * n;
	MmlTensor  *out = mml_tensor_out(pass->call, 0);

	for (size_t b = 0; b < own->batch; b++)
	{
		size_t		end = length(pass, b);
		size_t		time = s >= end ? 0 : pass->backwards ? end - 1 - s : s;

		memcpy(pass->gate + b * rows, pass->projected + row_at(own, time, b) * rows, rows * sizeof(float));
	}
	add_products(own->batch, own->kind == MML_GRU ? 2 * n : rows, n, pass->state, pass->recurrent, pass->gate, rows);
	if (own->kind == MML_GRU)
		reset(pass);
	for (size_t b = 0; b < own->batch; b++)
	{
		size_t		end = length(pass, b);
		size_t		time = pass->backwards ? end - 1 - s : s;
		float	   *g = pass->gate + b * rows;
		float	   *h = pass->state + b * n;

		if (s >= end)
			continue;
		if (own->kind == MML_RNN)
			step_rnn(pass, g, h);
		else if (own->kind == MML_GRU)
			step_gru(pass, g, h);
		else
			step_lstm(pass, g, h, pass->cell + b * n);
		if (out != NULL)
		{
			size_t		row = own->batch_first
				? row_at(own, time, b) * (size_t) own->directions + pass->direction
				: (time * (size_t) own->directions + pass->direction) * own->batch + b;

			memcpy((float *) out->data + row * n, h, n * sizeof(float));
		}
	}
}

/* Inputs times weights, and biases: both biases, but where one comes later. */
static void
project(const Pass *pass, float *bias)
{
	const MmlRecurrent *own = pass->own;
	const MmlCall *call = pass->call;
	size_t		rows = own->gates * own->hidden;
	size_t		total = own->steps * own->batch;
	const size_t most = 1 << 20;	/* rows that BLAS gets at once */

	for (size_t i = 0; i < rows; i++)
	{
		bool		later = pass->hidden_bias != NULL && i >= 2 * own->hidden;
		const float *given = mml_tensor_in(call, 3) == NULL ? NULL
			: (const float *) call->in[3]->data + pass->direction * 2 * rows;

		bias[i] = given == NULL ? 0 : given[i] + (later ? 0 : given[rows + i]);
	}
	for (size_t i = 0; i < total; i++)
		memcpy(pass->projected + i * rows, bias, rows * sizeof(float));
	for (size_t i = 0; i < total; i += most)
		add_products(MML_MIN(most, total - i), rows, own->inputs,
					 (const float *) call->in[0]->data + i * own->inputs,
					 (const float *) call->in[1]->data + pass->direction * rows * own->inputs,
					 pass->projected + i * rows, rows);
}

/* States of an input, or 0, where they are computed; and back to an output. */
static void
load_states(const Pass *pass, int input, float *states)
{
	const MmlTensor *in = mml_tensor_in(pass->call, input);
	size_t		n = pass->own->hidden;

	for (size_t b = 0; b < pass->own->batch; b++)
		if (in == NULL)
			memset(states + b * n, 0, n * sizeof(float));
		else
			memcpy(states + b * n, (const float *) in->data + state_at(pass, b) * n, n * sizeof(float));
}

static void
store_states(const Pass *pass, int output, const float *states)
{
	MmlTensor  *out = mml_tensor_out(pass->call, output);
	size_t		n = pass->own->hidden;

	for (size_t b = 0; out != NULL && b < pass->own->batch; b++)
		memcpy((float *) out->data + state_at(pass, b) * n, states + b * n, n * sizeof(float));
}

void
mml_tensor_recurrent_run(const MmlCall *call)
{
	const MmlRecurrent *own = call->own;
	float	   *scratch = call->scratch;
	size_t		rows = own->gates * own->hidden;
	MmlTensor  *out = mml_tensor_out(call, 0);

	if (out != NULL && out->count > 0)
		memset(out->data, 0, out->count * sizeof(float));
	for (int d = 0; d < own->directions; d++)
	{
		Pass		pass = {
			.own = own,.call = call,.function = own->function[d],.direction = (size_t) d,
			.backwards = own->reverse || d == 1,.projected = scratch + own->projected,
			.gate = scratch + own->gate,.state = scratch + own->state,.cell = scratch + own->cell,
			.extra = scratch + own->extra
		};

		pass.recurrent = (const float *) call->in[2]->data + (size_t) d * rows * own->hidden;
		if (own->linear_before_reset && own->kind == MML_GRU && mml_tensor_in(call, 3) != NULL)
			pass.hidden_bias = (const float *) call->in[3]->data + (size_t) d * 2 * rows + rows + 2 * own->hidden;
		if (mml_tensor_in(call, 7) != NULL)
			pass.peepholes = (const float *) call->in[7]->data + (size_t) d * 3 * own->hidden;
		load_states(&pass, 5, pass.state);
		load_states(&pass, 6, pass.cell);
		project(&pass, scratch + own->bias);
		for (size_t s = 0; s < own->steps; s++)
		{
			step(&pass, s);
			MML_CHECK();
		}
		store_states(&pass, 1, pass.state);
		store_states(&pass, 2, pass.cell);
	}
}
