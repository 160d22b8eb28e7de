/*-------------------------------------------------------------------------
 *
 * matmul.h
 *	  Products of matrices: Gemm and MatMul.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_MATMUL_H
#define MML_MATMUL_H

#include "tensor/gemm.h"

/* How a product of float32 is computed: see matmul_float.c. */
typedef enum MmlMatMulWay
{
	MML_MATMUL_PLAIN,			/* loops without memory of their own */
	MML_MATMUL_RAW,				/* few rows: B as it lies */
	MML_MATMUL_PACKED,			/* B is constant, and packed */
	MML_MATMUL_BLOCKS,			/* B is packed block by block */
	MML_MATMUL_NARROW			/* few columns: B is transposed */
} MmlMatMulWay;

/*
 * Y is stacks matrices (m,n).  The dimensions of the stack are outer; in
 * dimension i a matrix of A lies a_step[i] numbers behind its predecessor,
 * which is 0 where A is broadcast.
 */
typedef struct MmlMatMul
{
	const MmlTiles *tiles;
	int64_t		m;
	int64_t		n;
	int64_t		k;
	int64_t		a_row;			/* from row to row of op(A) */
	int64_t		a_k;			/* from column to column of op(A) */
	int64_t		b_k;			/* from row to row of op(B) */
	int64_t		b_column;		/* from column to column of op(B) */
	int64_t		b_count;		/* matrices of B */
	int			outers;
	int64_t		outer[MML_RANK];
	int64_t		a_step[MML_RANK];
	int64_t		b_step[MML_RANK];
	int64_t		stacks;
	int64_t		c_row;			/* of C, 0 where it is broadcast */
	int64_t		c_column;
	float		alpha;
	float		beta;
	MmlActivation activation;
	MmlMatMulWay way;
	int64_t		block_k;		/* of BLOCKS */
	int64_t		block_n;
} MmlMatMul;

/* The fast way: choose it, setting bytes of the call; pack B; and run. */
extern void mml_tensor_matmul_plan(MmlMatMul *p, MmlCall *call);
extern void mml_tensor_matmul_pack(const MmlCall *call);
extern void mml_tensor_matmul_float(const MmlMatMul *p, const MmlCall *call);

/* Where matrix s of an operand begins. */
MML_INLINE int64_t
mml_matmul_start(const MmlMatMul *p, const int64_t *step, int64_t s)
{
	int64_t		start = 0;

	for (int i = p->outers - 1; i >= 0; i--)
	{
		start += s % p->outer[i] * step[i];
		s /= p->outer[i];
	}
	return start;
}

extern const MmlOperator mml_tensor_gemm;
extern const MmlOperator mml_tensor_matmul;

#endif							/* MML_MATMUL_H */
