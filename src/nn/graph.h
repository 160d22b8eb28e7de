/*-------------------------------------------------------------------------
 *
 * graph.h
 *	  A network: values, and nodes that compute some of them from others.
 *
 * A graph is read from ONNX (onnx.c) or from a model of kind "network"
 * (network.c); all of it lies in one heap.  Reading fills in names, constants,
 * attributes and who computes what; plan.c then infers every type and shape.
 * Nothing that a file says of computed shapes is believed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_GRAPH_H
#define MML_GRAPH_H

#include "nn/heap.h"
#include "nn/problem.h"
#include "tensor/operator.h"

/* The opset whose forms of operators run; older ones are rewritten to them. */
#define MML_OPSET 22

#define MML_MOST_NODES 16384
#define MML_MOST_VALUES 65536
#define MML_MOST_LINKS 4096		/* inputs or outputs of a node */
#define MML_MOST_ATTRIBUTES 64	/* of a node */

/* What a value is. */
typedef enum MmlValueKind
{
	MML_VALUE_NONE = 0,			/* nobody has said yet */
	MML_VALUE_INPUT,			/* of the network */
	MML_VALUE_CONSTANT,			/* its tensor has data */
	MML_VALUE_COMPUTED,			/* by a node, of which it is an output */
	MML_VALUE_TEXT				/* texts, which normalise.c leaves out */
} MmlValueKind;

typedef struct MmlValue
{
	MmlText		name;
	MmlValueKind kind;
	MmlTensor	tensor;			/* of INPUT and CONSTANT; of an INPUT dims
								 * that were names are 1 */
	uint32_t	symbolic;		/* INPUT: bit i set where dims[i] was a name */
	int			node;			/* that computes it, or -1 */
	int			half;			/* INPUT and CONSTANT: MML_FLOAT16 or
								 * MML_BFLOAT16, if a file has it as that */
	size_t		texts;			/* TEXT: what a constant holds */
	const MmlText *text;		/* (texts) */
	int			uses;			/* as an input of nodes and an output of the
								 * network */
} MmlValue;

typedef struct MmlNode
{
	MmlText		type;			/* name of the operator */
	const MmlOperator *op;		/* NULL while it is only known to normalise.c */
	MmlText		domain;			/* until normalised; empty: ONNX's own */
	MmlText		name;			/* may be empty */
	int			inputs;
	int			outputs;
	int		   *input;			/* (inputs) values; -1: left out */
	int		   *output;			/* (outputs) values; -1: left out */
	int			attributes;
	MmlAttribute *attribute;	/* (attributes) */
} MmlNode;

typedef struct MmlGraph
{
	MmlHeap    *heap;
	MmlProblem *problem;
	int			opset;
	int			values;
	int			value_room;
	MmlValue   *value;			/* (values) */
	int			nodes;
	int			node_room;
	MmlNode    *node;			/* (nodes) each behind those whose values it
								 * uses, once sorted */
	int			inputs;
	int		   *input;			/* (inputs) values */
	int			outputs;
	int		   *output;			/* (outputs) values */
	size_t		labels;			/* of classes, where a file that is read names
								 * them */
	const MmlText *label;		/* (labels) */
} MmlGraph;

extern void *mml_nn_take(MmlGraph *graph, size_t count, size_t size);
extern int	mml_nn_add_value(MmlGraph *graph, MmlText name, MmlValueKind kind);
extern int	mml_nn_add_constant(MmlGraph *graph, MmlText name, MmlElement type, int rank,
								const int64_t *dims, const void *data);
extern MmlNode *mml_nn_add_node(MmlGraph *graph, MmlText type, MmlText name, int inputs,
								int outputs, int attributes);
extern MmlText mml_nn_node_name(const MmlGraph *graph, const MmlNode *node);
extern bool mml_nn_sort(MmlGraph *graph);
extern void mml_nn_count_uses(MmlGraph *graph);
extern void mml_nn_drop_dead(MmlGraph *graph);
extern bool mml_nn_choose_outputs(MmlGraph *graph, int count, const MmlText *names);
extern const MmlAttribute *mml_nn_attribute(const MmlNode *node, const char *name);

extern bool mml_nn_read_onnx(MmlGraph *graph, const void *bytes, size_t length);
extern bool mml_nn_read_tensor(MmlGraph *graph, const void *bytes, size_t length,
							   MmlTensor *tensor, MmlText *name);
extern int	mml_nn_half_type(const void *bytes, size_t length);
extern bool mml_nn_read_texts(MmlGraph *graph, const void *bytes, size_t length, size_t *count,
							  const MmlText **texts, MmlText *name);

#endif							/* MML_GRAPH_H */
