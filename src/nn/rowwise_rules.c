/*-------------------------------------------------------------------------
 *
 * rowwise_rules.c
 *	  Which operators keep rows apart, and when: a rule for each.
 *
 * A rule is asked once rowwise.c has found an axis of the output, site->to,
 * that can carry the rows by its shapes.  It says whether the output does, given
 * what the inputs carry.  An operator without a rule mixes rows, for all that
 * is known: so does DynamicQuantizeLinear, whose range is that of all rows.
 *
 * Much follows from the shapes alone, since those of inputs for one row and for
 * many differ along their own axis, and those of the output along "to", and
 * nowhere else: a sum over the rows loses the axis, and x times its transpose
 * has two.
 *
 *-------------------------------------------------------------------------
 */
#include "nn/rowwise.h"
#include "tensor/check.h"
#include "tensor/recurrent.h"
#include "tensor/resize.h"

typedef struct Rule
{
	const char *operators;		/* by spaces */
	bool		(*keeps) (const MmlRowSite *site, int number);
	int			number;			/* see keeps() */
	unsigned	shapes;			/* bit i: input i only says what shape the
								 * output has, and may count rows */
} Rule;

/* What an input carries. */
static int
carried(const MmlRowSite *site, int input)
{
	return mml_tensor_in(site->call, input) == NULL ? MML_ROWS_SAME : site->carries[site->node->input[input]];
}

/* The attribute "axis", counted from the front. */
static int64_t
axis_of(const MmlRowSite *site, int input, int otherwise)
{
	int64_t		axis = mml_tensor_attribute_int(site->call, "axis", otherwise);

	return axis < 0 ? axis + site->call->in[input]->rank : axis;
}

/* Does the axis of the rows stay as it is? */
static bool
stays(const MmlRowSite *site)
{
	const MmlTensor *in = site->call->in[0];
	const MmlTensor *out = site->call->out[site->output];

	return carried(site, 0) == site->to && in->rank == out->rank && in->dims[site->to] == out->dims[site->to];
}

/*
 * An element of the output depends on the elements of inputs at its place, as
 * they are repeated to its shape, of at most so many inputs.  Inputs are aligned at the
 * last axis: those with rows must have them where the output has, and where
 * for one row there is no such axis, the others must end behind it.
 */
static bool
keeps_elements(const MmlRowSite *site, int most)
{
	const MmlTensor *out = site->call->out[site->output];
	bool		lacks = mml_nn_lacks_axis(site, site->node->output[site->output]);

	for (int i = 0; i < site->call->inputs && i < most; i++)
	{
		const MmlTensor *in = site->call->in[i];
		int			axis = carried(site, i);

		if (axis >= 0 ? in->rank - axis != out->rank - site->to ||
			mml_nn_lacks_axis(site, site->node->input[i]) != lacks :
			in != NULL && lacks && in->rank >= out->rank - site->to)
			return false;
	}
	return true;
}

/* The same numbers in the same order: rows must have as much before them. */
static bool
keeps_order(const MmlRowSite *site, int number)
{
	const MmlTensor *in = site->call->in[0];
	const MmlTensor *out = site->call->out[0];

	(void) number;
	return carried(site, 0) >= 0 && mml_tensor_span(in, 0, carried(site, 0)) == mml_tensor_span(out, 0, site->to);
}

/* Do only these of the first inputs carry rows? */
static bool
only(const MmlRowSite *site, unsigned inputs)
{
	for (int i = 0; i < site->call->inputs; i++)
		if (carried(site, i) >= 0 && (i > 7 || (inputs >> i & 1) == 0))
			return false;
	return true;
}

/* Each number along the rows' axis of the first input is for itself, wherever that axis is. */
static bool
keeps_any_axis(const MmlRowSite *site, int number)
{
	(void) number;
	return only(site, 1);
}

/* So it is if the first axis carries the rows; further outputs may count through all of them. */
static bool
keeps_first_axis(const MmlRowSite *site, int number)
{
	(void) number;
	return only(site, 1) && site->to == 0 && stays(site) && site->output == 0;
}

/* So it is for all axes but the attribute "axis", by default this one. */
static bool
keeps_other_axes(const MmlRowSite *site, int otherwise)
{
	return only(site, 1) && carried(site, 0) != axis_of(site, 0, otherwise);
}

/* So it is for the axes before the attribute "axis". */
static bool
keeps_axes_before(const MmlRowSite *site, int otherwise)
{
	return only(site, 1) && carried(site, 0) < axis_of(site, 0, otherwise);
}

/* So it is for all axes but the one that an input names. */
static bool
keeps_unnamed_axes(const MmlRowSite *site, int input)
{
	int64_t		axis = mml_tensor_integer_at(site->call->in[input], 0);

	return only(site, 1) && carried(site, 0) != (axis < 0 ? axis + site->call->in[0]->rank : axis);
}

/* So it is for all axes but the last ones, so many. */
static bool
keeps_axes_but_last(const MmlRowSite *site, int last)
{
	return only(site, 1) && carried(site, 0) < site->call->in[0]->rank - last;
}

/* What changes other axes, and leaves the rows' as it is. */
static bool
keeps_length(const MmlRowSite *site, int number)
{
	(void) number;
	return only(site, 1) && stays(site);
}

/* The whole of the axis, forward; start and length tell the rest. */
static bool
keeps_slice(const MmlRowSite *site, int number)
{
	const MmlTensor *axes = mml_tensor_in(site->call, 3);
	const MmlTensor *steps = mml_tensor_in(site->call, 4);

	for (size_t i = 0; steps != NULL && i < steps->count; i++)
	{
		int64_t		axis = axes == NULL ? (int64_t) i : mml_tensor_integer_at(axes, i);

		if ((axis < 0 ? axis + site->call->in[0]->rank : axis) == site->to && mml_tensor_integer_at(steps, i) != 1)
			return false;
	}
	return keeps_length(site, number);
}

/* Nothing before the first row. */
static bool
keeps_pad(const MmlRowSite *site, int number)
{
	const MmlTensor *pads = site->call->in[1];
	const MmlTensor *axes = mml_tensor_in(site->call, 3);

	for (size_t i = 0; i < pads->count / 2; i++)
	{
		int64_t		axis = axes == NULL ? (int64_t) i : mml_tensor_integer_at(axes, i);

		if ((axis < 0 ? axis + site->call->in[0]->rank : axis) == site->to && mml_tensor_integer_at(pads, i) != 0)
			return false;
	}
	return keeps_length(site, number);
}

/* The axis is not resized; sizes that count rows would make a scale that is kept for all axes. */
static bool
keeps_resize(const MmlRowSite *site, int number)
{
	const MmlResize *own = site->call->own;

	return keeps_length(site, number) && own->axis[site->to].same &&
		(own->policy == MML_RESIZE_STRETCH || carried(site, 3) == MML_ROWS_SAME);
}

/* All carry the rows, and are joined along another axis. */
static bool
keeps_concat(const MmlRowSite *site, int otherwise)
{
	for (int i = 0; i < site->call->inputs; i++)
		if (carried(site, i) != site->to)
			return false;
	return axis_of(site, 0, otherwise) != site->to;
}

/*
 * A product of the first input and another: neither is summed over the rows.  Axes are
 * counted from the end of the product, where a vector has no axis.
 */
static bool
keeps_matmul(const MmlRowSite *site, int second)
{
	const MmlTensor *a = site->call->in[0];
	const MmlTensor *b = site->call->in[second];
	int			end = site->call->out[0]->rank - site->to;
	int			x = carried(site, 0);
	int			y = carried(site, second);

	return only(site, 1 | 1u << second) &&
		(x < 0 || (x != a->rank - 1 && a->rank - x - (b->rank == 1) == end)) &&
		(y < 0 || (y != MML_MAX(b->rank - 2, 0) &&
				   b->rank - y - (a->rank == 1 && y < b->rank - 1) == end));
}

/* A times B, and C: rows of A, and of C where that has as many. */
static bool
keeps_gemm(const MmlRowSite *site, int number)
{
	(void) number;
	return only(site, 5) && site->to == 0 &&
		carried(site, 0) == (mml_tensor_attribute_int(site->call, "transA", 0) != 0) &&
		(carried(site, 2) < 0 || site->call->in[2]->rank - carried(site, 2) == 2);
}

/* Data have the rows, and another axis is indexed; or each row indexes the same data. */
static bool
keeps_gather(const MmlRowSite *site, int otherwise)
{
	return only(site, 1) ? carried(site, 0) != axis_of(site, 0, otherwise) : only(site, 2);
}

/* Each index is for the data at its own place, but for the axis: rows are at the same place. */
static bool
keeps_elements_indexed(const MmlRowSite *site, int otherwise)
{
	const MmlTensor *data = site->call->in[0];
	const MmlTensor *indices = site->call->in[1];
	int			axis = carried(site, 1);

	if (only(site, 2))
		return axis == axis_of(site, 0, otherwise);
	return axis >= 0 && carried(site, 0) == axis && (site->call->inputs < 3 || carried(site, 2) == axis) &&
		axis != axis_of(site, 0, otherwise) && data->dims[axis] == indices->dims[axis];
}

/* The same where the last axis of indices is a place, behind so many axes that are common. */
static bool
keeps_places_indexed(const MmlRowSite *site, int otherwise)
{
	const MmlTensor *indices = site->call->in[1];
	int64_t		common = mml_tensor_attribute_int(site->call, "batch_dims", otherwise);
	int			x = carried(site, 0);
	int			y = carried(site, 1);

	if (x >= 0 && y >= 0)
		return x == y && x < common;
	return x >= 0 ? x >= common + indices->dims[indices->rank - 1] : y < indices->rank - 1;
}

/* Rows are sequences, with their states; lengths are the fifth input. */
static bool
keeps_sequences(const MmlRowSite *site, int number)
{
	const MmlRecurrent *own = site->call->own;
	int			batch = own->batch_first ? 0 : 1;
	int			to = own->batch_first ? 0 : site->output == 0 ? 2 : 1;

	(void) number;
	return only(site, 1 | 1 << 4 | 1 << 5 | 1 << 6) && carried(site, 0) == batch && site->to == to &&
		(carried(site, 5) < 0 || carried(site, 5) == batch) && (carried(site, 6) < 0 || carried(site, 6) == batch);
}

/* The index that names the rows is the same in all that have them, and in the output. */
static bool
keeps_einsum(const MmlRowSite *site, int number)
{
	MmlText		equation = mml_tensor_attribute_text(site->call, "equation", "");
	char		rows = 0;
	int			input = 0;
	int			axis = 0;

	(void) number;
	for (size_t i = 0; i < equation.length; i++)
	{
		char		c = equation.bytes[i];
		bool		last = input >= site->call->inputs;

		if (c == '.')
			return false;
		if (c == ',' || c == '>')
		{
			input = c == '>' ? site->call->inputs : input + 1;
			axis = 0;
		}
		else if (c != ' ' && c != '-' && axis++ == (last ? site->to : carried(site, input)))
		{
			if (rows != 0 && rows != c)
				return false;
			rows = c;
		}
	}
	return input == site->call->inputs && axis > site->to;
}

#define NUMBERS \
	"Add Sub Mul Div Mod Pow PRelu BitShift BitwiseAnd BitwiseOr BitwiseXor Equal Greater GreaterOrEqual Less " \
	"LessOrEqual And Or Xor Where Sum Mean Max Min Clip Sqrt Exp Log Neg Abs Sign Ceil Floor Round Reciprocal Erf " \
	"Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Asinh Acosh Atanh Not BitwiseNot IsNaN IsInf Relu LeakyRelu " \
	"ThresholdedRelu Elu Selu Celu Sigmoid HardSigmoid HardSwish Softplus Softsign Mish Gelu Shrink Cast Identity " \
	"Dropout LabelEncoder"

#define REDUCTIONS \
	"ReduceSum ReduceMean ReduceProd ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSum " \
	"ReduceLogSumExp"

#define LAYERS \
	"Conv ConvTranspose ConvInteger QLinearConv MaxPool AveragePool LpPool GlobalAveragePool GlobalMaxPool " \
	"GlobalLpPool BatchNormalization InstanceNormalization GroupNormalization LRN DepthToSpace SpaceToDepth " \
	"TreeEnsemble"

static const Rule rules[] = {
	{NUMBERS, keeps_elements, INT32_MAX, 0},
	{"Expand CastLike", keeps_elements, 1, 1 << 1},
	{"Reshape Squeeze Unsqueeze Flatten", keeps_order, 0, 1 << 1},
	{LAYERS, keeps_first_axis, 0, 0},
	{REDUCTIONS " Transpose OneHot OneHotEncoder QuantizeLinear DequantizeLinear", keeps_any_axis, 0, 0},
	{"Softmax LogSoftmax Hardmax LpNormalization TopK", keeps_other_axes, -1, 0},
	{"ArgMax ArgMin Split", keeps_other_axes, 0, 0},
	{"LayerNormalization", keeps_axes_before, -1, 0},
	{"CumSum", keeps_unnamed_axes, 1, 0},
	{"Trilu", keeps_axes_but_last, 2, 0},
	{"Tile CenterCropPad", keeps_length, 0, 1 << 1},
	{"Slice", keeps_slice, 0, 1 << 2},
	{"Pad", keeps_pad, 0, 0},
	{"Resize", keeps_resize, 0, 1 << 3},
	{"Concat", keeps_concat, 1, 0},
	{"MatMul MatMulInteger", keeps_matmul, 1, 0},
	{"QLinearMatMul", keeps_matmul, 3, 0},
	{"Gemm", keeps_gemm, 0, 0},
	{"Einsum", keeps_einsum, 0, 0},
	{"Gather", keeps_gather, 0, 0},
	{"GatherElements ScatterElements Scatter", keeps_elements_indexed, 0, 0},
	{"GatherND", keeps_places_indexed, 0, 0},
	{"RNN GRU LSTM", keeps_sequences, 0, 0}
};

/* Is a word one of a list? */
static bool
is_listed(MmlText word, const char *list)
{
	while (*list != '\0')
	{
		size_t		length = strcspn(list, " ");

		if (length == word.length && memcmp(list, word.bytes, length) == 0)
			return true;
		list += length + (list[length] != '\0');
	}
	return false;
}

/*
 * Does an output of a node carry the rows along the axis that is asked for?
 * Inputs must not mix them; and only what says a shape, and is known, may depend on
 * how many there are.
 */
bool
mml_nn_keeps_rows(const MmlRowSite *site)
{
	const Rule *rule = rules;
	bool		lacks = mml_nn_lacks_axis(site, site->node->output[site->output]);
	bool		any = false;

	while (rule < rules + sizeof(rules) / sizeof(rules[0]) && !is_listed(site->node->type, rule->operators))
		rule++;
	if (rule == rules + sizeof(rules) / sizeof(rules[0]))
		return false;
	for (int i = 0; i < site->call->inputs; i++)
	{
		int			axis = carried(site, i);

		if (i < 8 && (rule->shapes >> i & 1) != 0)
		{
			if (axis == MML_ROWS_MIXED)
				return false;
			continue;
		}
		if (axis < MML_ROWS_SAME)
			return false;
		any = any || axis >= 0;
		lacks = lacks || (axis >= 0 && mml_nn_lacks_axis(site, site->node->input[i]));
	}
	return any && (!lacks || rule->keeps == keeps_elements || rule->keeps == keeps_order) &&
		rule->keeps(site, rule->number);
}
