/*-------------------------------------------------------------------------
 *
 * onnx.h
 *	  What the files that read ONNX share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ONNX_H
#define MML_ONNX_H

#include "nn/graph.h"
#include "nn/protobuf.h"

/* The reader: the graph, and its values by name. */
typedef struct MmlOnnxReader
{
	MmlGraph   *graph;
	MmlProblem *problem;
	int		   *slots;			/* (mask + 1) values, or -1 */
	size_t		mask;
} MmlOnnxReader;

/* What a node says of itself, and how much of it there is. */
typedef struct MmlNodeSight
{
	MmlText		name;
	MmlText		type;
	MmlText		domain;
	size_t		inputs;
	size_t		outputs;
	size_t		attributes;
} MmlNodeSight;

extern bool mml_nn_open_names(MmlOnnxReader *reader, size_t values);
extern int *mml_nn_find_slot(const MmlOnnxReader *reader, MmlText name);
extern int	mml_nn_declare(MmlOnnxReader *reader, MmlText name, MmlValueKind kind);
extern MmlText mml_nn_value_name(MmlWire wire);
extern bool mml_nn_read_input(MmlOnnxReader *reader, MmlWire wire);
extern bool mml_nn_look_at_node(MmlOnnxReader *reader, MmlWire wire, MmlNodeSight *sight);
extern bool mml_nn_declare_node(MmlOnnxReader *reader, MmlWire wire);
extern bool mml_nn_read_node(MmlOnnxReader *reader, MmlNode *node, MmlWire wire);
extern bool mml_nn_read_attribute(MmlGraph *graph, const MmlNode *node, MmlWire wire,
								  MmlAttribute *attribute);

#endif							/* MML_ONNX_H */
