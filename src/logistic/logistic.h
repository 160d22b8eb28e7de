/*-------------------------------------------------------------------------
 *
 * logistic.h
 *	  Fitting logistic regression, of two classes or of many.
 *
 * Given rows x (cols) with classes 0 .. K-1, one of which is the reference r,
 *
 *		P(class a | x) proportional to exp(alpha_a + beta_a x),
 *		alpha_r = 0, beta_r = 0,
 *
 * maximise over the K-1 free vectors (alpha_a, beta_a)
 *
 *		sum over rows of weight[class] log P(class | x) - l2 / 2 penalty
 *
 *		penalty = |beta|^2							for K = 2
 *				  sum over a of |beta_a - mean beta|^2	for K > 2, a = r included
 *
 * The second form is the same whatever the reference, and is scikit-learn's
 * multinomial with C = 1 / l2, as the first is its binary.  The intercept is
 * never penalised.
 *
 * A fit is a task (what is wanted), a plan (how, and the memory it takes), and
 * a loop of passes of a team (core/blocks.h) over unpacked blocks: x
 * (rows,cols) float8, then at mml_align64(rows * cols * 8) the classes (rows)
 * int32.  The caller allocates what the plan says:
 *
 *		mml_logistic_plan(&task, most_bytes, &plan)
 *		nlanes = mml_lane_count(nblocks, matrix bytes, plan.lane_bytes)
 *		job = mml_logistic_job_bytes(&task, &plan, nlanes) bytes, seen by
 *			  every process of the team, aligned on 64
 *		work = plan.work_bytes bytes, seen by this process, aligned on 64
 *		team = {blocks, job, nlanes, mml_logistic_lane, pass, progress}
 *		mml_logistic_fit(&team, &task, &plan, work, &result)
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_LOGISTIC_H
#define MML_LOGISTIC_H

#include "core/blocks.h"

typedef enum MmlLogisticMethod
{
	MML_LOGISTIC_AUTO,			/* Newton, unless it would be too large */
	MML_LOGISTIC_NEWTON,
	MML_LOGISTIC_LBFGS			/* without standard errors */
} MmlLogisticMethod;

/* What became of a term of a class. */
typedef enum MmlTermStatus
{
	MML_TERM_ESTIMATED,
	MML_TERM_ALIASED,			/* depends on earlier columns: no estimate */
	MML_TERM_DIVERGES			/* its estimate has no finite limit */
} MmlTermStatus;

/* What is to be fitted. */
typedef struct MmlLogisticTask
{
	size_t		rows;			/* in the whole matrix, at least 1 */
	int			cols;
	int			classes;		/* K, at least 2 */
	int			reference;		/* 0 .. K-1 */
	bool		intercept;
	MmlLogisticMethod method;
	double		l2;				/* at least 0 */
	double		tol;			/* see MmlLogisticResult.decrement */
	int			max_iter;		/* 0: 100 of Newton, 1000 of L-BFGS */
	const double *mean;			/* (cols) of MmlColumns */
	const double *m2;			/* (cols) of MmlColumns */
	const double *class_rows;	/* (K) rows of each class */
	const double *class_weight; /* (K) all positive, or NULL: all 1 */
} MmlLogisticTask;

/* How, and what it takes. */
typedef struct MmlLogisticPlan
{
	MmlLogisticMethod method;	/* Newton or L-BFGS */
	int			terms;			/* p = cols, and 1 for the intercept */
	int			free;			/* K-1 */
	int			unknowns;		/* q = (K-1) p */
	int			tile;			/* rows that a lane works on at a time */
	bool		gram;			/* L-BFGS with the Gram matrix of columns */
	size_t		lane_bytes;		/* of the job, a lane */
	size_t		work_bytes;
} MmlLogisticPlan;

/*
 * What was found.  Arrays are the caller's, (K-1,p): free classes in the order
 * of classes, the intercept, if any, before the columns.
 */
typedef struct MmlLogisticResult
{
	double	   *beta;			/* NaN where aliased */
	double	   *std_error;		/* NaN where not defined: aliased, under l2 or
								 * class weights, by L-BFGS */
	uint8_t    *status;			/* MmlTermStatus */
	double		loglik;			/* weighted by class, without penalty */
	double		null_loglik;	/* of the intercept alone */
	double		decrement;		/* (g' H^-1 g)^1/2 at beta: how far it is from
								 * the maximum, in standard errors */
	double		condition;		/* root of the ratio of extreme eigenvalues of
								 * the information of columns brought to mean
								 * 0 and unit diagonal; NaN: not computed */
	int			iterations;		/* over all rows */
	bool		converged;
	bool		separated;
	MmlLogisticMethod method;
} MmlLogisticResult;

/*
 * Choose the method and compute sizes.  Newton takes memory of the order of
 * q^2: L-BFGS is used where q is above 2000 or one lane and the work would
 * take more than most_bytes.  false where a size does not fit a size_t, or q
 * not an int.
 */
extern bool mml_logistic_plan(const MmlLogisticTask *task, size_t most_bytes,
							  MmlLogisticPlan *plan);
extern size_t mml_logistic_job_bytes(const MmlLogisticTask *task,
									 const MmlLogisticPlan *plan, int nlanes);

/*
 * Fit.  MML_OK; MML_NOT_CONVERGED: the result is the best so far;
 * MML_SEPARATED: classes can be told apart by terms whose status says that
 * they diverge, and the result is a large finite stand-in.
 */
extern MmlStatus mml_logistic_fit(MmlTeam *team, const MmlLogisticTask *task,
								  const MmlLogisticPlan *plan, void *work,
								  MmlLogisticResult *result);

/* The lane function, which workers find by its name. */
extern void mml_logistic_lane(void *job, MmlBlocks *blocks, int lane,
							  int nlanes);

#endif							/* MML_LOGISTIC_H */
