/*-------------------------------------------------------------------------
 *
 * recurrent.c
 *	  RNN, GRU and LSTM: checks; recurrent_run.c computes.
 *
 *-------------------------------------------------------------------------
 */
#include <ctype.h>
#include <math.h>

#include "tensor/check.h"
#include "tensor/operators.h"
#include "tensor/recurrent.h"

/* Is a text this word, in capitals or not? */
static bool
is_word(MmlText text, const char *word)
{
	if (text.length != strlen(word))
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (tolower((unsigned char) text.bytes[i]) != tolower((unsigned char) word[i]))
			return false;
	return true;
}

/*
 * The functions of a direction, by default or from the attributes; parameters
 * are taken from their lists in the order of the functions that have any.
 */
static const char *
read_functions(MmlCall *call, const char *name, MmlRecurrent *own)
{
	static const char *const defaults[][MML_RECURRENT_FUNCTIONS] = {
		[MML_RNN] = {"Tanh"},[MML_GRU] = {"Sigmoid", "Tanh"},[MML_LSTM] = {"Sigmoid", "Tanh", "Tanh"}
	};
	const MmlAttribute *texts = mml_tensor_attribute(call, "activations");
	const MmlAttribute *lists[2] = {
		mml_tensor_attribute(call, "activation_alpha"), mml_tensor_attribute(call, "activation_beta")
	};
	size_t		next[2] = {0, 0};
	int			most = own->kind == MML_RNN ? 1 : own->kind == MML_GRU ? 2 : 3;

	if (texts != NULL && texts->count != (size_t) (most * own->directions))
		return mml_tensor_wrong(call, "%s has %zu activations in place of %d.", name, texts->count,
								most * own->directions);
	for (int i = 0; i < most * own->directions; i++)
	{
		MmlUnary   *function = &own->function[i / most][i % most];
		const char *otherwise = defaults[own->kind][i % most];
		MmlText		text = {otherwise, strlen(otherwise)};
		float	   *values[2] = {&function->alpha, &function->beta};
		int			parameters = 0;

		if (texts != NULL)
			text = texts->texts[i];
		if (!mml_tensor_recurrent_function(text, function, &parameters))
			return mml_tensor_wrong(call, "activation %.*s of %s is not supported.",
									(int) MML_MIN(text.length, 40), text.bytes, name);
		for (int k = 0; k < parameters; k++)
			if (lists[k] != NULL && next[k] < lists[k]->count)
				*values[k] = lists[k]->floats[next[k]++];
	}
	return NULL;
}

static const char *
read_direction(MmlCall *call, const char *name, MmlRecurrent *own)
{
	MmlText		direction = mml_tensor_attribute_text(call, "direction", "forward");

	own->directions = is_word(direction, "bidirectional") ? 2 : 1;
	own->reverse = is_word(direction, "reverse");
	if (own->directions == 1 && !own->reverse && !is_word(direction, "forward"))
		return mml_tensor_wrong(call, "the direction of %s is not supported: %.*s.", name,
								(int) MML_MIN(direction.length, 40), direction.bytes);
	return NULL;
}

/* An input, unless it is left out, has these dimensions. */
static const char *
check_shape(MmlCall *call, const char *name, int input, MmlElement type, int rank, size_t a, size_t b, size_t c)
{
	const MmlTensor *in = mml_tensor_in(call, input);
	size_t		wanted[3] = {a, b, c};

	if (in == NULL)
		return NULL;
	if (in->type != type)
		return mml_tensor_check_type(call, name, input, MML_TYPE(type));
	if (in->rank != rank)
		return mml_tensor_wrong(call, "input %d of %s has %d dimensions, not %d.", input + 1, name, in->rank, rank);
	for (int i = 0; i < rank; i++)
		if ((size_t) in->dims[i] != wanted[i])
			return mml_tensor_wrong(call, "dimension %d of input %d of %s is %lld, not %zu.", i, input + 1, name,
									(long long) in->dims[i], wanted[i]);
	return NULL;
}

/* Inputs: x, w, r, b, lengths, state, and for LSTM cell and peepholes. */
static const char *
check_shapes(MmlCall *call, const char *name, MmlRecurrent *own)
{
	const MmlTensor *x = call->in[0];
	const MmlTensor *r = call->in[2];
	const MmlTensor *lengths = mml_tensor_in(call, 4);
	size_t		d = (size_t) own->directions;
	size_t		rows;

	if (x->rank != 3 || r->rank != 3)
		return mml_tensor_wrong(call, "an input of %s does not have three dimensions.", name);
	own->steps = (size_t) x->dims[own->batch_first ? 1 : 0];
	own->batch = (size_t) x->dims[own->batch_first ? 0 : 1];
	own->inputs = (size_t) x->dims[2];
	own->hidden = (size_t) r->dims[2];
	if (mml_tensor_attribute_int(call, "hidden_size", r->dims[2]) != r->dims[2] || own->hidden == 0)
		return mml_tensor_wrong(call, "hidden_size of %s does not fit its weights.", name);
	if (own->inputs == 0 || own->batch > INT32_MAX || own->inputs > INT32_MAX || own->hidden > INT32_MAX / 8 ||
		own->steps > INT32_MAX)
		return mml_tensor_wrong(call, "an input of %s is too large, or empty.", name);
	rows = own->gates * own->hidden;
	MML_TRY(check_shape(call, name, 0, MML_ELEMENT_F32, 3, (size_t) x->dims[0], (size_t) x->dims[1], own->inputs));
	MML_TRY(check_shape(call, name, 1, MML_ELEMENT_F32, 3, d, rows, own->inputs));
	MML_TRY(check_shape(call, name, 2, MML_ELEMENT_F32, 3, d, rows, own->hidden));
	MML_TRY(check_shape(call, name, 3, MML_ELEMENT_F32, 2, d, 2 * rows, 0));
	MML_TRY(check_shape(call, name, 4, MML_ELEMENT_I32, 1, own->batch, 0, 0));
	for (int i = 5; i <= 6; i++)
		MML_TRY(check_shape(call, name, i, MML_ELEMENT_F32, 3, own->batch_first ? own->batch : d,
							own->batch_first ? d : own->batch, own->hidden));
	MML_TRY(check_shape(call, name, 7, MML_ELEMENT_F32, 2, d, 3 * own->hidden, 0));
	for (size_t i = 0; lengths != NULL && lengths->data != NULL && i < own->batch; i++)
	{
		int64_t		length = ((const int32_t *) lengths->data)[i];

		if (length < 0 || length > (int64_t) own->steps)
			return mml_tensor_wrong(call, "a length of a sequence of %s is out of range: %lld.", name,
									(long long) length);
	}
	return NULL;
}

/* Shapes of the outputs: all states, the last, and the last cell. */
static const char *
give_outputs(MmlCall *call, const char *name, const MmlRecurrent *own)
{
	int64_t		steps = (int64_t) own->steps;
	int64_t		batch = (int64_t) own->batch;
	int64_t		hidden = (int64_t) own->hidden;
	int64_t		all[4] = {steps, own->directions, batch, hidden};
	int64_t		last[3] = {own->directions, batch, hidden};

	if (own->batch_first)
	{
		all[0] = batch;
		all[1] = steps;
		all[2] = own->directions;
		last[0] = batch;
		last[1] = own->directions;
	}
	MML_TRY(mml_tensor_give(call, name, 0, MML_ELEMENT_F32, 4, all));
	MML_TRY(mml_tensor_give(call, name, 1, MML_ELEMENT_F32, 3, last));
	return mml_tensor_give(call, name, 2, MML_ELEMENT_F32, 3, last);
}

/* Lay the scratch out; false where it is too large. */
static bool
plan_scratch(MmlRecurrent *own, size_t *bytes)
{
	size_t		rows = own->gates * own->hidden;
	size_t		projected;
	size_t		states;
	size_t		gates;
	size_t		numbers;

	if (!mml_mul_size(own->steps, own->batch, &projected) || !mml_mul_size(projected, rows, &projected) ||
		!mml_mul_size(own->batch, own->hidden, &states) || !mml_mul_size(own->batch, rows, &gates) ||
		projected > PTRDIFF_MAX / 64 || states > PTRDIFF_MAX / 64 || gates > PTRDIFF_MAX / 64)
		return false;
	own->projected = 0;
	own->gate = mml_align64(projected);
	own->state = own->gate + mml_align64(gates);
	own->cell = own->state + mml_align64(states);
	own->extra = own->cell + mml_align64(states);
	own->bias = own->extra + mml_align64(states);
	numbers = own->bias + rows;
	return mml_mul_size(numbers, sizeof(float), bytes);
}

static const char *
infer(MmlCall *call, const char *name, const char *attributes, MmlRecurrentKind kind, size_t gates)
{
	MmlRecurrent *own = call->own;
	int64_t		layout = mml_tensor_attribute_int(call, "layout", 0);

	MML_TRY(mml_tensor_check(call, name, attributes, 3));
	memset(own, 0, sizeof(MmlRecurrent));
	own->kind = kind;
	own->gates = gates;
	if (layout != 0 && layout != 1)
		return mml_tensor_wrong(call, "the layout of %s is neither 0 nor 1.", name);
	own->batch_first = layout == 1;
	own->linear_before_reset = mml_tensor_attribute_int(call, "linear_before_reset", 0) != 0;
	own->input_forget = mml_tensor_attribute_int(call, "input_forget", 0) != 0;
	own->clip = mml_tensor_attribute_float(call, "clip", INFINITY);
	if (!(own->clip >= 0))
		return mml_tensor_wrong(call, "clip of %s is negative.", name);
	MML_TRY(read_direction(call, name, own));
	MML_TRY(read_functions(call, name, own));
	MML_TRY(check_shapes(call, name, own));
	if (!plan_scratch(own, &call->scratch_bytes))
		return mml_tensor_wrong(call, "%s needs too much memory.", name);
	MML_TRY(give_outputs(call, name, own));
	call->flops = (double) own->directions * (double) own->steps * (double) own->batch *
		(double) (own->gates * own->hidden) * (double) (own->inputs + own->hidden + 16);
	return NULL;
}

#define ATTRIBUTES "activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i layout:i"

static const char *
infer_rnn(MmlCall *call)
{
	return infer(call, "RNN", ATTRIBUTES, MML_RNN, 1);
}

static const char *
infer_gru(MmlCall *call)
{
	return infer(call, "GRU", ATTRIBUTES " linear_before_reset:i", MML_GRU, 3);
}

static const char *
infer_lstm(MmlCall *call)
{
	return infer(call, "LSTM", ATTRIBUTES " input_forget:i", MML_LSTM, 4);
}

#define ROW(name, most, outputs, infer) \
	{name, 1, 3, most, outputs, sizeof(MmlRecurrent), infer, NULL, mml_tensor_recurrent_run}

static const MmlOperator operators[] = {
	ROW("RNN", 6, 2, infer_rnn),
	ROW("GRU", 6, 2, infer_gru),
	ROW("LSTM", 8, 3, infer_lstm)
};

const MmlOperators mml_tensor_recurrent = MML_OPERATORS(operators);
