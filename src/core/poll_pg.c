/*-------------------------------------------------------------------------
 *
 * poll_pg.c
 *	  What MML_CHECK() is in a server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "core/kernel.h"

/* Answer a waiting cancel, timeout or message of a worker, if any. */
void
mml_core_poll(void)
{
	CHECK_FOR_INTERRUPTS();
}
