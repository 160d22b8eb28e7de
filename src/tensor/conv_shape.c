/*-------------------------------------------------------------------------
 *
 * conv_shape.c
 *	  Attributes and shapes of Conv and ConvTranspose.
 *
 * Of Conv, for a dimension of size n, kernel k, stride s, dilation d:
 *
 *		e   = (k - 1) d + 1
 *		out = (n + pads - e) / s + 1, rounded down
 *
 * and with auto_pad SAME out = n / s rounded up, pads being what that takes.
 * ConvTranspose goes the other way:
 *
 *		out = (n - 1) s + output_padding + e - pads
 *
 * and with auto_pad SAME out = n s.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <string.h>

#include "tensor/conv.h"

typedef enum AutoPad
{
	PAD_GIVEN,
	PAD_VALID,
	PAD_SAME_UPPER,
	PAD_SAME_LOWER
} AutoPad;

/* What is read of a call, and where its sentence goes. */
typedef struct Reader
{
	MmlCall    *call;
	const char *name;			/* of the operator */
	int			space;			/* dimensions that it has */
	int64_t		pads[2 * MML_SPACE];	/* before, then behind */
	AutoPad		auto_pad;
} Reader;

#define COMPLAIN(reader, ...) \
	(snprintf((reader)->call->wrong, sizeof((reader)->call->wrong), __VA_ARGS__), \
	 (reader)->call->wrong)

static bool
is_text(MmlText text, const char *other)
{
	return text.length == strlen(other) &&
		memcmp(text.bytes, other, text.length) == 0;
}

/*
 * Read an attribute of per numbers a dimension into values (per * MML_SPACE),
 * each between least and MML_CONV_LARGEST; where it is absent they stay.
 */
static const char *
read_ints(Reader *reader, const char *name, int per, int64_t least,
		  int64_t *values)
{
	const MmlAttribute *attribute = mml_tensor_attribute(reader->call, name);
	int			first = MML_SPACE - reader->space;

	if (attribute == NULL)
		return NULL;
	if (attribute->type != MML_ATTRIBUTE_INTS ||
		attribute->count != (size_t) (per * reader->space))
		return COMPLAIN(reader, "%s of %s must be %d integers.", name,
						reader->name, per * reader->space);
	for (int i = 0; i < per * reader->space; i++)
	{
		int64_t		value = attribute->ints[i];

		if (value < least || value > MML_CONV_LARGEST)
			return COMPLAIN(reader, "%s of %s must lie between %d and %d, not %lld.",
							name, reader->name, (int) least, MML_CONV_LARGEST,
							(long long) value);
		values[i / reader->space * MML_SPACE + first + i % reader->space] = value;
	}
	return NULL;
}

/* Read auto_pad, pads, strides, dilations and kernel_shape. */
static const char *
read_attributes(Reader *reader, MmlConv *conv)
{
	MmlText		text = mml_tensor_attribute_text(reader->call, "auto_pad", "NOTSET");
	int64_t		kernel[MML_SPACE];
	const char *wrong;

	memcpy(kernel, conv->kernel, sizeof(kernel));
	if (is_text(text, "NOTSET") || text.length == 0)
		reader->auto_pad = PAD_GIVEN;
	else if (is_text(text, "VALID"))
		reader->auto_pad = PAD_VALID;
	else if (is_text(text, "SAME_UPPER"))
		reader->auto_pad = PAD_SAME_UPPER;
	else if (is_text(text, "SAME_LOWER"))
		reader->auto_pad = PAD_SAME_LOWER;
	else
		return COMPLAIN(reader, "auto_pad of %s is not known.", reader->name);
	if ((wrong = read_ints(reader, "pads", 2, 0, reader->pads)) != NULL ||
		(wrong = read_ints(reader, "strides", 1, 1, conv->stride)) != NULL ||
		(wrong = read_ints(reader, "dilations", 1, 1, conv->dilation)) != NULL ||
		(wrong = read_ints(reader, "kernel_shape", 1, 1, kernel)) != NULL)
		return wrong;
	if (memcmp(kernel, conv->kernel, sizeof(kernel)) != 0)
		return COMPLAIN(reader, "kernel_shape of %s is not that of its weights.",
						reader->name);
	if (reader->auto_pad != PAD_GIVEN)
		memset(reader->pads, 0, sizeof(reader->pads));
	return NULL;
}

/* Check types, ranks and channels, and read sizes of both tensors. */
static const char *
read_tensors(Reader *reader, MmlConv *conv, bool transposed)
{
	const MmlCall *call = reader->call;
	const MmlTensor *x = call->in[0];
	const MmlTensor *w = call->in[1];
	const MmlTensor *bias = call->inputs > 2 ? call->in[2] : NULL;
	int64_t		outer;

	if (x == NULL || w == NULL)
		return COMPLAIN(reader, "%s has no input or no weights.", reader->name);
	if (x->type != MML_ELEMENT_F32 && x->type != MML_ELEMENT_F64)
		return COMPLAIN(reader, "%s of element type %d is not supported.",
						reader->name, (int) x->type);
	if (w->type != x->type || (bias != NULL && bias->type != x->type))
		return COMPLAIN(reader, "inputs of %s differ in their types.", reader->name);
	if (x->rank < 3 || x->rank > 2 + MML_SPACE)
		return COMPLAIN(reader, "%s of an input in %d dimensions is not supported.",
						reader->name, x->rank);
	if (w->rank != x->rank)
		return COMPLAIN(reader, "weights of %s have %d dimensions, its input has %d.",
						reader->name, w->rank, x->rank);
	for (int i = 0; i < x->rank; i++)
		if (x->dims[i] > MML_CONV_LARGEST || w->dims[i] > MML_CONV_LARGEST)
			return COMPLAIN(reader, "a dimension of %s is larger than %d.",
							reader->name, MML_CONV_LARGEST);
	conv->groups = mml_tensor_attribute_int(call, "group", 1);
	if (conv->groups < 1 || conv->groups > MML_CONV_LARGEST)
		return COMPLAIN(reader, "group of %s is %lld.", reader->name,
						(long long) conv->groups);
	outer = w->dims[0];
	if (outer % conv->groups != 0 || x->dims[1] % conv->groups != 0)
		return COMPLAIN(reader, "group %lld of %s does not divide its channels.",
						(long long) conv->groups, reader->name);
	conv->batch = x->dims[0];
	conv->channels = x->dims[1] / conv->groups;
	conv->filters = transposed ? w->dims[1] : outer / conv->groups;
	if ((transposed ? outer / conv->groups : w->dims[1]) != conv->channels)
		return COMPLAIN(reader, "weights of %s are not for %lld channels.",
						reader->name, (long long) x->dims[1]);
	if (conv->channels < 1 || conv->filters < 1)
		return COMPLAIN(reader, "%s has no channels.", reader->name);
	if (conv->filters * conv->groups > MML_CONV_LARGEST)
		return COMPLAIN(reader, "%s has too many channels.", reader->name);
	if (bias != NULL && (bias->rank != 1 ||
						 bias->dims[0] != conv->filters * conv->groups))
		return COMPLAIN(reader, "the bias of %s must be %lld numbers.", reader->name,
						(long long) (conv->filters * conv->groups));
	reader->space = x->rank - 2;
	for (int i = 0; i < MML_SPACE; i++)
	{
		int			at = i - MML_SPACE + x->rank;

		conv->in[i] = at < 2 ? 1 : x->dims[at];
		conv->kernel[i] = at < 2 ? 1 : w->dims[at];
		conv->stride[i] = 1;
		conv->dilation[i] = 1;
		if (conv->kernel[i] < 1)
			return COMPLAIN(reader, "weights of %s are empty.", reader->name);
	}
	return NULL;
}

/* What is the same for both: read everything but the size of the output. */
static const char *
read_call(Reader *reader, MmlConv *conv, bool transposed)
{
	const char *wrong;

	memset(conv, 0, sizeof(*conv));
	conv->tiles = mml_tensor_tiles();
	if ((wrong = read_tensors(reader, conv, transposed)) != NULL ||
		(wrong = read_attributes(reader, conv)) != NULL)
		return wrong;
	if (!mml_tensor_find_activation(reader->call, &conv->activation))
		return COMPLAIN(reader, "the activation of %s is not known.", reader->name);
	return NULL;
}

/* Set the output, once conv->out is known, and the work. */
static const char *
set_output(Reader *reader, MmlConv *conv, const int64_t *points)
{
	MmlCall    *call = reader->call;
	int			rank = 2 + reader->space;
	int64_t		dims[2 + MML_SPACE] = {conv->batch, conv->groups * conv->filters};

	for (int i = 0; i < reader->space; i++)
		dims[2 + i] = conv->out[MML_SPACE - reader->space + i] / (conv->pool ? 2 : 1);
	for (int i = 0; i < MML_SPACE; i++)
		if (conv->out[i] > MML_CONV_LARGEST)
			return COMPLAIN(reader, "the output of %s is too large.", reader->name);
	if (call->out[0] == NULL)
		return COMPLAIN(reader, "%s has no output.", reader->name);
	if (!mml_tensor_set(call->out[0], call->in[0]->type, rank, dims))
		return COMPLAIN(reader, "the output of %s is too large.", reader->name);
	call->flops = (double) conv->batch * (double) conv->groups *
		(double) conv->channels * (double) conv->filters;
	for (int i = 0; i < MML_SPACE; i++)
		call->flops *= (double) conv->kernel[i] * (double) points[i];
	return NULL;
}

/* Conv: see conv.h. */
const char *
mml_tensor_conv_shape(MmlCall *call, MmlConv *conv)
{
	Reader		reader = {.call = call,.name = "Conv"};
	const char *wrong = read_call(&reader, conv, false);

	if (wrong != NULL)
		return wrong;
	for (int i = 0; i < MML_SPACE; i++)
	{
		int64_t		n = conv->in[i];
		int64_t		s = conv->stride[i];
		int64_t		extent = (conv->kernel[i] - 1) * conv->dilation[i] + 1;
		int64_t		room = n + reader.pads[i] + reader.pads[i + MML_SPACE];

		if (reader.auto_pad == PAD_SAME_UPPER || reader.auto_pad == PAD_SAME_LOWER)
		{
			int64_t		out = (n + s - 1) / s;
			int64_t		pads = MML_MAX((out - 1) * s + extent - n, 0);

			conv->out[i] = out;
			conv->pad[i] = reader.auto_pad == PAD_SAME_UPPER ? pads / 2 :
				pads - pads / 2;
			if (n < 1)
				return COMPLAIN(&reader, "the input of Conv is empty.");
			continue;
		}
		if (extent > room || n < 1)
			return COMPLAIN(&reader, "the kernel of Conv is larger than its padded input.");
		conv->out[i] = (room - extent) / s + 1;
		conv->pad[i] = reader.pads[i];
	}
	conv->pool = mml_tensor_attribute_int(call, ".pool", 0) == 2;
	if (conv->pool && (reader.space != 2 || call->in[0]->type != MML_ELEMENT_F32 ||
					   conv->out[1] < 2 || conv->out[2] < 2))
		return COMPLAIN(&reader, "the output of Conv cannot be pooled.");
	return set_output(&reader, conv, conv->out);
}

/*
 * ConvTranspose: see conv.h.  Where output_shape is given pads follow from it;
 * where it asks for more than there is, what is behind the last is bias alone.
 */
const char *
mml_tensor_conv_transpose_shape(MmlCall *call, MmlConv *conv)
{
	Reader		reader = {.call = call,.name = "ConvTranspose"};
	int64_t		more[MML_SPACE] = {0};
	int64_t		shape[MML_SPACE] = {0};
	const char *wrong;

	if ((wrong = read_call(&reader, conv, true)) != NULL ||
		(wrong = read_ints(&reader, "output_padding", 1, 0, more)) != NULL ||
		(wrong = read_ints(&reader, "output_shape", 1, 1, shape)) != NULL)
		return wrong;
	for (int i = 0; i < MML_SPACE; i++)
	{
		int64_t		n = conv->in[i];
		bool		is_same = reader.auto_pad == PAD_SAME_UPPER ||
			reader.auto_pad == PAD_SAME_LOWER;
		int64_t		full = (n - 1) * conv->stride[i] + more[i] +
			(conv->kernel[i] - 1) * conv->dilation[i] + 1;
		int64_t		out = full - reader.pads[i] - reader.pads[i + MML_SPACE];
		int64_t		pads;

		if (n < 1)
			return COMPLAIN(&reader, "the input of ConvTranspose is empty.");
		conv->out[i] = shape[i] > 0 ? shape[i] :
			is_same ? n * conv->stride[i] : out;
		if (conv->out[i] < 1)
			return COMPLAIN(&reader, "the output of ConvTranspose is empty.");
		pads = MML_MAX(full - conv->out[i], 0);
		conv->pad[i] = shape[i] == 0 && !is_same ? reader.pads[i] :
			reader.auto_pad == PAD_SAME_UPPER ? pads / 2 : pads - pads / 2;
	}
	return set_output(&reader, conv, conv->in);
}
