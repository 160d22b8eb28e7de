/*-------------------------------------------------------------------------
 *
 * logistic_classes_pg.h
 *	  The classes of a target, numbered as they come.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_LOGISTIC_CLASSES_PG_H
#define MML_LOGISTIC_CLASSES_PG_H

#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/jsonb.h"

#include "logistic/logistic_model.h"

typedef struct LogisticClass
{
	char	   *label;			/* text targets, and all after finish */
	int64		number;			/* boolean and bigint targets */
	double		rows;
} LogisticClass;

typedef struct LogisticClasses
{
	LogisticTarget target;
	int			count;
	int			room;
	LogisticClass *classes;		/* in the order in which they came */
	HTAB	   *index;			/* from value to number; NULL for boolean */
	int			last;			/* the class of the row before */
} LogisticClasses;

extern void mml_logistic_classes_init(LogisticClasses *classes, Oid type);
extern int	mml_logistic_class(LogisticClasses *classes, Datum value);
extern int *mml_logistic_classes_finish(LogisticClasses *classes);
extern int	mml_logistic_class_named(const LogisticClasses *classes,
									 const char *label);
extern char *mml_logistic_classes_list(const LogisticClasses *classes);
extern char *mml_logistic_json_label(const JsonbValue *value);

#endif							/* MML_LOGISTIC_CLASSES_PG_H */
