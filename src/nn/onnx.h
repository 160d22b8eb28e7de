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

extern bool mml_nn_read_attribute(MmlGraph *graph, const MmlNode *node, MmlWire wire,
								  MmlAttribute *attribute);

#endif							/* MML_ONNX_H */
