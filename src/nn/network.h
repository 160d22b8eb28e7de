/*-------------------------------------------------------------------------
 *
 * network.h
 *	  A model of kind "network": its sections, and a network that is open.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NETWORK_H
#define MML_NETWORK_H

#include "core/envelope.h"
#include "nn/plan.h"

/* Where the channels of images are in the input of the network. */
typedef enum MmlLayout
{
	MML_LAYOUT_FLAT = 0,		/* it takes no images, or of one channel */
	MML_LAYOUT_NCHW,
	MML_LAYOUT_NHWC
} MmlLayout;

/* Numbers of the section "head", in this order. */
enum
{
	MML_HEAD_FORM,				/* of the sections: 1 */
	MML_HEAD_OPSET,
	MML_HEAD_VALUES,
	MML_HEAD_NODES,
	MML_HEAD_INPUTS,
	MML_HEAD_OUTPUTS,
	MML_HEAD_ATTRIBUTES,
	MML_HEAD_LAYOUT,			/* MmlLayout */
	MML_HEAD_COUNT
};

#define MML_NETWORK_FORM 1
#define MML_VALUE_COLUMNS (4 + MML_RANK)
#define MML_ATTRIBUTE_COLUMNS 3
#define MML_MOST_CHANNELS 64

/*
 * A graph as sections hold it.  Of a value: kind, type, rank, symbolic, dims;
 * of a node: inputs, outputs, attributes; of an attribute: type, and its
 * number or its count and, of a tensor, the type of elements.  Constants lie
 * in data one behind the other, each at a multiple of 64, and zeros between;
 * then tensors of attributes likewise.
 */
typedef struct MmlFlatGraph
{
	int64_t		head[MML_HEAD_COUNT];
	int64_t    *values;			/* (values,MML_VALUE_COLUMNS) */
	int32_t    *nodes;			/* (nodes,3) */
	size_t		links;
	int32_t    *link;			/* (links) inputs, then outputs, of each node;
								 * then of the network */
	int64_t    *attributes;		/* (attributes,MML_ATTRIBUTE_COLUMNS) */
	size_t		ints;
	int64_t    *int_;			/* (ints) of lists, and dims of tensors */
	size_t		floats;
	float	   *float_;			/* (floats) of attributes and their lists */
	size_t		names;
	char	   *name;			/* texts: names of values, nodes, operators
								 * and attributes, texts of attributes */
	size_t		bytes;
	char	   *data;
} MmlFlatGraph;

extern bool mml_nn_flatten(MmlGraph *graph, MmlFlatGraph *flat);

/* How numbers of images become numbers of the input: each of channel c is
 * scale[c] * number + offset[c]. */
typedef struct MmlScaling
{
	int			channels;		/* 1: the same for all */
	const double *scale;		/* (channels) */
	const double *offset;		/* (channels) */
} MmlScaling;

/* What the outputs of the network are as scores of classes. */
typedef enum MmlScores
{
	MML_SCORES_LOGITS,
	MML_SCORES_PROBABILITIES,
	MML_SCORES_LOGARITHMS
} MmlScores;

/* A plan that is kept, and what it is for. */
typedef struct MmlKeptPlan
{
	MmlPlan		plan;
	bool		ready;
	uint64_t	used;			/* when last, by the network's clock */
	bool		walks;			/* it has late nodes, and numbers of small
								 * inputs do not help */
	int			layer;			/* the value that is wanted; -1: all outputs */
	MmlTensor  *inputs;			/* (graph.inputs) in the plan's heap; with
								 * data where these are part of the plan */
} MmlKeptPlan;

#define MML_KEPT_PLANS 4

/* Rows that run together, where they do not see each other. */
#define MML_ROWS_TOGETHER 32

/* What was found of runs of so many rows. */
typedef struct MmlFound
{
	size_t		rows;			/* 0: nothing yet */
	int			wanted;			/* the value; -1: all outputs */
	bool		apart;			/* each row is answered as if alone */
} MmlFound;

#define MML_MOST_FOUND 16

typedef struct MmlNetwork
{
	MmlRoom    *room;
	MmlLimits	limits;
	MmlProblem	problem;		/* of the last call that failed */
	MmlHeap		heap;
	MmlGraph	graph;
	MmlLayout	layout;
	MmlScaling	scaling;
	MmlTexts	labels;			/* none where nobody gave any */
	MmlScores	scores;
	size_t		features;		/* numbers of a row; 0: it has not one input,
								 * or dimensions that only a call knows */
	size_t		classes;		/* numbers of an output for a row; 0 likewise,
								 * and where only a run knows */
	int			scored;			/* the output that rows are asked for, or -1 */
	double		flops;			/* multiply-adds for a row; -1: not known */
	bool		batches;		/* a run takes any number of rows */
	uint64_t	clock;
	MmlKeptPlan kept[MML_KEPT_PLANS];
	int			finds;			/* the next place that is written, of: */
	MmlFound	found[MML_MOST_FOUND];
	MmlPlan		probe[2];		/* while something is found: shapes of a row,
								 * and of many */
} MmlNetwork;

/* In place of a layer, of mml_nn_plan_rows(). */
#define MML_LAYER_SCORED (-1)	/* the output that is scored, or all */
#define MML_LAYER_ALL (-2)		/* all outputs */

extern const char *mml_nn_open(MmlNetwork *network, const MmlEnvelope *env, MmlRoom *room,
							   MmlLimits limits);
extern bool mml_nn_try(MmlNetwork *network);
extern MmlPlan *mml_nn_get_plan(MmlNetwork *network, const MmlTensor *inputs, int layer);
extern MmlPlan *mml_nn_plan_rows(MmlNetwork *network, size_t rows, int layer);
extern bool mml_nn_rows_apart(MmlNetwork *network, size_t rows, int layer);
extern MmlPlan *mml_nn_plan_together(MmlNetwork *network, int layer);
extern int	mml_nn_find_layer(const MmlNetwork *network, MmlText name);
extern MmlLayout mml_nn_guess_layout(const MmlTensor *input);
extern void mml_nn_close(MmlNetwork *network);

extern void mml_nn_feed_f8(const MmlNetwork *network, MmlTensor *input, size_t offset, size_t n,
						   const double *x);
extern void mml_nn_feed_f4(const MmlNetwork *network, MmlTensor *input, size_t offset, size_t n,
						   const float *x);
extern void mml_nn_feed_u8(const MmlNetwork *network, MmlTensor *input, size_t offset, size_t n,
						   const uint8_t *x);
extern double mml_nn_number(const MmlTensor *tensor, size_t i);
extern void mml_nn_read_f4(const MmlTensor *tensor, size_t offset, size_t n, float *out);
extern void mml_nn_proba(const MmlNetwork *network, const MmlTensor *output, size_t row,
						 size_t n, double *p);

#endif							/* MML_NETWORK_H */
