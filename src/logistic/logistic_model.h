/*-------------------------------------------------------------------------
 *
 * logistic_model.h
 *	  A model of kind "logistic_regression", read from its envelope.
 *
 * Sections, in this order, for K classes and p terms (the intercept, if any,
 * then the columns):
 *
 *		coefficients	f64 (K-1,p)		NaN where aliased, and only there
 *		std_errors		f64 (K-1,p)		NaN where not defined
 *		status			u8  (K-1,p)		MmlTermStatus
 *		class_rows		i64 (K,1)		rows it was trained on
 *		class_weights	f64 (K,1)		1 without class_weight
 *		summary			f64 (LOGISTIC_SUMMARY,1)	see below
 *		labels			texts K
 *		names			texts			of the columns, or none
 *		kernels			texts 1			mml_kernels_name() at training
 *		means			f64 (1,d)		of the columns; may be lacking
 *
 * Rows of the first three are the classes without the reference, in order.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_LOGISTIC_MODEL_H
#define MML_LOGISTIC_MODEL_H

#include "core/envelope.h"
#include "core/explanation.h"
#include "logistic/logistic.h"

#define LOGISTIC_MAX_CLASSES 1000

/* The type of the target, which says what labels may be. */
typedef enum LogisticTarget
{
	LOGISTIC_BOOLEAN,			/* false or true */
	LOGISTIC_BIGINT,			/* whole numbers in decimal */
	LOGISTIC_TEXT
} LogisticTarget;

/* The numbers of the section "summary". */
enum
{
	LOGISTIC_TARGET,			/* LogisticTarget */
	LOGISTIC_REFERENCE,			/* class 0 .. K-1 */
	LOGISTIC_INTERCEPT,			/* 0 or 1 */
	LOGISTIC_L2,
	LOGISTIC_METHOD,			/* MmlLogisticMethod, not auto */
	LOGISTIC_ITERATIONS,
	LOGISTIC_CONVERGED,			/* 0 or 1 */
	LOGISTIC_SEPARATED,			/* 0 or 1 */
	LOGISTIC_LOGLIK,
	LOGISTIC_NULL_LOGLIK,
	LOGISTIC_DECREMENT,
	LOGISTIC_CONDITION,			/* NaN: not computed */
	LOGISTIC_SKIPPED,			/* rows with NULL */
	LOGISTIC_SUMMARY
};

typedef struct LogisticModel
{
	int			d;				/* features */
	int			terms;			/* p */
	int			classes;		/* K */
	int			reference;
	bool		intercept;
	LogisticTarget target;
	int64_t		rows;			/* sum of class_rows */
	const double *beta;			/* (K-1,p) */
	const double *std_error;	/* (K-1,p) */
	const uint8_t *status;		/* (K-1,p) */
	const int64_t *class_rows;	/* (K) */
	const double *class_weight; /* (K) */
	const double *summary;		/* (LOGISTIC_SUMMARY) */
	const double *means;		/* (d), or NULL: not known */
	MmlTexts	labels;			/* K */
	MmlTexts	names;			/* d, or 0 */
	MmlTexts	kernels;		/* 1 */
} LogisticModel;

extern const char *mml_logistic_parse(const MmlEnvelope *env, void *parsed);

/*
 * Of x (d), finite.  label: the most likely class under class weights, as
 * trained.  proba: probabilities p (K) under the shares of classes that rows
 * had, whatever the class weights: rows of class c counted weight_c times, so
 * p_c is proportional to what was trained, divided by weight_c.
 */
extern int	mml_logistic_label(const LogisticModel *model, const double *x);
extern void mml_logistic_proba(const LogisticModel *model, const double *x,
							   double *p);

/*
 * What each column adds to the logarithm of the odds, as proba has them, of a
 * class (by default the positive one of two, or the most likely of many)
 * against the most likely other one.  The base is that of the mean of all rows
 * of training, or, where means are not known, of a row of zeros.
 */
extern void mml_logistic_explain(const LogisticModel *model, const double *x,
								 MmlExplanation *e);

/* The label of a class as a number; false for a target that is text. */
extern bool mml_logistic_number(const LogisticModel *model, int class,
								double *number);

/* The class of a row of coefficients. */
MML_INLINE int
mml_logistic_free_class(const LogisticModel *model, int a)
{
	return a < model->reference ? a : a + 1;
}

#endif							/* MML_LOGISTIC_MODEL_H */
