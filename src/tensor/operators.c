/*-------------------------------------------------------------------------
 *
 * operators.c
 *	  The table of operators, and access to attributes; see operator.h.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/check.h"
#include "tensor/operators.h"

static const MmlOperators *const lists[] = {
	&mml_tensor_activations,
	&mml_tensor_arithmetic,
	&mml_tensor_casts,
	&mml_tensor_comparisons,
	&mml_tensor_einsums,
	&mml_tensor_encoders,
	&mml_tensor_finds,
	&mml_tensor_gathers,
	&mml_tensor_integer_convs,
	&mml_tensor_integer_matmuls,
	&mml_tensor_joins,
	&mml_tensor_makers,
	&mml_tensor_math,
	&mml_tensor_moves,
	&mml_tensor_norms,
	&mml_tensor_pads,
	&mml_tensor_pools,
	&mml_tensor_quantizers,
	&mml_tensor_recurrent,
	&mml_tensor_reductions,
	&mml_tensor_resizes,
	&mml_tensor_row_norms,
	&mml_tensor_scatters,
	&mml_tensor_selections,
	&mml_tensor_shapes,
	&mml_tensor_softmaxes,
	&mml_tensor_trees,
	&mml_tensor_variadic
};

/* Those that fill files of their own. */
static const MmlOperator *const singles[] = {
	&mml_tensor_conv,
	&mml_tensor_conv_transpose,
	&mml_tensor_gemm,
	&mml_tensor_matmul,
	&mml_tensor_non_max_suppression
};

/* Look an operator up: once a node, when a network is read. */
const MmlOperator *
mml_tensor_operator(MmlText name)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (size_t j = 0; j < lists[i]->count; j++)
			if (mml_tensor_text_is(name, lists[i]->operators[j].name))
				return &lists[i]->operators[j];
	for (size_t i = 0; i < sizeof(singles) / sizeof(*singles); i++)
		if (mml_tensor_text_is(name, singles[i]->name))
			return singles[i];
	return NULL;
}

/* An attribute of any type; NULL where it is not given. */
const MmlAttribute *
mml_tensor_attribute(const MmlCall *call, const char *name)
{
	for (int i = 0; i < call->attributes; i++)
		if (mml_tensor_text_is(call->attribute[i].name, name))
			return &call->attribute[i];
	return NULL;
}

/* Its value; what it is otherwise, where it is not given or of another type. */
int64_t
mml_tensor_attribute_int(const MmlCall *call, const char *name, int64_t otherwise)
{
	const MmlAttribute *attribute = mml_tensor_attribute(call, name);

	return attribute == NULL || attribute->type != MML_ATTRIBUTE_INT ? otherwise : attribute->i;
}

float
mml_tensor_attribute_float(const MmlCall *call, const char *name, float otherwise)
{
	const MmlAttribute *attribute = mml_tensor_attribute(call, name);

	return attribute == NULL || attribute->type != MML_ATTRIBUTE_FLOAT ? otherwise : attribute->f;
}

MmlText
mml_tensor_attribute_text(const MmlCall *call, const char *name, const char *otherwise)
{
	const MmlAttribute *attribute = mml_tensor_attribute(call, name);

	if (attribute == NULL || attribute->type != MML_ATTRIBUTE_TEXT)
		return (MmlText)
	{
		otherwise, strlen(otherwise)
	};
	return attribute->text;
}
