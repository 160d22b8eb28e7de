/*-------------------------------------------------------------------------
 *
 * array_pg.h
 *	  Arrays of numbers and ids, checked and read in place.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ARRAY_PG_H
#define MML_ARRAY_PG_H

#include "postgres.h"

#include "utils/array.h"

extern bool mml_is_number(Oid type);
extern double mml_number_of(Oid type, Datum value);
extern int	mml_features_count(ArrayType *array);
extern void mml_features_copy(ArrayType *array, double *out);
extern const double *mml_features_vector(ArrayType *array, int expected, const char *hint);

#endif							/* MML_ARRAY_PG_H */
