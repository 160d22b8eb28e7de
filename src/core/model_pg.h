/*-------------------------------------------------------------------------
 *
 * model_pg.h
 *	  Models as SQL values: written once, read once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_MODEL_PG_H
#define MML_MODEL_PG_H

#include "postgres.h"

#include "fmgr.h"

#include "core/envelope.h"
#include "core/kind_pg.h"

/* ------------------------------------------------------------- writing */

/* A model being written: sections are copied by mml_model_finish(). */
typedef struct MmlWriter
{
	const char *kind;
	int			nsections;
	MmlSection	sections[MML_MAX_SECTIONS];
} MmlWriter;

extern void mml_model_begin(MmlWriter *writer, const char *kind);
extern void mml_model_add(MmlWriter *writer, const char *name, MmlType type,
						  Size rows, Size cols, const void *data);
extern void mml_model_add_texts(MmlWriter *writer, const char *name,
								int count, char *const *texts);
extern bytea *mml_model_finish(const MmlWriter *writer);
extern void mml_model_digest(const char *bytes, Size length, uint8 *digest);
extern void mml_model_check_size(Size bytes, const char *hint);

/* ------------------------------------------------------------- reading */

/*
 * A parsed model, in the cache; what it points to lives as long as fcinfo.  Its
 * parts are the model itself, where they are not one within it.
 */
typedef struct MmlModel
{
	const MmlKind *kind;
	const void *parsed;
	MmlPart		rows;			/* that makes features of rows */
	MmlPart		estimator;		/* that answers */
	MmlPart		fitted;			/* that has coefficients */
	const MmlEnvelope *env;		/* NULL: of one within another */
} MmlModel;

extern const MmlModel *mml_model_arg(FunctionCallInfo fcinfo, int argno);
extern const void *mml_model_arg_of_kind(FunctionCallInfo fcinfo, int argno,
										 const MmlKind *kind);
extern const MmlModel *mml_model_read(Datum datum, MemoryContext until);
extern void mml_model_resolve(MmlModel *model);
extern const char *mml_model_inside(const char *bytes, Size size, MmlEnvelope *inner);
extern const char *mml_model_within(const MmlEnvelope *env, int *next,
									const char *name, MmlEnvelope *inner);
extern char **mml_model_features(const MmlModel *model, int *count);
extern bool mml_model_unit(const MmlModel *model, int feature, double *offset,
						   double *scale);
extern void **mml_model_extra(FunctionCallInfo fcinfo, MemoryContext *context);
extern int	mml_class_find(const MmlModel *whole, const MmlPart *part, const char *label);
extern char *mml_text_from_model(const char *utf8);
extern char *mml_text_to_model(const char *text);

#endif							/* MML_MODEL_PG_H */
