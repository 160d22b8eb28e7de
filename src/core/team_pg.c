/*-------------------------------------------------------------------------
 *
 * team_pg.c
 *	  Passes over a gathered matrix, or over a job that has all it needs, by
 *	  this process and parallel workers.
 *
 * Where a matrix lies in shared memory, workers map it and visit lanes
 * together with the leader, which works as they do.  0 .. n workers is one
 * path: whoever is there takes the next lane until none is left.  So a worker
 * that comes late, or not at all, costs time and nothing else.
 *
 * A pass is two phases of a Barrier, to which workers attach when they come:
 * in even phases the leader writes the parameters of a pass into the job,
 * while the others wait; in odd ones everybody works.  Nobody waits for one
 * that has not attached.  An error in a worker reaches the leader at its next
 * poll; one in the leader ends the workers with the transaction.
 *
 * A job without a matrix has its data in itself: as the job of a team is shared
 * anyway, nothing else is to be mapped.
 *
 * A worker never reads a table: it sees nothing but the rows that the leader
 * was allowed to gather.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "port/atomics.h"
#include "storage/barrier.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "core/kernel.h"
#include "core/settings_pg.h"
#include "core/store_pg.h"
#include "core/team_pg.h"

#define LIBRARY "$libdir/mediaml"
#define BYTES_A_WORKER ((Size) 4 << 20)
#define BYTES_AT_ONCE ((Size) 32 << 20) /* filled without a poll */
#define BYTES_OF_CONTEXT ((Size) 1 << 20)	/* of a ParallelContext, and spare */

/* Keys of the table of contents that a worker gets. */
#define KEY_MEMBERS UINT64CONST(0x6d6c000000000001)
#define KEY_JOB UINT64CONST(0x6d6c000000000002)
#define KEY_MAP UINT64CONST(0x6d6c000000000003)

/* What all members of a team share. */
typedef struct Members
{
	Barrier		barrier;
	pg_atomic_uint32 next_lane;
	int			nlanes;
	bool		finished;		/* no more passes */
	char		function_name[NAMEDATALEN];
} Members;

/* The leader's view of its team. */
typedef struct Team
{
	MmlTeam		team;			/* first */
	const char *job_name;
	TimestampTz started;
	Size		rows;			/* for messages */
	MmlAccount *account;
	Size		reserved;
	Members    *members;
	ParallelContext *context;	/* NULL: alone */
} Team;

extern PGDLLEXPORT void mml_team_main(dsm_segment *segment, shm_toc *toc);

/* Visit lanes until none is left. */
static void
visit_lanes(Members *members, MmlLaneFunction visit, void *job,
			MmlBlocks *blocks)
{
	for (;;)
	{
		uint32		lane = pg_atomic_fetch_add_u32(&members->next_lane, 1);

		if (lane >= (uint32) members->nlanes)
			break;
		visit(job, blocks, (int) lane, members->nlanes);
		CHECK_FOR_INTERRUPTS();
	}
}

/* A pass of the whole team, called by the leader. */
static void
pass_together(MmlTeam *team)
{
	Members    *members = ((Team *) team)->members;

	pg_atomic_write_u32(&members->next_lane, 0);
	BarrierArriveAndWait(&members->barrier, PG_WAIT_EXTENSION);
	visit_lanes(members, team->visit, team->job, team->blocks);
	BarrierArriveAndWait(&members->barrier, PG_WAIT_EXTENSION);
}

/*
 * Where the job begins in the piece of shared memory that has it: at a cache
 * line, which is the same place in every process.
 */
static void *
align_job(void *piece)
{
	return (void *) mml_align64((Size) piece);
}

/* What a worker does: join the team, and work until it is finished. */
void
mml_team_main(dsm_segment *segment, shm_toc *toc)
{
	Members    *members = shm_toc_lookup(toc, KEY_MEMBERS, false);
	void	   *job = align_job(shm_toc_lookup(toc, KEY_JOB, false));
	const void *map = shm_toc_lookup(toc, KEY_MAP, true);
	MmlBlocks  *blocks = map == NULL ? NULL : mml_store_map_open(map);
	MmlLaneFunction visit;
	int			phase;

	(void) segment;
	visit = (MmlLaneFunction) load_external_function(LIBRARY,
													 members->function_name,
													 true, NULL);
	phase = BarrierAttach(&members->barrier);
	for (;;)
	{
		if (phase % 2 == 0)
		{
			BarrierArriveAndWait(&members->barrier, PG_WAIT_EXTENSION);
			phase++;
		}
		if (members->finished)
			break;
		visit_lanes(members, visit, job, blocks);
		BarrierArriveAndWait(&members->barrier, PG_WAIT_EXTENSION);
		phase++;
	}
	BarrierDetach(&members->barrier);
}

/* Tell the user how training goes. */
static void
report_progress(MmlTeam *team, int iteration, double objective, double change)
{
	Team	   *t = (Team *) team;
	long		seconds;
	int			microseconds;

	TimestampDifference(t->started, GetCurrentTimestamp(), &seconds,
						&microseconds);
	ereport(NOTICE,
			(errmsg("%s: iteration %d, objective %.15g, change %.3g, %zu rows, %.3f s",
					t->job_name, iteration, objective, change,
					t->rows,
					(double) seconds + microseconds / 1e6)));
}

/*
 * How many workers to ask for, where most are of use, if shared memory has
 * room for so many bytes.
 */
static int
choose_workers(Size most, int nlanes, Size bytes)
{
	most = Min(Min(most, (Size) nlanes - 1), (Size) max_parallel_maintenance_workers);
	if (most == 0 || IsInParallelMode() ||
		!mml_shared_memory_has(mml_size_add(bytes, BYTES_OF_CONTEXT)))
		return 0;
	return (int) most;
}

/*
 * Ask for workers, and lay out what they share with the leader: the job, and
 * the map of a store where there is one.
 */
static void
launch_workers(Team *t, MmlStore *store, int workers,
			   const char *function_name, Size job_bytes)
{
	ParallelContext *pcxt;
	Size		map_bytes = store == NULL ? 0 : mml_store_map_size(store);
	void	   *job;

	EnterParallelMode();
	pcxt = CreateParallelContext(LIBRARY, "mml_team_main", workers);
	shm_toc_estimate_chunk(&pcxt->estimator, sizeof(Members));
	shm_toc_estimate_chunk(&pcxt->estimator, mml_size_add(job_bytes, 64));
	if (store != NULL)
		shm_toc_estimate_chunk(&pcxt->estimator, map_bytes);
	shm_toc_estimate_keys(&pcxt->estimator, store == NULL ? 2 : 3);
	InitializeParallelDSM(pcxt);

	t->context = pcxt;
	t->members = shm_toc_allocate(pcxt->toc, sizeof(Members));
	BarrierInit(&t->members->barrier, 0);
	BarrierAttach(&t->members->barrier);
	pg_atomic_init_u32(&t->members->next_lane, 0);
	t->members->nlanes = t->team.nlanes;
	t->members->finished = false;
	strlcpy(t->members->function_name, function_name, NAMEDATALEN);
	shm_toc_insert(pcxt->toc, KEY_MEMBERS, t->members);

	job = shm_toc_allocate(pcxt->toc, job_bytes + 64);
	shm_toc_insert(pcxt->toc, KEY_JOB, job);
	t->team.job = align_job(job);
	if (store != NULL)
	{
		void	   *map = shm_toc_allocate(pcxt->toc, map_bytes);

		mml_store_map_write(store, t->team.blocks, map);
		shm_toc_insert(pcxt->toc, KEY_MAP, map);
	}
	LaunchParallelWorkers(pcxt);
	t->team.pass = pass_together;
}

/* Fill a job with zeros, which takes a while where pages are new. */
static void
clear_job(char *job, Size bytes)
{
	for (Size done = 0; done < bytes; done += BYTES_AT_ONCE)
	{
		memset(job + done, 0, Min(bytes - done, BYTES_AT_ONCE));
		CHECK_FOR_INTERRUPTS();
	}
}

/*
 * Gather a team, with the blocks of a store or without; at most so many
 * workers are of use.
 */
static MmlTeam *
begin_team(Team *t, MmlStore *store, const char *function_name, Size most,
		   Size job_bytes)
{
	Size		bytes = job_bytes;
	int			workers;

	t->started = GetCurrentTimestamp();
	t->team.progress = mml_progress ? report_progress : NULL;
	t->reserved = job_bytes;
	mml_account_reserve(t->account, job_bytes, t->job_name);
	if (store != NULL)
	{
		/* reserving may have spilled it */
		most = store->shared ? store->total / BYTES_A_WORKER : 0;
		bytes = mml_size_add(bytes, mml_store_map_size(store));
	}
	workers = choose_workers(most, t->team.nlanes, bytes);
	if (workers > 0)
		launch_workers(t, store, workers, function_name, job_bytes);
	else
	{
		t->team.job = mml_alloc_aligned(job_bytes);
		t->team.pass = mml_team_pass_alone;
	}
	clear_job(t->team.job, job_bytes);
	return &t->team;
}

/*
 * Gather a team for a finished matrix.  job_name is for messages; visit is an
 * exported function of this library, named function_name, which workers find
 * by that name.  The job has job_bytes, all zero.
 */
MmlTeam *
mml_team_begin(MmlMatrix *matrix, const char *job_name,
			   const char *function_name, MmlLaneFunction visit, int nlanes,
			   Size job_bytes)
{
	MmlStore   *store = mml_matrix_store(matrix);
	Team	   *t = palloc0(sizeof(Team));

	t->job_name = job_name;
	t->team.blocks = mml_matrix_finish(matrix);
	t->rows = t->team.blocks->rows;
	t->account = &store->account;
	t->team.nlanes = nlanes;
	t->team.visit = visit;
	return begin_team(t, store, function_name, 0, job_bytes);
}

/*
 * The same for a job that has all it needs in itself, of so many rows, where
 * at most so many workers are of use.  Lanes get no blocks.  Without workers
 * the job lies in the current memory context.
 */
MmlTeam *
mml_team_begin_job(MmlAccount *account, Size rows, const char *job_name,
				   const char *function_name, MmlLaneFunction visit, int nlanes,
				   Size most_workers, Size job_bytes)
{
	Team	   *t = palloc0(sizeof(Team));

	t->job_name = job_name;
	t->rows = rows;
	t->account = account;
	t->team.nlanes = nlanes;
	t->team.visit = visit;
	return begin_team(t, NULL, function_name, most_workers, job_bytes);
}

/* Send the workers home.  The job is gone with them. */
void
mml_team_end(MmlTeam *team)
{
	Team	   *t = (Team *) team;

	mml_account_release(t->account, t->reserved);
	if (t->context == NULL)
		return;
	t->members->finished = true;
	BarrierArriveAndWait(&t->members->barrier, PG_WAIT_EXTENSION);
	BarrierDetach(&t->members->barrier);
	WaitForParallelWorkersToFinish(t->context);
	DestroyParallelContext(t->context);
	ExitParallelMode();
}
