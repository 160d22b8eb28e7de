/*-------------------------------------------------------------------------
 *
 * build_pg.h
 *	  Make a preprocessor of the summary of its rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_BUILD_PG_H
#define MML_BUILD_PG_H

#include "postgres.h"

#include "clean/recipe_pg.h"

/* What became of a column that may be a feature. */
typedef struct MmlOutcome
{
	const MmlSource *source;	/* its recipe has no AUTO left */
	const MmlColumn *column;
	MmlDecision decision;
	MmlFitted	fitted;			/* where it is taken */
} MmlOutcome;

extern bytea *mml_clean_build(const MmlTable *table, bool tell);
extern void mml_clean_tell(const MmlPlan *plan, const MmlOutcome *outcomes, size_t features);
extern const char *mml_clean_encode_name(int encode);
extern const char *mml_clean_impute_name(int impute);
extern const char *mml_clean_scale_name(int scale);
extern const char *mml_clean_clip_name(int clip);
extern const char *mml_clean_unseen_name(int unseen);
extern char *mml_clean_parts_names(int parts);

#endif							/* MML_BUILD_PG_H */
