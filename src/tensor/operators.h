/*-------------------------------------------------------------------------
 *
 * operators.h
 *	  The operators, a list a file; operators.c joins them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_OPERATORS_H
#define MML_OPERATORS_H

#include "tensor/operator.h"

extern const MmlOperators mml_tensor_activations;
extern const MmlOperators mml_tensor_arithmetic;
extern const MmlOperators mml_tensor_casts;
extern const MmlOperators mml_tensor_comparisons;
extern const MmlOperators mml_tensor_einsums;
extern const MmlOperators mml_tensor_encoders;
extern const MmlOperators mml_tensor_finds;
extern const MmlOperators mml_tensor_gathers;
extern const MmlOperators mml_tensor_integer_convs;
extern const MmlOperators mml_tensor_integer_matmuls;
extern const MmlOperators mml_tensor_joins;
extern const MmlOperators mml_tensor_makers;
extern const MmlOperators mml_tensor_math;
extern const MmlOperators mml_tensor_moves;
extern const MmlOperators mml_tensor_norms;
extern const MmlOperators mml_tensor_pads;
extern const MmlOperators mml_tensor_pools;
extern const MmlOperators mml_tensor_quantizers;
extern const MmlOperators mml_tensor_recurrent;
extern const MmlOperators mml_tensor_reductions;
extern const MmlOperators mml_tensor_resizes;
extern const MmlOperators mml_tensor_row_norms;
extern const MmlOperators mml_tensor_scatters;
extern const MmlOperators mml_tensor_selections;
extern const MmlOperators mml_tensor_shapes;
extern const MmlOperators mml_tensor_softmaxes;
extern const MmlOperators mml_tensor_trees;
extern const MmlOperators mml_tensor_variadic;

/* Those that fill files of their own. */
extern const MmlOperator mml_tensor_conv;
extern const MmlOperator mml_tensor_conv_transpose;
extern const MmlOperator mml_tensor_gemm;
extern const MmlOperator mml_tensor_matmul;
extern const MmlOperator mml_tensor_non_max_suppression;

#endif							/* MML_OPERATORS_H */
