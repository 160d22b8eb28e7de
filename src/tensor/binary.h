/*-------------------------------------------------------------------------
 *
 * binary.h
 *	  What functions of two numbers share; see arithmetic.c.
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
#define MML_BINARY(name, clones, type, result, expression) \
clones static void \
name(size_t n, const void *a_, bool a_steps, const void *b_, bool b_steps, void *out_) \
{ \
	const type *a = a_; \
	const type *b = b_; \
	result	   *out = out_; \
	\
	if (a_steps && b_steps) \
	{ \
		_Pragma("omp simd") \
		for (size_t i = 0; i < n; i++) \
		{ \
			type		x = a[i]; \
			type		y = b[i]; \
			\
			out[i] = (result) (expression); \
		} \
	} \
	else if (a_steps) \
	{ \
		type		y = b[0]; \
		\
		_Pragma("omp simd") \
		for (size_t i = 0; i < n; i++) \
		{ \
			type		x = a[i]; \
			\
			out[i] = (result) (expression); \
		} \
	} \
	else \
	{ \
		type		x = a[0]; \
		\
		_Pragma("omp simd") \
		for (size_t i = 0; i < n; i++) \
		{ \
			type		y = b[i]; \
			\
			out[i] = (result) (expression); \
		} \
	} \
}

/*
 * Two inputs of one type, for which there is a loop; the type of the result is
 * theirs if none is given.
 */
extern const char *mml_tensor_binary_infer(MmlCall *call, const char *name, const char *attributes,
										   const MmlBinaryLoop *loops, MmlElement result);
extern void mml_tensor_binary_rows(const MmlBroadcast *plan, MmlBinaryLoop loop, const MmlTensor *a,
								   const MmlTensor *b, MmlTensor *out);
extern void mml_tensor_binary_run(const MmlCall *call);

#define MML_BINARY_ROW(name, since, infer) \
	{name, since, 2, 2, 1, sizeof(MmlBinary), infer, NULL, mml_tensor_binary_run}

#endif							/* MML_TENSOR_BINARY_H */
