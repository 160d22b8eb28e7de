/*-------------------------------------------------------------------------
 *
 * nearest.h
 *	  Keep the neighbours of an item that count most.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NEAREST_H
#define MML_NEAREST_H

#include "core/kernel.h"

extern size_t mml_nearest(size_t k, size_t most, size_t count,
						  int32_t *neighbours, float *weights, uint32_t *order);

#endif							/* MML_NEAREST_H */
