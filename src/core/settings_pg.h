/*-------------------------------------------------------------------------
 *
 * settings_pg.h
 *	  The settings, as src/mediaml.c defines them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_SETTINGS_PG_H
#define MML_SETTINGS_PG_H

#include "postgres.h"

extern int	mml_max_memory;		/* kB, of all training states of a backend */
extern int	mml_max_model_size; /* kB */
extern double mml_max_network_flops;	/* multiply-adds of a run */
extern int	mml_model_cache_size;	/* kB */
extern bool mml_progress;

#endif							/* MML_SETTINGS_PG_H */
