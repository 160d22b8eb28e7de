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

#endif							/* MML_GRAPH_H */
