/*-------------------------------------------------------------------------
 *
 * calendar.h
 *	  Parts of a time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_CALENDAR_H
#define MML_CALENDAR_H

#include "core/kernel.h"

extern void mml_clean_calendar(double time, double *parts);

#endif							/* MML_CALENDAR_H */
