/*-------------------------------------------------------------------------
 *
 * logistic_pass.h
 *	  One pass over the rows: what goes in, what comes out, where it lies.
 *	  Private to src/logistic.
 *
 * Inside, columns are brought to z = (x - centre) * scale, mean 0 and
 * standard deviation 1 (without intercept: root mean square 1), so that Unix
 * times among small numbers do no harm; z_0 = 1 is the intercept.  theta
 * (K-1,p) are the coefficients of z.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_LOGISTIC_PASS_H
#define MML_LOGISTIC_PASS_H

#include "logistic/logistic.h"

typedef enum MmlLogisticPass
{
	MML_PASS_GRAM,				/* Z'Z into the first pair of hess */
	MML_PASS_GRADIENT,			/* loglik, gradient */
	MML_PASS_HESSIAN,			/* loglik, gradient, hessian */
	MML_PASS_SETTLED,			/* gradient of rows almost certain of a class */
	MML_PASS_PROBE				/* margins and moves, see MmlLogisticSum */
} MmlLogisticPass;

/*
 * The job: this, then arrays of float8 at the offsets said (bytes from its
 * beginning), then the lanes.
 */
typedef struct MmlLogisticJob
{
	/* fixed for the fit */
	int			cols;
	int			terms;			/* p */
	int			free;			/* K-1 */
	int			reference;
	int			tile;
	bool		intercept;
	size_t		scale;			/* (cols) 0 for a constant column */
	size_t		weight;			/* (K) the reference first, then free classes */
	size_t		lanes;
	size_t		lane_bytes;

	/* set for each pass */
	MmlLogisticPass pass;
	size_t		centre;			/* (cols) changes seldom */
	size_t		stride;			/* every stride-th block is visited */
	size_t		theta;			/* (K-1,p) */
	size_t		step;			/* (K-1,p) the direction to probe */
	size_t		offset;			/* (K-1) what moving centres added to terms */

	/* offsets of arrays in a lane, which begins with MmlLogisticSum */
	size_t		grad;			/* (K-1,p) */
	size_t		hess;			/* (pairs,p,p) lower triangles, see below */
	size_t		z;				/* (tile,p) */
	size_t		scaled;			/* (tile,p) rows of z times root; z itself for
								 * two classes */
	size_t		eta;			/* (K-1,tile) theta z, then probabilities */
	size_t		resid;			/* (K-1,tile) weight (y - probability) */
	size_t		rows;			/* (4,tile) scratch, a number a row */
	size_t		y;				/* (tile) int32: free class, -1: reference */
} MmlLogisticJob;

/*
 * Partial results of a lane.  The margins of a row are how far its own class
 * is ahead of other ones, in eta; its moves, how much step changes them.
 */
typedef struct MmlLogisticSum
{
	double		loglik;
	double		rows;			/* visited */
	double		least_margin;
	double		least_move;		/* of margins that count, by the size of the
								 * terms that it is summed of */
	double		most_move;		/* of margins that it makes larger */
	double		most_growth;	/* moves by margins, these at least 1 */
} MmlLogisticSum;

/* The number of pairs of free classes (a, b <= a), and of one of them. */
#define MML_PAIRS(free) ((size_t) (free) * ((size_t) (free) + 1) / 2)
#define MML_PAIR(a, b) (MML_PAIRS(a) + (size_t) (b))

/* The array at an offset. */
MML_INLINE double *
mml_logistic_part(void *base, size_t offset)
{
	return (double *) ((char *) base + offset);
}

/* Where a lane begins. */
MML_INLINE void *
mml_logistic_lane_part(MmlLogisticJob *job, int lane)
{
	return (char *) job + job->lanes + (size_t) lane * job->lane_bytes;
}

extern bool mml_logistic_layout(const MmlLogisticTask *task,
								const MmlLogisticPlan *plan,
								MmlLogisticJob *job);

/* What is computed from eta, row by row (logistic_rows.c). */
extern double mml_logistic_binary_rows(int n, const double *eta,
									   const int32_t *y, const double *weight,
									   double *resid, double *root);
extern double mml_logistic_softmax_rows(int n, int free, int tile, double *eta,
										const int32_t *y, const double *weight,
										double *resid, double *rows);
extern void mml_logistic_settle_rows(int n, int free, int tile,
									 double *resid);
extern void mml_logistic_probe_rows(int n, int p, int free, int tile,
									const double *z, const double *step,
									const double *offset,
									const double *eta, const double *moves,
									const int32_t *y, MmlLogisticSum *sum);
extern void mml_logistic_pair_roots(int n, const double *weight,
									const double *p, const double *q,
									double *root);
extern void mml_logistic_scale_rows(int n, int p, const double *root,
									const double *z, double *scaled);

#endif							/* MML_LOGISTIC_PASS_H */
