/*-------------------------------------------------------------------------
 *
 * unary.h
 *	  What functions of one number share; see activation.c and math.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_UNARY_H
#define MML_UNARY_H

#include "tensor/operator.h"

/* n numbers at once; in and out may be the same, if their types are. */
typedef void (*MmlUnaryLoop) (size_t n, const void *in, void *out, float alpha, float beta);

typedef struct MmlUnary
{
	MmlUnaryLoop loop;
	float		alpha;
	float		beta;
} MmlUnary;

/* Defines a loop over an expression of x and the parameters alpha and beta. */
#define MML_UNARY(name, clones, type, result, expression) \
clones static void \
name(size_t n, const void *in, void *out, float alpha, float beta) \
{ \
	const type *from = in; \
	result	   *to = out; \
	\
	(void) alpha; \
	(void) beta; \
	_Pragma("omp simd") \
	for (size_t i = 0; i < n; i++) \
	{ \
		type		x = from[i]; \
		\
		to[i] = (result) (expression); \
	} \
}

/* For float32 and double, and the table of the two. */
#define MML_UNARY_FLOATS(name, single, twofold) \
MML_UNARY(name##_f32, MML_CLONES, float, float, single) \
MML_UNARY(name##_f64,, double, double, twofold) \
static const MmlUnaryLoop name##_loops[MML_TYPE_LIMIT] = { \
	[MML_ELEMENT_F32] = name##_f32, [MML_ELEMENT_F64] = name##_f64 \
};

/*
 * An input for whose type there is a loop; the output has its shape, and its
 * type if none is given.  Parameters are the attributes alpha and beta.
 */
extern const char *mml_tensor_unary_infer(MmlCall *call, const char *name, const char *attributes,
										  const MmlUnaryLoop *loops, MmlElement result,
										  float alpha, float beta);
extern void mml_tensor_unary_run(const MmlCall *call);

#define MML_UNARY_ROW(name, since, infer) \
	{name, since, 1, 1, 1, sizeof(MmlUnary), infer, NULL, mml_tensor_unary_run}

#endif							/* MML_UNARY_H */
