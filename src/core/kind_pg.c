/*-------------------------------------------------------------------------
 *
 * kind_pg.c
 *	  The table of kinds of models; see kind_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "core/kind_pg.h"

#define MOST_KINDS 64

static const MmlKind *kinds[MOST_KINDS];
static int	nkinds = 0;

/* Add a kind, when the library is loaded. */
void
mml_kind_register(const MmlKind *kind)
{
	if (nkinds == MOST_KINDS)
		elog(ERROR, "too many kinds of models");
	kinds[nkinds++] = kind;
}

/* The kind of this name, or NULL. */
const MmlKind *
mml_kind_find(const char *name)
{
	for (int i = 0; i < nkinds; i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

/* Complain that a function was called with a model of a kind it has no use for. */
void
mml_kind_report_unfit(const MmlKind *kind, Oid function)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s cannot be called with a model of kind \"%s\"",
					get_func_name(function), kind->name),
			 errhint("%s", kind->use)));
}
