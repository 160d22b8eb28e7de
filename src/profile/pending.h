/*-------------------------------------------------------------------------
 *
 * pending.h
 *	  Values that wait to be added to a column's categories.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_PENDING_H
#define MML_PENDING_H

#include "profile/profile.h"

/* So many are added at once. */
#define MML_PENDING_BATCH 64

/* A longer text does not wait. */
#define MML_PENDING_BYTES 256

/*
 * Of one column; begins zeroed.  Either texts and keys of any length wait, or
 * words, the keys of eight bytes: big-endian they are keys of the column.
 */
typedef struct MmlPending
{
	bool		texts;			/* they are texts, and no keys */
	size_t		count;			/* that wait */
	size_t		room;			/* for words */
	uint64_t   *words;			/* (room) */
	char	   *bytes;			/* (MML_PENDING_BATCH, MML_PENDING_BYTES) */
	size_t		lengths[MML_PENDING_BATCH];
} MmlPending;

extern void mml_profile_pending_text(MmlPending *pending, MmlColumn *column, MmlText text,
									 MmlRoom *room);
extern void mml_profile_pending_word(MmlPending *pending, MmlColumn *column, uint64_t word,
									 MmlRoom *room);
extern void mml_profile_pending_settle(MmlPending *pending, MmlColumn *column, MmlRoom *room);

#endif							/* MML_PENDING_H */
