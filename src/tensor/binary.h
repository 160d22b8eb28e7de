/*-------------------------------------------------------------------------
 *
 * binary.h
 *	  What functions of two numbers share; see arithmetic.c and compare.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_TENSOR_BINARY_H
#define MML_TENSOR_BINARY_H

#include "tensor/broadcast.h"
#include "tensor/operator.h"

/*
 * A row of n elements; an operand that does not step is one number.  The
 * output may be an operand that steps.
 */
typedef void (*MmlBinaryLoop) (size_t n, const void *a, bool a_steps, const void *b, bool b_steps, void *out);

typedef struct MmlBinary
{
	MmlBinaryLoop loop;
	MmlBroadcast plan;
} MmlBinary;

/* Defines a loop over an expression of x and y. */
#define MML_BINARY(name, clones, type_x, type_y, result, expression) \
clones static void \
name(size_t n, const void *a_, bool a_steps, const void *b_, bool b_steps, void *out_) \
{ \
	const type_x *a = a_; \
	const type_y *b = b_; \
	result	   *out = out_; \
	\
	if (a_steps && b_steps) \
	{ \
		_Pragma("omp simd") \
		for (size_t i = 0; i < n; i++) \
		{ \
			type_x		x = a[i]; \
			type_y		y = b[i]; \
			\
			out[i] = (result) (expression); \
		} \
	} \
	else if (a_steps) \
	{ \
		type_y		y = b[0]; \
		\
		_Pragma("omp simd") \
		for (size_t i = 0; i < n; i++) \
		{ \
			type_x		x = a[i]; \
			\
			out[i] = (result) (expression); \
		} \
	} \
	else \
	{ \
		type_x		x = a[0]; \
		\
		_Pragma("omp simd") \
		for (size_t i = 0; i < n; i++) \
		{ \
			type_y		y = b[i]; \
			\
			out[i] = (result) (expression); \
		} \
	} \
}

/* The table of a function whose loops end in the names of their types. */
#define MML_BINARY_NUMBERS(name) \
	[MML_ELEMENT_F32] = name##_f32, [MML_ELEMENT_F64] = name##_f64, [MML_ELEMENT_I32] = name##_i32, \
	[MML_ELEMENT_I64] = name##_i64, [MML_ELEMENT_I8] = name##_i8, [MML_ELEMENT_U8] = name##_u8

/*
 * Two inputs of one type, for which there is a loop; the type of the result is
 * theirs if none is given.
 */
extern const char *mml_tensor_binary_infer(MmlCall *call, const char *name, const char *attributes,
										   const MmlBinaryLoop *loops, MmlElement result);

/* The same for a loop that is known already, whatever the types. */
extern const char *mml_tensor_binary_shape(MmlCall *call, const char *name, MmlElement result);
extern void mml_tensor_binary_rows(const MmlBroadcast *plan, MmlBinaryLoop loop, const MmlTensor *a,
								   const MmlTensor *b, MmlTensor *out);
extern void mml_tensor_binary_run(const MmlCall *call);

#define MML_BINARY_ROW(name, since, infer) \
	{name, since, 2, 2, 1, sizeof(MmlBinary), infer, NULL, mml_tensor_binary_run}

#endif							/* MML_TENSOR_BINARY_H */
