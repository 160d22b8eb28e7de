/*-------------------------------------------------------------------------
 *
 * state.h
 *	  The layout of mediaml.state, the state of one-pass statistics.
 *
 * What an aggregate knows of the rows seen so far is a value of one SQL type,
 * whatever the statistic: a header that names the kind and the version of
 * the layout behind it, then the numbers, as they lie in memory.  Such a
 * value is what parallel workers and other machines send each other, and it
 * can be stored; so anybody may hand one in, and nothing in it is believed.
 *
 * A module describes each kind of state that it has in one row, a constant
 * that src/mediaml.c lists at load.  Its verify() demands every invariant of
 * the kind; the type's input functions, and every reader of a state that may
 * come from outside, go through it.
 *
 * The numbers are little-endian, as in models: see envelope.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_STATE_H
#define MML_STATE_H

#include <string.h>

#include "core/kernel.h"

#define MML_STATE_MAGIC "MMLS"
#define MML_STATE_KIND_BYTES 20

/* What every state begins with: 32 bytes, and no padding. */
typedef struct MmlState
{
	uint32_t	length;			/* PostgreSQL's length word, not a kernel's */
	char		magic[4];
	char		kind[MML_STATE_KIND_BYTES]; /* padded with zeros */
	uint32_t	version;
} MmlState;

typedef struct MmlStateKind
{
	char		name[MML_STATE_KIND_BYTES];
	uint32_t	version;
	bool		grows;			/* its size depends on the rows */
	size_t		size;			/* of an empty state; of all, unless it grows */

	/*
	 * Demand every invariant of a state of this kind and of so many bytes, at
	 * least size and exactly size unless it grows, aligned to 8.  NULL, or a
	 * sentence that says what is wrong.  Must be O(1) unless it grows.
	 */
	const char *(*verify) (const MmlState *state, size_t bytes);
} MmlStateKind;

/* Is this the header of a state of a kind, of whatever version? */
MML_INLINE bool
mml_state_is(const MmlState *state, const MmlStateKind *kind)
{
	return memcmp(state->magic, MML_STATE_MAGIC, sizeof(state->magic)) == 0 &&
		memcmp(state->kind, kind->name, sizeof(state->kind)) == 0;
}

/* Verify a state whose header is of this kind: NULL, or what is wrong. */
MML_INLINE const char *
mml_state_verify(const MmlState *state, size_t bytes, const MmlStateKind *kind)
{
	if (state->version != kind->version)
		return "Its version is unknown.";
	if (bytes < kind->size || (bytes > kind->size && !kind->grows))
		return "Its length is not that of its kind.";
	return kind->verify(state, bytes);
}

#endif							/* MML_STATE_H */
