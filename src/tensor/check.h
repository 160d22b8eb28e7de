/*-------------------------------------------------------------------------
 *
 * check.h
 *	  What every infer() asks of its call: inputs, types, attributes, axes.
 *
 * Each answers NULL, or what is wrong in a sentence that names the operator.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_CHECK_H
#define MML_CHECK_H

#include <string.h>

#include "tensor/operator.h"

/* Sets of types. */
#define MML_TYPE(type) (1u << (type))
#define MML_TYPES_FLOAT (MML_TYPE(MML_ELEMENT_F32) | MML_TYPE(MML_ELEMENT_F64))
#define MML_TYPES_INDEX (MML_TYPE(MML_ELEMENT_I32) | MML_TYPE(MML_ELEMENT_I64))
#define MML_TYPES_BYTE (MML_TYPE(MML_ELEMENT_U8) | MML_TYPE(MML_ELEMENT_I8))
#define MML_TYPES_NUMBER (MML_TYPES_FLOAT | MML_TYPES_INDEX | MML_TYPES_BYTE)
#define MML_TYPES_ALL (MML_TYPES_NUMBER | MML_TYPE(MML_ELEMENT_BOOL))

/* A type is one past the last that is known. */
#define MML_TYPE_LIMIT (MML_ELEMENT_F64 + 1)

/* Leave infer() with what is wrong, if anything is. */
#define MML_TRY(call_) \
	do { \
		const char *wrong_ = (call_); \
		if (wrong_ != NULL) \
			return wrong_; \
	} while (0)

extern const char *mml_tensor_wrong(MmlCall *call, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/*
 * Every attribute is one of those named in a list such as "axis:i pads:I",
 * and of its type (i f s I F S t); so many inputs are there, and an output.
 * First of all in an infer(): it sets what the call says of sizes, flops and
 * waiting to nothing.
 */
extern const char *mml_tensor_check(MmlCall *call, const char *name, const char *attributes, int required);
extern const char *mml_tensor_check_type(MmlCall *call, const char *name, int input, uint32_t types);

/* The type of one input is that of another. */
extern const char *mml_tensor_check_same(MmlCall *call, const char *name, int input, int other);

/* infer() cannot do without the data of an input, which are not there. */
extern const char *mml_tensor_wait(MmlCall *call, const char *name, int input);

/* Set type and shape of an output, if anybody wants it. */
extern const char *mml_tensor_give(MmlCall *call, const char *name, int output, MmlElement type,
								   int rank, const int64_t *dims);

/* An axis counts from the end where it is negative. */
extern const char *mml_tensor_axis(MmlCall *call, const char *name, int64_t given, int rank, int *axis);

/*
 * Axes, all different, as a set of bits: from the attribute "axes", or from an
 * input, whose data it waits for.  *given: there are any.
 */
extern const char *mml_tensor_axes(MmlCall *call, const char *name, int input, int rank,
								   uint32_t *axes, bool *given);

/* Numbers of an input, for which it waits: of int32 or int64, a list of at most limit. */
extern const char *mml_tensor_ints(MmlCall *call, const char *name, int input, int limit,
								   int64_t *values, int *count);

/* An input of one number, of any type, for which it waits. */
extern const char *mml_tensor_number(MmlCall *call, const char *name, int input, double *value);

/* An element of any type as an integer. */
extern int64_t mml_tensor_integer_at(const MmlTensor *tensor, size_t i);

/* The same element everywhere. */
extern void mml_tensor_fill(size_t count, size_t size, const void *element, void *to);

extern const char *mml_tensor_type_name(MmlElement type);

/* An input, or NULL where it is left out. */
MML_INLINE const MmlTensor *
mml_tensor_in(const MmlCall *call, int input)
{
	return input < call->inputs ? call->in[input] : NULL;
}

/* An output, or NULL where nobody wants it. */
MML_INLINE MmlTensor *
mml_tensor_out(const MmlCall *call, int output)
{
	return output < call->outputs ? call->out[output] : NULL;
}

MML_INLINE bool
mml_tensor_text_is(MmlText text, const char *word)
{
	return text.length == strlen(word) && memcmp(text.bytes, word, text.length) == 0;
}

/* The numbers that dimensions from .. to - 1 span: the product of them. */
MML_INLINE size_t
mml_tensor_span(const MmlTensor *tensor, int from, int to)
{
	size_t		product = 1;

	for (int i = from; i < to; i++)
		product *= (size_t) tensor->dims[i];
	return product;
}

/* Copy bytes; the places may be the same, and either NULL if there are none. */
MML_INLINE void
mml_tensor_copy(void *to, const void *from, size_t bytes)
{
	if (bytes > 0 && to != from)
		memmove(to, from, bytes);
}

/* run() tells that data, such as an index, are out of range. */
MML_INLINE void
mml_tensor_fault(const MmlCall *call, const char *sentence)
{
	if (call->fault != NULL)
		*call->fault = sentence;
}

#endif							/* MML_CHECK_H */
