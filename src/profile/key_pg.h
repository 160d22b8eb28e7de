/*-------------------------------------------------------------------------
 *
 * key_pg.h
 *	  Values of numbers, booleans and times as keys of categories.
 *
 * Different values have different keys, and the order of keys by bytes is
 * that of the values; so the first and the last key are the exact extremes,
 * also where a float8 could not tell them apart.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_KEY_PG_H
#define MML_KEY_PG_H

#include "postgres.h"

#include "core/cell.h"

typedef enum MmlKeyForm
{
	MML_KEY_NONE,				/* texts and lists are their own keys */
	MML_KEY_INTEGER,			/* a word, big-endian */
	MML_KEY_FLOAT,				/* a word, big-endian */
	MML_KEY_INTERVAL,			/* 32 bytes: how long, then how it is written */
	MML_KEY_NUMERIC				/* sign, weight, digits */
} MmlKeyForm;

/* The most bytes of a key, unless it is a numeric's. */
#define MML_KEY_BYTES 32

extern MmlKeyForm mml_profile_key_form(Oid base);
extern uint64 mml_profile_key_word(MmlKeyForm form, Oid base, Datum value);
extern MmlText mml_profile_key(MmlKeyForm form, Oid base, Datum value,
							   char *buffer);
extern char *mml_profile_key_show(MmlKeyForm form, Oid base, int32 typmod,
								  MmlText key);

#endif							/* MML_KEY_PG_H */
