/*-------------------------------------------------------------------------
 *
 * class_pg.c
 *	  The class that a label names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "core/model_pg.h"

/* Complain of a label that none of the classes has. */
static void
report_no_class(const MmlTexts *labels, const char *wanted)
{
	const char *utf8 = labels->first;
	StringInfoData list;

	initStringInfo(&list);
	for (size_t i = 0; i < labels->count && i < 20; i++, utf8 = mml_text_next(utf8))
		appendStringInfo(&list, "%s\"%s\"", i == 0 ? "" : ", ", mml_text_from_model(utf8));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the model has no class \"%s\"", wanted),
			 errhint("Its classes are %s%s.", list.data,
					 labels->count > 20 ? ", ..." : "")));
}

/*
 * The class of the model that answers which a label names; -1 where only models
 * for other rows have it, within the whole that this one is in (NULL: none).
 */
int
mml_class_find(const MmlModel *whole, const MmlPart *part, const char *label)
{
	const MmlTexts *labels = part->kind->labels(part->parsed);
	const char *utf8 = labels->first;
	char	   *wanted = mml_text_to_model(label);

	for (size_t i = 0; i < labels->count; i++, utf8 = mml_text_next(utf8))
		if (strcmp(utf8, wanted) == 0)
			return (int) i;
	if (whole == NULL || whole->kind->grouping == NULL)
		report_no_class(labels, label);
	else if (!whole->kind->grouping->has_class(whole->parsed, wanted))
		report_no_class(whole->kind->labels(whole->parsed), label);
	return -1;
}
