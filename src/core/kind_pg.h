/*-------------------------------------------------------------------------
 *
 * kind_pg.h
 *	  The table of kinds of models.
 *
 * A module describes each kind of model that it makes in one row; NULL where
 * something has no meaning for the kind.  src/mediaml.c lists the rows at
 * load.  predict*, model_info and the cache of parsed models look a kind up
 * here and know no module.
 *
 * A parsed model is a struct of the module that points into the bytes of its
 * envelope.  Functions below take it as "model"; x are its features, as many
 * as features() says, all finite.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_KIND_PG_H
#define MML_KIND_PG_H

#include "postgres.h"

#include "core/cell.h"
#include "core/envelope.h"
#include "core/explanation.h"
#include "lib/stringinfo.h"

struct MmlKind;

/* A model within another: its kind and its parsed form. */
typedef struct MmlPart
{
	const struct MmlKind *kind;
	const void *parsed;
} MmlPart;

/*
 * How a kind that holds a model for each value of a column chooses among
 * them.  Such a kind has no features: only a row says which model answers.
 */
typedef struct MmlGrouping
{
	const char *(*column) (const void *model);	/* UTF-8 */
	int			(*count) (const void *model);	/* models within */
	int			(*find) (const void *model, const MmlText *value);	/* NULL: of NULL; -1:
																	 * none */
	const struct MmlModel *(*member) (const void *model, int i);
	bool		(*has_class) (const void *model, const char *label);	/* any of them */
} MmlGrouping;

/* A row of coefficients(); NaN becomes NULL. */
typedef struct MmlTerm
{
	const char *class;			/* UTF-8, as the model has it; NULL: none */
	int			feature;		/* -1: the intercept, first of its class */
	double		estimate;
	double		std_error;
	double		z;
	double		p;
	double		odds_ratio;
	double		ci_low;
	double		ci_high;
} MmlTerm;

typedef struct MmlKind
{
	const char *name;
	const char *use;			/* a HINT: which functions take such a model */

	/*
	 * Read and verify: fill parsed (parsed_size bytes) from the sections of
	 * an envelope that mml_envelope_open() has found sound, demanding every
	 * invariant of the kind.  NULL, or a sentence that says what is wrong.
	 * Plain C, without a server, so that it can be fuzzed.
	 */
	Size		parsed_size;
	const char *(*parse) (const MmlEnvelope *env, void *parsed);

	/* What it is trained on. */
	int			(*features) (const void *model);
	void		(*demand) (const void *model);	/* an error where features are
												 * not a row of numbers */
	const MmlTexts *(*feature_names) (const void *model);

	/*
	 * How it makes features of raw rows itself, if it does: the columns that
	 * it reads, of which a row may lack any, and features from their cells;
	 * where that fails, *column is the one that is to blame.
	 */
	int			(*inputs) (const void *model);
	MmlInput	(*input) (const void *model, int i);
	MmlPrepared (*prepare) (const void *model, const MmlCell *cells, double *x,
							size_t *column);

	/*
	 * The unit of a feature: the raw value is offset + scale * feature; false
	 * where no two numbers say it.
	 */
	bool		(*unit) (const void *model, int feature, double *offset, double *scale);

	/* The estimator within it, which answers in its place. */
	MmlPart		(*estimator) (const void *model);

	/*
	 * The model within it that reads rows, and has units and coefficients, in
	 * its place; its answers are the kind's own.
	 */
	MmlPart		(*within) (const void *model);

	const MmlGrouping *grouping;	/* NULL: it is one model for all rows */

	/*
	 * Its answers for one row.  predict: false where the answer is no number;
	 * number: what predict answers for a class.
	 */
	bool		(*predict) (const void *model, const double *x, double *y);
	const MmlTexts *(*labels) (const void *model);	/* of its classes */
	int			(*positive) (const void *model);	/* of two classes; else -1 */
	int			(*label) (const void *model, const double *x);	/* class 0 .. */
	bool		(*number) (const void *model, int label, double *y);
	void		(*proba) (const void *model, const double *x, double *p);	/* (classes) */
	int			(*cluster) (const void *model, const double *x);

	/*
	 * Why it answers so: class is given, the rest filled in.  false: there is
	 * nothing to compare the answer with.
	 */
	bool		(*explain) (const void *model, const double *x, MmlExplanation *e);

	/* Row i of coefficients(); false behind the last one. */
	bool		(*term) (const void *model, int i, MmlTerm *term);

	/* Append "name": value pairs of model_info, each behind a comma. */
	void		(*info) (const void *model, StringInfo json);
} MmlKind;

extern void mml_kind_register(const MmlKind *kind);
extern const MmlKind *mml_kind_find(const char *name);
extern void mml_kind_describe(const MmlKind *kind, const void *model,
							  StringInfo json);
extern void mml_kind_report_unfit(const MmlKind *kind, Oid function);

#endif							/* MML_KIND_PG_H */
