/*-------------------------------------------------------------------------
 *
 * json_pg.h
 *	  Write the pairs of a JSON object, for model_info.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_JSON_PG_H
#define MML_JSON_PG_H

#include "postgres.h"

#include "core/envelope.h"
#include "lib/stringinfo.h"

extern void mml_json_add_number(StringInfo json, const char *name, double value);
extern void mml_json_add_integer(StringInfo json, const char *name, int64 value);
extern void mml_json_add_integers(StringInfo json, const char *name,
								  const int64_t *values, int count);
extern void mml_json_add_numbers(StringInfo json, const char *name,
								 const double *values, int count);
extern void mml_json_add_bool(StringInfo json, const char *name, bool value);
extern void mml_json_add_string(StringInfo json, const char *name,
								const char *value);
extern void mml_json_add_texts(StringInfo json, const char *name,
							   const MmlTexts *texts);
extern void mml_json_open(StringInfo json, const char *name);
extern void mml_json_close(StringInfo json);

#endif							/* MML_JSON_PG_H */
