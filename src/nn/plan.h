/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  A network made ready to run on inputs of given shapes.
 *
 * A plan holds all that a run needs: a call a step, all pointers in place,
 * one block of memory for all values and scratch, constants packed.  A run is
 * a loop over the steps.  Between runs the tensors of inputs are filled, and
 * those of outputs read, where the plan says they lie.
 *
 * Where shapes depend on numbers that only a run knows, and whatever depends on
 * such values, are not planned: these nodes are late.  A run walks them behind
 * the steps (walk.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_PLAN_H
#define MML_PLAN_H

#include "nn/graph.h"

/* What a network may take. */
typedef struct MmlLimits
{
	double		flops;			/* multiply-adds of a run */
	size_t		memory;			/* bytes of a plan */
} MmlLimits;

/* What becomes of a node. */
typedef enum MmlFate
{
	MML_FATE_UNUSED = 0,		/* nobody wants its outputs */
	MML_FATE_RUN,
	MML_FATE_FOLDED,			/* its outputs were computed by the plan */
	MML_FATE_VIEW,				/* its output lies where its input does */
	MML_FATE_FUSED,				/* the node before it does its work */
	MML_FATE_LATE				/* only a run knows what shapes it makes */
} MmlFate;

typedef struct MmlStep
{
	void		(*run) (const MmlCall *call);
	MmlCall    *call;
	int			node;
} MmlStep;

typedef struct MmlWalk MmlWalk;

typedef struct MmlPlan
{
	const MmlGraph *graph;
	MmlProblem *problem;
	MmlHeap		heap;
	MmlHeap		spare;			/* of what folding needs only meanwhile */
	MmlLimits	limits;
	MmlNode    *node;			/* (graph->nodes) as the graph has them, but
								 * with what is fused into them */
	MmlFate    *fate;			/* (graph->nodes) */
	MmlCall   **call;			/* (graph->nodes) NULL: UNUSED, FUSED */
	MmlTensor  *tensor;			/* (graph->values) */
	int		   *uses;			/* (graph->values) */
	int		   *user;			/* (graph->values) the last node that uses it */
	bool	   *late;			/* (graph->values) those of late nodes; their
								 * tensors are those of the last run */
	int			outputs;
	int		   *output;			/* (outputs) values that are wanted */
	double		spent;			/* multiply-adds of all nodes that were
								 * inferred */
	double		flops;			/* of a run */
	size_t		arena;			/* bytes of all values, then of scratch */
	size_t		scratch;
	size_t		packed;
	int			steps;
	MmlStep    *step;
	MmlWalk    *walk;			/* NULL: nothing is late */
	bool		waits;			/* the node that could not be inferred last
								 * can be in a run */
	const char *fault;			/* of the present run, or NULL */
} MmlPlan;

extern bool mml_nn_plan(MmlPlan *plan, const MmlGraph *graph, const MmlTensor *inputs,
						int outputs, const int *output, MmlRoom *room,
						MmlLimits limits, MmlProblem *problem);
extern bool mml_nn_plan_shapes(MmlPlan *plan, const MmlGraph *graph, const MmlTensor *inputs,
							   int outputs, const int *output, MmlRoom *room,
							   MmlLimits limits, MmlProblem *problem);
extern bool mml_nn_rowwise(const MmlPlan *one, MmlPlan *many, size_t rows);
extern const char *mml_nn_run(MmlPlan *plan);
extern void mml_nn_plan_release(MmlPlan *plan);

extern bool mml_nn_simplify(MmlGraph *graph, MmlLimits limits);

/* Between the files of planning. */
extern bool mml_nn_plan_open(MmlPlan *plan, const MmlGraph *graph, MmlRoom *room,
							 MmlLimits limits, MmlProblem *problem);
extern MmlCall *mml_nn_make_call(MmlPlan *plan, int n);
extern bool mml_nn_infer(MmlPlan *plan, int n);
extern bool mml_nn_count_cost(MmlPlan *plan, int n, const MmlCall *call);
extern bool mml_nn_report_size(MmlPlan *plan, int n, size_t count);
extern bool mml_nn_report_node(MmlPlan *plan, int n, MmlFault fault, const char *why);
extern bool mml_nn_is_known(const MmlPlan *plan, const MmlNode *node);
extern bool mml_nn_is_constant(const MmlPlan *plan, int v);
extern bool mml_nn_fuse(MmlPlan *plan, int n, MmlNode *before, int fused[2]);
extern int	mml_nn_fuse_pool(MmlPlan *plan, MmlNode *node);
extern bool mml_nn_lay_out(MmlPlan *plan);
extern bool mml_nn_walk_make(MmlPlan *plan);
extern const char *mml_nn_walk(MmlPlan *plan);
extern void mml_nn_walk_release(MmlPlan *plan);
extern void *mml_nn_plan_take(MmlPlan *plan, size_t count, size_t size);

#endif							/* MML_PLAN_H */
