/*-------------------------------------------------------------------------
 *
 * finish.h
 *	  The function that an operator applies to its result while it is hot.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_FINISH_H
#define MML_FINISH_H

#include "tensor/operator.h"

typedef enum MmlActivationKind
{
	MML_ACTIVATION_NONE,
	MML_ACTIVATION_CLIP,		/* alpha to beta; Relu is 0 to infinity */
	MML_ACTIVATION_LEAKY_RELU,	/* alpha */
	MML_ACTIVATION_SIGMOID,
	MML_ACTIVATION_TANH,
	MML_ACTIVATION_HARD_SIGMOID,	/* alpha, beta */
	MML_ACTIVATION_HARD_SWISH,
	MML_ACTIVATION_ELU			/* alpha */
} MmlActivationKind;

typedef struct MmlActivation
{
	MmlActivationKind kind;
	float		alpha;
	float		beta;
} MmlActivation;

extern bool mml_tensor_find_activation(const MmlCall *call, MmlActivation *activation);
extern void mml_tensor_activate(const MmlActivation *activation, MmlElement type,
								size_t n, void *x);

#endif							/* MML_FINISH_H */
