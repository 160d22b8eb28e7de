/*-------------------------------------------------------------------------
 *
 * reduce.c
 *	  ReduceSum and its kin, and global pools: many numbers become one.
 *
 * Dimensions that lie behind each other and are both kept, or both reduced,
 * are merged.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/check.h"
#include "tensor/operators.h"
#include "tensor/reduce.h"

/* Append a loop to the front of a plan that is built from its end. */
static void
prepend(MmlBroadcast *plan, int64_t size, int64_t step)
{
	for (int i = plan->rank; i > 0; i--)
	{
		plan->size[i] = plan->size[i - 1];
		plan->step[0][i] = plan->step[0][i - 1];
	}
	plan->size[0] = size;
	plan->step[0][0] = step;
	plan->rank++;
}

/*
 * Merge dimensions and tell which loops there are.  The last dimension of each
 * plan, over which mml_tensor_walk() does not step, is a dummy.
 */
static void
plan_loops(MmlReduce *own, const MmlTensor *in, uint32_t axes)
{
	int64_t		size[MML_RANK];
	bool		reduced[MML_RANK];
	int			n = 0;
	int64_t		stride = 1;

	for (int i = 0; i < in->rank; i++)
	{
		bool		lost = (axes & (1u << i)) != 0;

		if (in->dims[i] == 1)
			continue;
		if (n > 0 && reduced[n - 1] == lost)
			size[n - 1] *= in->dims[i];
		else
		{
			size[n] = in->dims[i];
			reduced[n++] = lost;
		}
	}
	own->row = n == 0 ? 1 : size[n - 1];
	own->row_reduced = n == 0 || reduced[n - 1];
	own->kept = own->lost = (MmlBroadcast)
	{
		.rank = 1,.size =
		{
			1
		},.step =
		{
			{
				1
			}
		}
	};
	for (int i = n - 1; i >= 0; i--)
	{
		/* ranks stay below MML_RANK: neighbours alternate */
		if (i < n - 1)
			prepend(reduced[i] ? &own->lost : &own->kept, size[i], stride);
		stride *= size[i];
	}
}

/* Reduce these axes. */
static const char *
reduce(MmlCall *call, const char *name, uint32_t axes, bool keep)
{
	MmlReduce  *own = call->own;
	const MmlTensor *in = call->in[0];
	int64_t		dims[MML_RANK];
	int			rank = 0;

	own->reduced = 1;
	for (int i = 0; i < in->rank; i++)
		if ((axes & (1u << i)) == 0)
			dims[rank++] = in->dims[i];
		else
		{
			own->reduced *= in->dims[i];
			if (keep)
				dims[rank++] = 1;
		}
	if (own->reduced == 0)
		return mml_tensor_wrong(call, "%s of no numbers is not supported.", name);
	plan_loops(own, in, axes);
	MML_TRY(mml_tensor_give(call, name, 0, in->type, rank, dims));
	call->flops = (double) in->count;
	return NULL;
}

static const char *
infer(MmlCall *call, const char *name, MmlFold fold, MmlFinish finish, uint32_t types)
{
	MmlReduce  *own = call->own;
	uint32_t	axes;
	bool		given;

	MML_TRY(mml_tensor_check(call, name, "axes:I keepdims:i noop_with_empty_axes:i", 1));
	MML_TRY(mml_tensor_check_type(call, name, 0, types));
	MML_TRY(mml_tensor_axes(call, name, 1, call->in[0]->rank, &axes, &given));
	own->fold = fold;
	own->finish = finish;
	if (axes == 0 && mml_tensor_attribute_int(call, "noop_with_empty_axes", 0) == 0)
		axes = (1u << call->in[0]->rank) - 1;
	return reduce(call, name, axes, mml_tensor_attribute_int(call, "keepdims", 1) != 0);
}

/* All dimensions behind the channels. */
static const char *
infer_global(MmlCall *call, const char *name, const char *attributes, MmlFold fold, MmlFinish finish)
{
	MmlReduce  *own = call->own;

	MML_TRY(mml_tensor_check(call, name, attributes, 1));
	MML_TRY(mml_tensor_check_type(call, name, 0, MML_TYPES_FLOAT));
	if (call->in[0]->rank < 3)
		return mml_tensor_wrong(call, "%s over %d dimensions is not supported.", name, call->in[0]->rank);
	own->fold = fold;
	own->finish = finish;
	return reduce(call, name, ((1u << call->in[0]->rank) - 1) & ~3u, true);
}

#define INFER(function, name, fold, finish, types) \
static const char * \
infer_##function(MmlCall *call) \
{ \
	return infer(call, name, fold, finish, types); \
}

#define SUMMED (MML_TYPES_FLOAT | MML_TYPES_INDEX)

INFER(sum, "ReduceSum", MML_FOLD_SUM, MML_FINISH_PLAIN, SUMMED)
INFER(mean, "ReduceMean", MML_FOLD_SUM, MML_FINISH_MEAN, SUMMED)
INFER(product, "ReduceProd", MML_FOLD_PRODUCT, MML_FINISH_PLAIN, SUMMED)
INFER(max, "ReduceMax", MML_FOLD_LARGEST, MML_FINISH_PLAIN, MML_TYPES_ALL)
INFER(min, "ReduceMin", MML_FOLD_SMALLEST, MML_FINISH_PLAIN, MML_TYPES_ALL)
INFER(l1, "ReduceL1", MML_FOLD_ABSOLUTE, MML_FINISH_PLAIN, SUMMED)
INFER(l2, "ReduceL2", MML_FOLD_SQUARE, MML_FINISH_ROOT, MML_TYPES_FLOAT)
INFER(sum_square, "ReduceSumSquare", MML_FOLD_SQUARE, MML_FINISH_PLAIN, SUMMED)
INFER(log_sum, "ReduceLogSum", MML_FOLD_SUM, MML_FINISH_LOGARITHM, MML_TYPES_FLOAT)
INFER(log_sum_exp, "ReduceLogSumExp", MML_FOLD_EXPONENTIAL, MML_FINISH_LOGARITHM_SHIFTED, MML_TYPES_FLOAT)

static const char *
infer_global_average(MmlCall *call)
{
	return infer_global(call, "GlobalAveragePool", "", MML_FOLD_SUM, MML_FINISH_MEAN);
}

static const char *
infer_global_max(MmlCall *call)
{
	return infer_global(call, "GlobalMaxPool", "", MML_FOLD_LARGEST, MML_FINISH_PLAIN);
}

static const char *
infer_global_lp(MmlCall *call)
{
	int64_t		p = mml_tensor_attribute_int(call, "p", 2);

	if (p != 1 && p != 2)
		return mml_tensor_wrong(call, "GlobalLpPool with p = %lld is not supported.", (long long) p);
	return infer_global(call, "GlobalLpPool", "p:i", p == 1 ? MML_FOLD_ABSOLUTE : MML_FOLD_SQUARE, p == 1 ? MML_FINISH_PLAIN : MML_FINISH_ROOT);
}

#define ROW(name, inputs, infer) {name, 1, 1, inputs, 1, sizeof(MmlReduce), infer, NULL, mml_tensor_reduce_run}

static const MmlOperator operators[] = {
	ROW("ReduceSum", 2, infer_sum),
	ROW("ReduceMean", 2, infer_mean),
	ROW("ReduceProd", 2, infer_product),
	ROW("ReduceMax", 2, infer_max),
	ROW("ReduceMin", 2, infer_min),
	ROW("ReduceL1", 2, infer_l1),
	ROW("ReduceL2", 2, infer_l2),
	ROW("ReduceSumSquare", 2, infer_sum_square),
	ROW("ReduceLogSum", 2, infer_log_sum),
	ROW("ReduceLogSumExp", 2, infer_log_sum_exp),
	ROW("GlobalAveragePool", 1, infer_global_average),
	ROW("GlobalMaxPool", 1, infer_global_max),
	ROW("GlobalLpPool", 1, infer_global_lp)
};

const MmlOperators mml_tensor_reductions = MML_OPERATORS(operators);
