/*-------------------------------------------------------------------------
 *
 * rowwise.c
 *	  Does a run of many rows answer what a run of each row alone would?
 *
 * Two plans of a network are compared, for one row and for many; numbers are
 * not needed, only shapes.  A value carries the rows along an axis if its
 * tensor for many rows is those of each row alone, stacked along it:
 *
 *		many[.., r * g + j, ..] = one of row r[.., j, ..],	0 <= j < g
 *
 * where g is the dimension for one row: 1, or more where rows were merged with
 * what is within them; or where for one row the axis has been squeezed away,
 * g is 1, too.  The two shapes say which axis that can be.  Whether it is so
 * rests on the operator: rowwise_rules.c has a rule for each that is known to
 * keep rows apart; no other does.  So by induction over the nodes.
 *
 * What does not depend on the input is known in both plans, and compared:
 * either the same, or a stack of the same, or it depends on how many rows there
 * are, as Shape does.  That may say what shape a Reshape makes, for the two
 * shapes tell whether it makes the right one, and nothing else.
 *
 * Rounding is left out: kernels may add in another order for more rows.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/rowwise.h"
#include "tensor/check.h"

/* Can this axis carry the rows, by the shapes for one and for many? */
static bool
stacks(const MmlTensor *one, const MmlTensor *many, int64_t rows, int axis)
{
	bool		lacks = one->rank < many->rank;

	if (one->type != many->type || one->count == 0 || one->rank + lacks != many->rank)
		return false;
	for (int d = 0; d < many->rank; d++)
	{
		int64_t		dim = !lacks ? one->dims[d] : d == axis ? 1 : one->dims[d - (d > axis)];

		if (many->dims[d] != (d == axis ? rows * dim : dim))
			return false;
	}
	return true;
}

/* Are known numbers for many rows those for one, stacked along this axis? */
static bool
repeats(const MmlTensor *one, const MmlTensor *many, int64_t rows, int axis)
{
	size_t		outer = mml_tensor_span(many, 0, axis);
	size_t		bytes = one->count / outer * mml_tensor_element_size(one->type);

	for (size_t i = 0; i < outer * (size_t) rows; i++)
		if (memcmp((const char *) many->data + i * bytes,
				   (const char *) one->data + i / (size_t) rows * bytes, bytes) != 0)
			return false;
	return true;
}

/* What a value carries that both plans know. */
static int
find_known(const MmlTensor *one, const MmlTensor *many, int64_t rows)
{
	if (one->type == many->type && one->rank == many->rank &&
		memcmp(one->dims, many->dims, (size_t) one->rank * sizeof(int64_t)) == 0 &&
		(one->data == many->data ||
		 memcmp(one->data, many->data, one->count * mml_tensor_element_size(one->type)) == 0))
		return MML_ROWS_SAME;
	for (int axis = 0; axis < many->rank; axis++)
		if (stacks(one, many, rows, axis) && repeats(one, many, rows, axis))
			return axis;
	return MML_ROWS_COUNTED;
}

/* What an output of a node carries, once its inputs are settled. */
static int
find_computed(MmlRowSite *site, int64_t rows)
{
	int			v = site->node->output[site->output];

	for (site->to = 0; site->to < site->many->tensor[v].rank; site->to++)
		if (stacks(&site->one->tensor[v], &site->many->tensor[v], rows, site->to) && mml_nn_keeps_rows(site))
			return site->to;
	return MML_ROWS_MIXED;
}

/* Do rows of an output lie one behind the other? */
static bool
is_apart(const MmlPlan *many, const int8_t *carries, int v)
{
	return carries[v] >= 0 && mml_tensor_span(&many->tensor[v], 0, carries[v]) == 1;
}

/*
 * Given shapes of a network of one input (mml_nn_plan_shapes()) for one row and
 * for so many: do outputs for these hold, one behind the other, the numbers
 * of each row alone?  False where that cannot be shown.
 */
bool
mml_nn_rowwise(const MmlPlan *one, MmlPlan *many, size_t rows)
{
	const MmlGraph *graph = many->graph;
	int8_t	   *carries = mml_nn_plan_take(many, (size_t) graph->values, sizeof(int8_t));
	MmlRowSite	site = {.one = one,.many = many,.carries = carries};
	bool		apart = carries != NULL && graph->inputs == 1;

	for (int v = 0; apart && v < graph->values; v++)
		carries[v] = (int8_t) (one->tensor[v].data == NULL || many->tensor[v].data == NULL ? MML_ROWS_MIXED :
							   find_known(&one->tensor[v], &many->tensor[v], (int64_t) rows));
	if (apart && stacks(&one->tensor[graph->input[0]], &many->tensor[graph->input[0]], (int64_t) rows, 0))
		carries[graph->input[0]] = 0;
	for (int n = 0; apart && n < graph->nodes; n++)
	{
		site.node = &many->node[n];
		site.call = many->call[n];
		for (site.output = 0; many->fate[n] == MML_FATE_RUN && site.output < site.node->outputs; site.output++)
			if (site.call->out[site.output] != NULL)
				carries[site.node->output[site.output]] = (int8_t) find_computed(&site, (int64_t) rows);
	}
	for (int i = 0; apart && i < many->outputs; i++)
		apart = is_apart(many, carries, many->output[i]);
	return apart;
}
