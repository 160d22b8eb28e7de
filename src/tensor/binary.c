/*-------------------------------------------------------------------------
 *
 * binary.c
 *	  What functions of two numbers share; see binary.h.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/binary.h"
#include "tensor/check.h"

const char *
mml_tensor_binary_shape(MmlCall *call, const char *name, MmlElement result)
{
	MmlBinary  *own = call->own;
	int			rank;
	int64_t		dims[MML_RANK];

	if (!mml_tensor_broadcast_shape(2, call->in, &rank, dims))
		return mml_tensor_wrong(call, "shapes of %s do not fit together.", name);
	MML_TRY(mml_tensor_give(call, name, 0, result, rank, dims));
	mml_tensor_broadcast_plan(2, call->in, rank, dims, &own->plan);
	return NULL;
}

const char *
mml_tensor_binary_infer(MmlCall *call, const char *name, const char *attributes,
						const MmlBinaryLoop *loops, MmlElement result)
{
	MmlBinary  *own = call->own;

	MML_TRY(mml_tensor_check(call, name, attributes, 2));
	MML_TRY(mml_tensor_check_same(call, name, 1, 0));
	own->loop = loops[call->in[0]->type];
	if (own->loop == NULL)
		return mml_tensor_check_type(call, name, 0, 0);
	return mml_tensor_binary_shape(call, name, result == 0 ? call->in[0]->type : result);
}

/* A row of which neither operand steps: one result, as often as it is long. */
static void
repeat(MmlBinaryLoop loop, const void *a, const void *b, int64_t n, char *out, size_t size)
{
	loop(1, a, true, b, true, out);
	for (int64_t i = 1; i < n; i++)
		memcpy(out + (size_t) i * size, out, size);
}

/* Loop over rows; a long one in stretches, with polls between them. */
void
mml_tensor_binary_rows(const MmlBroadcast *plan, MmlBinaryLoop loop, const MmlTensor *a,
					   const MmlTensor *b, MmlTensor *out)
{
	const int64_t stretch = 1 << 18;
	int64_t		a_size = (int64_t) mml_tensor_element_size(a->type);
	int64_t		b_size = (int64_t) mml_tensor_element_size(b->type);
	int64_t		out_size = (int64_t) mml_tensor_element_size(out->type);
	int64_t		row = plan->size[plan->rank - 1];
	int64_t		a_step = plan->step[0][plan->rank - 1];
	int64_t		b_step = plan->step[1][plan->rank - 1];
	MmlWalk		walk = {0};

	if (out->count == 0)
		return;
	do
	{
		for (int64_t i = 0; i < row; i += stretch)
		{
			const char *x = (const char *) a->data + (walk.offset[0] + i * a_step) * a_size;
			const char *y = (const char *) b->data + (walk.offset[1] + i * b_step) * b_size;
			char	   *to = (char *) out->data + (walk.done + i) * out_size;
			int64_t		n = MML_MIN(stretch, row - i);

			if (a_step == 0 && b_step == 0)
				repeat(loop, x, y, n, to, (size_t) out_size);
			else
				loop((size_t) n, x, a_step != 0, y, b_step != 0, to);
			if (row > stretch)
				MML_CHECK();
		}
	} while (mml_tensor_walk(plan, 2, &walk));
}

void
mml_tensor_binary_run(const MmlCall *call)
{
	const MmlBinary *own = call->own;

	if (mml_tensor_out(call, 0) != NULL)
		mml_tensor_binary_rows(&own->plan, own->loop, call->in[0], call->in[1], call->out[0]);
}
