/*-------------------------------------------------------------------------
 *
 * matmul.h
 *	  Products of matrices: Gemm and MatMul.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_MATMUL_H
#define MML_MATMUL_H

#include "tensor/finish.h"

extern const MmlOperator mml_tensor_gemm;
extern const MmlOperator mml_tensor_matmul;

#endif							/* MML_MATMUL_H */
