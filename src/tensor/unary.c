/*-------------------------------------------------------------------------
 *
 * unary.c
 *	  What functions of one number share; see unary.h.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/check.h"
#include "tensor/unary.h"

/* Elements between two polls. */
#define STRETCH ((size_t) 1 << 18)

const char *
mml_tensor_unary_infer(MmlCall *call, const char *name, const char *attributes,
					   const MmlUnaryLoop *loops, MmlElement result, float alpha, float beta)
{
	MmlUnary   *own = call->own;
	const MmlTensor *in;

	MML_TRY(mml_tensor_check(call, name, attributes, 1));
	in = call->in[0];
	own->loop = loops[in->type];
	own->alpha = mml_tensor_attribute_float(call, "alpha", alpha);
	own->beta = mml_tensor_attribute_float(call, "beta", beta);
	if (own->loop == NULL)
		return mml_tensor_check_type(call, name, 0, 0);
	return mml_tensor_give(call, name, 0, result == 0 ? in->type : result, in->rank, in->dims);
}

void
mml_tensor_unary_run(const MmlCall *call)
{
	const MmlUnary *own = call->own;
	const MmlTensor *in = call->in[0];
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		in_size = mml_tensor_element_size(in->type);

	for (size_t i = 0; out != NULL && i < in->count; i += STRETCH)
	{
		own->loop(MML_MIN(STRETCH, in->count - i), (const char *) in->data + i * in_size,
				  (char *) out->data + i * mml_tensor_element_size(out->type), own->alpha, own->beta);
		if (in->count > STRETCH)
			MML_CHECK();
	}
}
