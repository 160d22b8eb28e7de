/*-------------------------------------------------------------------------
 *
 * recipe_pg.h
 *	  What the options of preprocessor want of each column.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_RECIPE_PG_H
#define MML_RECIPE_PG_H

#include "postgres.h"

#include "clean/preprocessor.h"
#include "utils/jsonb.h"

/* What a column of the rows is for. */
typedef enum MmlRole
{
	MML_ROLE_FEATURE,			/* if it is fit for one */
	MML_ROLE_TARGET,
	MML_ROLE_ID,
	MML_ROLE_EXCLUDED,
	MML_ROLE_UNLISTED			/* there is a list of features, without it */
} MmlRole;

/* A column of the rows. */
typedef struct MmlSource
{
	const char *name;			/* in the server's encoding, as type */
	const char *type;
	MmlClass	class;
	MmlRole		role;
	MmlRecipe	recipe;			/* of a feature */
} MmlSource;

/* What all options together say. */
typedef struct MmlPlan
{
	int			count;
	MmlSource  *sources;		/* (count) in the order of the rows */
	int			target;			/* of the sources; -1: none */
	int			id;				/* the first, if there are many; -1: none */
	int			features;
	int		   *order;			/* (features) sources in the order of features */
	bool		folds;			/* an encoding needs target and id of each row */
	bool		leave_leaks;	/* a feature that equals the target is no
								 * error */
} MmlPlan;

extern void mml_clean_plan(MmlPlan *plan, Jsonb *options);
extern int	mml_clean_plan_collect(const MmlPlan *plan, int i);

extern void mml_clean_recipe_begin(MmlSource *source);
extern void mml_clean_recipe_read(MmlSource *source, const JsonbValue *defaults,
								  const JsonbValue *own);

#endif							/* MML_RECIPE_PG_H */
