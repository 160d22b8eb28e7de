/*-------------------------------------------------------------------------
 *
 * nn_pg.h
 *	  Networks as SQL sees them: what the glue shares, and src/mediaml.c lists.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NN_PG_H
#define MML_NN_PG_H

#include "postgres.h"

#include "core/kind_pg.h"
#include "fmgr.h"
#include "nn/network.h"
#include "utils/array.h"

/* Room of a memory context. */
typedef struct MmlContextRoom
{
	MmlRoom		room;			/* first */
	MemoryContext context;
} MmlContextRoom;

/* A parsed model. */
typedef struct MmlNetworkModel
{
	MmlNetwork	network;
	MmlContextRoom room;
	MmlTexts	labels;			/* those of the network, or numbers from 0 */
	char	   *layer;			/* the name last looked up, and its value */
	Size		layer_length;
	int			layer_value;
	double	   *proba;			/* (labels) */
} MmlNetworkModel;

extern const MmlKind mml_network_kind;

extern void mml_nn_room_open(MmlContextRoom *room, MemoryContext context);
extern MmlLimits mml_nn_limits(void);
extern void mml_nn_report(const MmlProblem *problem);
extern MmlNetworkModel *mml_nn_model_arg(FunctionCallInfo fcinfo);
extern void mml_nn_demand_rows(const MmlNetworkModel *model);
extern void mml_nn_demand_classes(const MmlNetworkModel *model);
extern void mml_nn_run_or_report(MmlPlan *plan);
extern int	mml_nn_best_class(MmlNetworkModel *model, const MmlTensor *output, Size row);

/* Rows that are given together: numbers, or pixels. */
typedef struct MmlRows
{
	Size		count;
	ArrayType  *array;			/* open, or NULL */
	Datum	   *pixels;			/* (count) */
} MmlRows;

/* Rows, in nn_rows_pg.c. */
extern ArrayType *mml_nn_open_array(ArrayType *array);
extern ArrayType *mml_nn_make_array(Size rows, Size columns, float4 **numbers);
extern MmlPlan *mml_nn_demand_plan(MmlNetworkModel *model, MmlPlan *plan);
extern MmlPlan *mml_nn_plan_row(MmlNetworkModel *model, int layer);
extern MmlPlan *mml_nn_plan_array(MmlNetworkModel *model, ArrayType *array, int layer, bool rows);
extern void mml_nn_feed_array(const MmlNetwork *network, const MmlPlan *plan, Size to,
							  ArrayType *array, Size from, Size n);
extern void mml_nn_feed_pixels(MmlNetworkModel *model, MmlPlan *plan, Size row,
							   const bytea *pixels);
extern void mml_nn_run_some(MmlPlan *plan, Size fed, Size rows);
extern const MmlTensor *mml_nn_run_rows(MmlNetworkModel *model, MmlPlan *plan, const MmlRows *rows,
										Size first, Size count);
extern Size mml_nn_run_blocks(MmlNetworkModel *model, int layer, const MmlRows *rows, Size fewest,
							  float4 *numbers);

/* The tensors of the only input, and of the first output, of a plan. */
static inline MmlTensor *
mml_nn_plan_input(const MmlPlan *plan)
{
	return &plan->tensor[plan->graph->input[0]];
}

static inline MmlTensor *
mml_nn_plan_output(const MmlPlan *plan)
{
	return &plan->tensor[plan->output[0]];
}

#endif							/* MML_NN_PG_H */
