/*-------------------------------------------------------------------------
 *
 * gather_pg.h
 *	  What all training aggregates (user, item, weight [, options]) share.
 *
 * A transition function is one call of mml_gather_add().  A final function
 * takes the tables it needs, trains, writes the catalogue and then what is
 * its own, and lets go of everything by mml_gather_free().  An aggregate with
 * other arguments opens the state and appends triples itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_GATHER_PG_H
#define MML_GATHER_PG_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/jsonb.h"

#include "core/memory_pg.h"
#include "core/model_pg.h"
#include "recommend/catalogue_pg.h"
#include "recommend/idmap_pg.h"
#include "recommend/pairs.h"

struct MmlGather;

/* A training aggregate. */
typedef struct MmlGatherJob
{
	const char *kind;
	const char *context_name;	/* "mediaml <kind>" */
	Size		options_size;

	/* set defaults, and read what is given, if anything is (else NULL) */
	void		(*read_options) (void *options, Jsonb *given);

	/*
	 * Take what else a row without a NULL so far brings, behind the weight
	 * and before the options; false: it is skipped.  NULL where there is
	 * nothing.
	 */
	bool		(*take_more) (struct MmlGather *gather, FunctionCallInfo fcinfo);
} MmlGatherJob;

/* Its state. */
typedef struct MmlGather
{
	MemoryContext context;
	const MmlGatherJob *job;
	MmlAccount	account;
	Jsonb	   *given;			/* options of the first row, or NULL */
	void	   *options;
	MmlIdMap	users;
	MmlIdMap	items;
	MmlTriples *first;
	MmlTriples *last;
	Size		rows;			/* gathered */
	int64		skipped;		/* rows with a NULL */

	/* by mml_gather_finish(): */
	MmlPairTable by_user;
	MmlPairTable by_item;
	double	   *popularity;
	int32	   *item_users;
	MmlCatalogue catalogue;
} MmlGather;

extern MmlGather *mml_gather_add(FunctionCallInfo fcinfo,
								 const MmlGatherJob *job);
extern MmlGather *mml_gather_open(MemoryContext aggregate,
								  const MmlGatherJob *job, Oid item_type,
								  Jsonb *given);
extern int32 mml_gather_item(MmlGather *gather, FunctionCallInfo fcinfo, int argno);
extern void mml_gather_append(MmlGather *gather, MmlTriple triple);
extern MmlGather *mml_gather_finish(FunctionCallInfo fcinfo);
extern void mml_gather_by_item(MmlGather *gather);
extern void mml_gather_write(const MmlGather *gather, MmlWriter *writer);
extern void *mml_gather_alloc(MmlGather *gather, Size count, Size size);
extern void mml_gather_release(MmlGather *gather, void *array, Size count,
							   Size size);
extern void mml_gather_free(MmlGather *gather);

#endif							/* MML_GATHER_PG_H */
