/*-------------------------------------------------------------------------
 *
 * graph.h
 *	  A network: values, and nodes that compute some of them from others.
 *
 * A graph is read from ONNX (onnx.c) or from a model of kind "network"
 * (network.c), into arrays of a Room that live together.  Reading fills in
 * names, constants, attributes and who computes what; then mml_nn_plan()
 * infers every type and shape, folds what is constant, fuses what runs better
 * together, and lays out the memory of a run.  Nothing that a file says of
 * computed shapes is believed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_GRAPH_H
#define MML_GRAPH_H

#include "core/room.h"
#include "tensor/operator.h"

/* What a value is. */
typedef enum MmlValueKind
{
	MML_VALUE_INPUT,			/* of the network */
	MML_VALUE_CONSTANT,			/* its tensor has data */
	MML_VALUE_COMPUTED			/* by a node, of which it is an output */
} MmlValueKind;

typedef struct MmlValue
{
	MmlText		name;
	MmlValueKind kind;
	MmlTensor	tensor;
	uint32_t	symbolic;		/* INPUT: bit i set where dims[i] was a name */
	int			node;			/* that computes it, or -1 */
	int			uses;			/* as an input of nodes and an output of the network */
} MmlValue;

typedef struct MmlNode
{
	const MmlOperator *op;
	MmlText		name;
	int			inputs;
	int			outputs;
	int		   *input;			/* (inputs) values; -1: left out */
	int		   *output;			/* (outputs) values; -1: left out */
	int			attributes;
	MmlAttribute *attribute;	/* (attributes) */
	void	   *own;			/* what the operator has worked out: op->own_size */
	size_t		scratch;		/* bytes that a run needs */
	double		flops;			/* multiply-adds of a run */
} MmlNode;

typedef struct MmlGraph
{
	MmlRoom    *room;
	int			opset;
	int			values;
	MmlValue   *value;			/* (values) */
	int			nodes;
	MmlNode    *node;			/* (nodes) each behind those whose values it uses */
	int			inputs;
	int		   *input;			/* (inputs) values */
	int			outputs;
	int		   *output;			/* (outputs) values */
} MmlGraph;

/*
 * What an operator sees of one node: tensors of its inputs (NULL: left out),
 * whose data are there in run(), and in infer() where they are constant; and
 * tensors of its outputs (NULL: nobody wants it).
 */
typedef struct MmlCall
{
	const MmlNode *node;
	int			opset;
	const MmlTensor *in[MML_NN_INPUTS];
	MmlTensor  *out[MML_NN_INPUTS];
	void	   *own;
	void	   *scratch;		/* aligned to 64; run() only */
	size_t		scratch_bytes;	/* infer() sets it */
	double		flops;			/* infer() sets it */
	char		wrong[200];		/* infer() may write what it returns here */
} MmlCall;

typedef struct MmlOperator
{
	const char *name;			/* as ONNX has it */
	int			since;			/* first opset that it is read from */
	int			min_inputs;
	int			max_inputs;
	int			max_outputs;
	size_t		own_size;

	/*
	 * Check attributes, types and shapes; set types and shapes of outputs by
	 * mml_tensor_shape(), own, scratch_bytes and flops.  NULL, or a sentence
	 * that says what is wrong.  Input is untrusted: every product checked.
	 */
	const char *(*infer) (MmlCall *call);

	/* Compute the outputs; all that it needs has been checked. */
	void		(*run) (const MmlCall *call);
} MmlOperator;

extern const MmlOperator *mml_operator_find(MmlText name);

extern int64_t mml_attribute_int(const MmlCall *call, const char *name, int64_t otherwise);
extern float mml_attribute_float(const MmlCall *call, const char *name, float otherwise);
extern MmlText mml_attribute_text(const MmlCall *call, const char *name, const char *otherwise);
extern const MmlAttribute *mml_attribute(const MmlCall *call, const char *name);

#endif							/* MML_GRAPH_H */
