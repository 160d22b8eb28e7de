/*-------------------------------------------------------------------------
 *
 * linalg_pg.c
 *	  The first call of OpenBLAS in a process, and what it says of itself.
 *
 * At its first product OpenBLAS maps a buffer of 128 MB, and where it cannot
 * (overcommit turned off, ulimit -v) it tries again for ever, deaf to cancel
 * and terminate: a loop in blas_memory_alloc() of driver/others/memory.c,
 * versions 0.3.21 to 0.3.28.  So a mapping of that size is tried first.  The
 * serial build keeps its buffer for the life of the process, and later calls
 * map nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <cblas.h>
#include <sys/mman.h>

#include "linalg/linalg.h"
#include "linalg/linalg_pg.h"

/* What OpenBLAS maps, and a little for the rest of the process. */
#define PROBE_BYTES ((Size) 136 * 1024 * 1024)

/* Raise an error where OpenBLAS would not find its buffer. */
static void
probe_memory(void)
{
	void	   *probe = mmap(NULL, PROBE_BYTES, PROT_READ | PROT_WRITE,
							 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (probe == MAP_FAILED)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("Linear algebra needs a buffer of %zu MB in each process.",
						   PROBE_BYTES / (1024 * 1024))));
	munmap(probe, PROBE_BYTES);
}

/*
 * Make sure that kernels can use linalg.h in this process.  Called by glue
 * before them, in parallel workers too; costs nothing after the first time.
 */
void
mml_linalg_ready(void)
{
	static bool ready = false;
	const double one[1] = {1};
	double		product[1];

	if (ready)
		return;

	/* a build with threads, which only OPENBLAS=shared can bring, gets one */
	if (openblas_get_parallel() != OPENBLAS_SEQUENTIAL)
		openblas_set_num_threads(1);
	probe_memory();
	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 1, 1, 1, 1,
				one, 1, one, 1, 0, product, 1);
	ready = true;
}

/* Tell what OpenBLAS is linked; its own line reads "OpenBLAS 0.3.21 ...". */
void
mml_linalg_facts(MmlLinalgFacts *facts)
{
	const char *config = openblas_get_config();
	const char *version = strchr(config, ' ');
	int			parallel = openblas_get_parallel();

	version = version == NULL ? config : version + 1;
	strlcpy(facts->version, version,
			Min(strcspn(version, " ") + 1, sizeof(facts->version)));
	facts->core = openblas_get_corename();
	facts->threads = parallel == OPENBLAS_SEQUENTIAL ? "none" :
		parallel == OPENBLAS_THREAD ? "pthreads" : "OpenMP";
}
