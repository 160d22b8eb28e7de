/*-------------------------------------------------------------------------
 *
 * logistic_fit.h
 *	  A fit under way: the objective, and those who climb it.  Private to
 *	  src/logistic.
 *
 * All coefficients here are those of z, see logistic_pass.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_LOGISTIC_FIT_H
#define MML_LOGISTIC_FIT_H

#include "logistic/logistic_pass.h"

#define MML_LBFGS_MEMORY 10
#define MML_LOGISTIC_STRIDE 16	/* of blocks, where a sample will do */

typedef struct MmlLogisticFit
{
	MmlTeam    *team;
	const MmlLogisticTask *task;
	const MmlLogisticPlan *plan;
	MmlLogisticJob *job;
	MmlLogisticResult *result;
	int			max_iter;

	/* in the work memory */
	double	   *penalty;		/* (p) l2 scale^2, 0 for the intercept */
	bool	   *keep;			/* (p) false: the term is left at 0 */
	double	   *theta;			/* (K-1,p) where we are */
	double	   *grad;			/* (K-1,p) of the objective there */
	double	   *step;			/* (K-1,p) the direction to go */
	double	   *start;			/* (K-1,p) where the step begins */
	double	   *diag;			/* (q) of the hessian */
	double	   *hess;			/* (q,q) Newton, see mml_logistic_newton;
								 * (p,p) L-BFGS with plan->gram: its factor */
	double	   *memory;			/* L-BFGS only, see mml_logistic_lbfgs */
	double	   *tau;			/* (K) the same, see logistic_guess.c */
	double	   *columns;		/* (p,K) scratch, the same */
	bool		has_gram;		/* the same: hess is in use */

	bool		sound;			/* Newton: hess was positive definite as it
								 * was */

	/* of the pass last made */
	double		share;			/* of all rows it visited */
	double		loglik;
	double		objective;		/* loglik less penalty, that by its share */
	MmlLogisticSum sum;
} MmlLogisticFit;

/* One pass at theta: objective, and grad or hess (logistic_objective.c). */
extern void mml_logistic_evaluate(MmlLogisticFit *fit, MmlLogisticPass pass);
extern void mml_logistic_start(MmlLogisticFit *fit);
extern void mml_logistic_gram(MmlLogisticFit *fit);
extern void mml_logistic_probe(MmlLogisticFit *fit);
extern double mml_logistic_dot(size_t n, const double *x, const double *y);

/* Rank, and the guess of the hessian (logistic_guess.c). */
extern bool mml_logistic_find_rank(MmlLogisticFit *fit);
extern void mml_logistic_guess(MmlLogisticFit *fit);
extern void mml_logistic_apply_guess(const MmlLogisticFit *fit,
									 const double *g, double *d);

/* Climb to the maximum. */
extern MmlStatus mml_logistic_newton(MmlLogisticFit *fit);
extern MmlStatus mml_logistic_lbfgs(MmlLogisticFit *fit);

#endif							/* MML_LOGISTIC_FIT_H */
