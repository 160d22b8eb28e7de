/*-------------------------------------------------------------------------
 *
 * linalg_pg.h
 *	  What the server must do before kernels use linalg.h, and what it can
 *	  tell about OpenBLAS.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_LINALG_PG_H
#define MML_LINALG_PG_H

/* What OpenBLAS says of itself. */
typedef struct MmlLinalgFacts
{
	char		version[32];	/* such as 0.3.21 */
	const char *core;			/* the processor its kernels are made for */
	const char *threads;		/* none, pthreads or OpenMP */
} MmlLinalgFacts;

extern void mml_linalg_ready(void);
extern void mml_linalg_facts(MmlLinalgFacts *facts);

#endif							/* MML_LINALG_PG_H */
