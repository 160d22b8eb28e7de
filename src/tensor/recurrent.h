/*-------------------------------------------------------------------------
 *
 * recurrent.h
 *	  RNN, GRU and LSTM: what is checked before a run, and how it goes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_RECURRENT_H
#define MML_RECURRENT_H

#include "tensor/operator.h"
#include "tensor/unary.h"

#define MML_RECURRENT_FUNCTIONS 3

typedef enum MmlRecurrentKind
{
	MML_RNN,
	MML_GRU,
	MML_LSTM
} MmlRecurrentKind;

/* Letters: S steps, N sequences, I inputs, H hidden, D directions, G gates. */
typedef struct MmlRecurrent
{
	MmlRecurrentKind kind;
	size_t		gates;			/* 1, 3 (z r h), 4 (i o f c) */
	size_t		steps;
	size_t		batch;
	size_t		inputs;
	size_t		hidden;
	int			directions;
	bool		reverse;		/* the first direction runs backwards */
	bool		batch_first;	/* layout 1 */
	bool		linear_before_reset;	/* GRU */
	bool		input_forget;	/* LSTM: one gate for both */
	float		clip;			/* infinite: none */
	MmlUnary	function[2][MML_RECURRENT_FUNCTIONS];	/* (D): f, g, h */

	/* Where things lie in the scratch: numbers of float32. */
	size_t		projected;		/* (S N, G H): inputs times weights and biases */
	size_t		gate;			/* (N, G H) */
	size_t		state;			/* (N, H) */
	size_t		cell;			/* (N, H) */
	size_t		extra;			/* (N, H) */
	size_t		bias;			/* (G H) */
} MmlRecurrent;

/* A function by its name in a list "activations", with its own parameters. */
extern bool mml_tensor_recurrent_function(MmlText name, MmlUnary *function, int *parameters);

extern void mml_tensor_recurrent_run(const MmlCall *call);

#endif							/* MML_RECURRENT_H */
