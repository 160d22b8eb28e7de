/*-------------------------------------------------------------------------
 *
 * einsum.c
 *	  Einsum of at most four tensors: sums of products over indices with names.
 *
 *		"bij,bjk->bik":		out[b,i,k] = sum over j of x[b,i,j] y[b,j,k]
 *
 * Each index is a loop with a step in each operand and in the output: 0 where
 * that does not have the index, a sum of strides where it has it twice.  The
 * innermost loop is over the index that most tensors have one behind the other.
 *
 *-------------------------------------------------------------------------
 */
#include <ctype.h>

#include "tensor/check.h"
#include "tensor/operators.h"
#include "tensor/strided.h"

#define MOST_INDICES 24
#define OPERANDS 4
#define OUT OPERANDS			/* the output's steps lie behind */

typedef struct Loop
{
	int			name;			/* a letter, or ELLIPSIS + the dimension from
								 * the end */
	bool		named;			/* an operand has it */
	int64_t		size;
	int64_t		step[OPERANDS + 1];
} Loop;

typedef struct Einsum
{
	int			loops;
	Loop		loop[MOST_INDICES]; /* the innermost last */
	int			ellipsis;		/* dimensions that "..." stands for */
} Einsum;

#define ELLIPSIS 256

/* The loop of a name; a new one where there is none; NULL where there are too many. */
static Loop *
find_loop(Einsum *own, int name)
{
	for (int i = 0; i < own->loops; i++)
		if (own->loop[i].name == name)
			return &own->loop[i];
	if (own->loops == MOST_INDICES)
		return NULL;
	own->loop[own->loops] = (Loop)
	{
		.name = name,.size = 1
	};
	return &own->loop[own->loops++];
}

/*
 * The names of a term, from *at on to a comma, an arrow or the end; "..." is
 * so many dimensions, of what is known to have rank dimensions, or of the most
 * that any has where rank is -1.
 */
static const char *
read_term(MmlCall *call, const Einsum *own, MmlText text, size_t *at, int rank, int *names, int *count)
{
	int			letters = 0;
	int			dots = 0;
	int			wide;

	*count = 0;
	for (size_t i = *at; i < text.length && text.bytes[i] != ',' && text.bytes[i] != '-'; i++)
	{
		letters += isalpha((unsigned char) text.bytes[i]) != 0;
		dots += text.bytes[i] == '.';
	}
	wide = dots == 0 ? 0 : rank < 0 ? own->ellipsis : rank - letters;
	if ((dots != 0 && dots != 3) || letters + wide > MML_RANK || wide < 0 || (rank >= 0 && letters + wide != rank))
		return mml_tensor_wrong(call, "the equation of Einsum does not fit its inputs.");
	while (*at < text.length && text.bytes[*at] != ',' && text.bytes[*at] != '-')
	{
		char		c = text.bytes[*at];

		if (c == '.')
		{
			if (*at + 3 > text.length || memcmp(text.bytes + *at, "...", 3) != 0)
				return mml_tensor_wrong(call, "the equation of Einsum is not to be understood.");
			for (int i = wide; i > 0; i--)
				names[(*count)++] = ELLIPSIS + i;
			*at += 2;
		}
		else if (isalpha((unsigned char) c))
			names[(*count)++] = c;
		else if (c != ' ')
			return mml_tensor_wrong(call, "the equation of Einsum is not to be understood.");
		++*at;
	}
	return NULL;
}

/* Add the steps of an operand to its loops. */
static const char *
add_operand(MmlCall *call, Einsum *own, int operand, int count, const int *names)
{
	const MmlTensor *in = call->in[operand];
	int64_t		strides[MML_RANK];

	mml_tensor_strides(in->rank, in->dims, strides);
	for (int d = 0; d < count; d++)
	{
		Loop	   *loop = find_loop(own, names[d]);
		bool		wide;

		if (loop == NULL)
			return mml_tensor_wrong(call, "Einsum has too many indices.");
		wide = names[d] >= ELLIPSIS && (in->dims[d] == 1 || loop->size == 1);
		if (loop->named && in->dims[d] != loop->size && !wide)
			return mml_tensor_wrong(call, "an index of Einsum has %lld and %lld numbers.", (long long) loop->size,
									(long long) in->dims[d]);
		if (in->dims[d] != 1)
			loop->step[operand] += strides[d];
		if (!loop->named || in->dims[d] != 1)
			loop->size = in->dims[d];
		loop->named = true;
		if (names[d] >= ELLIPSIS)
			own->ellipsis = MML_MAX(own->ellipsis, names[d] - ELLIPSIS);
	}
	return NULL;
}

/* Without an arrow the output has "..." and then, by the alphabet, letters that are there once. */
static int
implied_output(const Einsum *own, MmlText text, int *names)
{
	int			count = 0;

	for (int i = own->ellipsis; i > 0; i--)
		names[count++] = ELLIPSIS + i;
	for (int c = 'A'; c <= 'z' && count < MML_RANK; c++)
	{
		int			seen = 0;

		for (size_t i = 0; isalpha(c) && i < text.length; i++)
			seen += text.bytes[i] == c;
		if (seen == 1)
			names[count++] = c;
	}
	return count;
}

/* Put the loop innermost over which most tensors step one by one, and none far. */
static void
choose_innermost(Einsum *own)
{
	int			best = own->loops - 1;
	int			most = -1;

	for (int i = 0; i < own->loops; i++)
	{
		int			near = own->loop[i].size > 1 ? 1 : 0;

		for (int k = 0; k <= OUT; k++)
			near += own->loop[i].step[k] == 1 ? 2 : own->loop[i].step[k] == 0 ? 1 : -1;
		if (near > most && own->loop[i].size > 1)
		{
			most = near;
			best = i;
		}
	}
	if (best >= 0)
	{
		Loop		moved = own->loop[best];

		own->loop[best] = own->loop[own->loops - 1];
		own->loop[own->loops - 1] = moved;
	}
}

static const char *
infer_einsum(MmlCall *call)
{
	Einsum	   *own = call->own;
	MmlText		text = mml_tensor_attribute_text(call, "equation", "");
	int			names[MML_RANK + 1];
	int64_t		dims[MML_RANK];
	int64_t		strides[MML_RANK];
	int			count = 0;
	size_t		at = 0;

	MML_TRY(mml_tensor_check(call, "Einsum", "equation:s", call->inputs));
	memset(own, 0, sizeof(Einsum));
	for (int i = 0; i < call->inputs; i++)
	{
		MML_TRY(mml_tensor_check_type(call, "Einsum", i, MML_TYPES_FLOAT));
		MML_TRY(mml_tensor_check_same(call, "Einsum", i, 0));
		MML_TRY(read_term(call, own, text, &at, call->in[i]->rank, names, &count));
		MML_TRY(add_operand(call, own, i, count, names));
		if (i + 1 < call->inputs && (at >= text.length || text.bytes[at++] != ','))
			return mml_tensor_wrong(call, "the equation of Einsum does not have a term an input.");
	}
	if (at >= text.length)
		count = implied_output(own, text, names);
	else
	{
		if (at + 2 > text.length || text.bytes[at] != '-' || text.bytes[at + 1] != '>')
			return mml_tensor_wrong(call, "the equation of Einsum does not have a term an input.");
		at += 2;
		MML_TRY(read_term(call, own, text, &at, -1, names, &count));
		if (at < text.length)
			return mml_tensor_wrong(call, "the equation of Einsum is not to be understood.");
	}
	for (int i = 0; i < count; i++)
	{
		int			known = own->loops;
		Loop	   *loop = find_loop(own, names[i]);

		if (loop == NULL || own->loops != known)
			return mml_tensor_wrong(call, "the output of Einsum has an index that no input has.");
		dims[i] = loop->size;
		for (int j = 0; j < i; j++)
			if (names[j] == names[i])
				return mml_tensor_wrong(call, "the output of Einsum has an index twice.");
	}
	MML_TRY(mml_tensor_give(call, "Einsum", 0, call->in[0]->type, count, dims));
	mml_tensor_strides(count, dims, strides);
	for (int i = 0; i < count; i++)
		find_loop(own, names[i])->step[OUT] = strides[i];
	call->flops = 1;
	for (int i = 0; i < own->loops; i++)
		call->flops *= (double) own->loop[i].size;
	choose_innermost(own);
	return NULL;
}

/* The innermost loop: a row of products, summed up in the output, or into one number. */
#define ROW(name, clones, type) \
clones static void \
name(int64_t n, const type *x, int64_t x_step, const type *y, int64_t y_step, type *out, int64_t out_step) \
{ \
	type		sum = 0; \
	\
	if (out_step == 1 && x_step == 0 && y_step == 1) \
	{ \
		_Pragma("omp simd") \
		for (int64_t i = 0; i < n; i++) \
			out[i] += x[0] * y[i]; \
	} \
	else if (out_step == 1 && x_step == 1 && y_step == 0) \
	{ \
		_Pragma("omp simd") \
		for (int64_t i = 0; i < n; i++) \
			out[i] += x[i] * y[0]; \
	} \
	else if (out_step == 0 && x_step == 1 && y_step == 1) \
	{ \
		_Pragma("omp simd reduction(+:sum)") \
		for (int64_t i = 0; i < n; i++) \
			sum += x[i] * y[i]; \
		out[0] += sum; \
	} \
	else \
		for (int64_t i = 0; i < n; i++) \
			out[i * out_step] += x[i * x_step] * y[i * y_step]; \
}

ROW(row_f32, MML_CLONES, float)
ROW(row_f64,, double)

/* The same of any number of operands. */
#define MANY(name, type) \
static void \
name(const MmlCall *call, const Loop *inner, const int64_t *place) \
{ \
	type	   *out = (type *) call->out[0]->data + place[OUT]; \
	\
	for (int64_t i = 0; i < inner->size; i++) \
	{ \
		type		product = 1; \
		\
		for (int k = 0; k < call->inputs; k++) \
			product *= ((const type *) call->in[k]->data)[place[k] + i * inner->step[k]]; \
		out[i * inner->step[OUT]] += product; \
	} \
}

MANY(many_f32, float)
MANY(many_f64, double)

/* One innermost loop, where the outer ones stand. */
static void
run_inner(const MmlCall *call, const Loop *inner, const int64_t *place)
{
	const int64_t *step = inner->step;
	bool		single = call->in[0]->type == MML_ELEMENT_F32;

	if (call->inputs != 2)
		(single ? many_f32 : many_f64) (call, inner, place);
	else if (single)
		row_f32(inner->size, (const float *) call->in[0]->data + place[0], step[0],
				(const float *) call->in[1]->data + place[1], step[1],
				(float *) call->out[0]->data + place[OUT], step[OUT]);
	else
		row_f64(inner->size, (const double *) call->in[0]->data + place[0], step[0],
				(const double *) call->in[1]->data + place[1], step[1],
				(double *) call->out[0]->data + place[OUT], step[OUT]);
}

static void
run_einsum(const MmlCall *call)
{
	const Einsum *own = call->own;
	MmlTensor  *out = mml_tensor_out(call, 0);
	int			outer = MML_MAX(own->loops - 1, 0);
	Loop		inner = own->loops > 0 ? own->loop[outer] : (Loop)
	{
		.size = 1
	};
	int64_t		index[MOST_INDICES] = {0};
	int64_t		place[OPERANDS + 1] = {0};
	int64_t		unpolled = 0;

	if (out == NULL || out->count == 0)
		return;
	memset(out->data, 0, out->count * mml_tensor_element_size(out->type));
	for (int i = 0; i < own->loops; i++)
		if (own->loop[i].size == 0)
			return;
	for (int i = 0; i >= 0;)
	{
		run_inner(call, &inner, place);
		unpolled += inner.size + 8;
		if (unpolled > 1000000)
		{
			unpolled = 0;
			MML_CHECK();
		}
		for (i = outer - 1; i >= 0; i--)
		{
			const Loop *loop = &own->loop[i];
			bool		back = ++index[i] == loop->size;

			for (int k = 0; k <= OUT; k++)
				place[k] += back ? -(loop->size - 1) * loop->step[k] : loop->step[k];
			if (!back)
				break;
			index[i] = 0;
		}
	}
}

static const MmlOperator operators[] = {
	{"Einsum", 12, 1, OPERANDS, 1, sizeof(Einsum), infer_einsum, NULL, run_einsum}
};

const MmlOperators mml_tensor_einsums = MML_OPERATORS(operators);
