/*-------------------------------------------------------------------------
 *
 * kernel.h
 *	  What a kernel may know: C, this file, and other headers of mediaml that
 *	  include no PostgreSQL header.
 *
 * A kernel is plain C over plain arrays.  The caller owns every array; a
 * kernel allocates nothing, raises nothing and keeps no global state.  It
 * returns a status, a count or a value, and polls MML_CHECK() about once per
 * million multiply-adds; the poll may leave the kernel by longjmp, which is
 * harmless because a kernel owns nothing.
 *
 * Built with -DMML_STANDALONE a kernel needs no server: tests run it under
 * the sanitizers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_KERNEL_H
#define MML_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * MML_CHECK() answers a waiting cancel or timeout; MML_ASSERT() states what a
 * caller of ours guarantees, never what a user or a file has given.
 */
#ifdef MML_STANDALONE
#include <assert.h>
#define MML_CHECK() ((void) 0)
#define MML_ASSERT(condition) assert(condition)
#else
extern void mml_core_poll(void);
#define MML_CHECK() mml_core_poll()
#ifdef USE_ASSERT_CHECKING
#include <assert.h>
#define MML_ASSERT(condition) assert(condition)
#else
#define MML_ASSERT(condition) ((void) 0)
#endif
#endif

/*
 * A hot loop is compiled for each of these instruction sets, and the loader
 * picks the one that the processor has: v3 is AVX2 with FMA, v4 AVX-512.  (The
 * name of a processor instead would fit the processors of one maker only.)
 * The sanitizers run before the loader can pick, so tests under them take the
 * baseline; so does clang, which knows these names only since version 17.
 */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && \
	!defined(MML_STANDALONE)
#define MML_CLONES \
	__attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define MML_CLONES
#endif

/* For what workers look up by its name: since 16 all else of a library is hidden. */
#define MML_EXPORT __attribute__((visibility("default")))

#define MML_INLINE static inline __attribute__((always_inline))

#define MML_MIN(a, b) ((a) < (b) ? (a) : (b))
#define MML_MAX(a, b) ((a) > (b) ? (a) : (b))

/* What a kernel that can fail answers; the glue turns it into an error. */
typedef enum MmlStatus
{
	MML_OK = 0,
	MML_NOT_CONVERGED,			/* max_iter was reached */
	MML_TOO_FEW_DISTINCT,		/* fewer distinct rows than groups asked for */
	MML_NOT_POSITIVE,			/* a matrix is not positive definite */
	MML_SEPARATED				/* a likelihood has no finite maximum */
} MmlStatus;

/*
 * Add or multiply sizes; false where the result does not fit.  Every size
 * that depends on input is computed with these.
 */
MML_INLINE bool
mml_add_size(size_t a, size_t b, size_t *result)
{
	return !__builtin_add_overflow(a, b, result);
}

MML_INLINE bool
mml_mul_size(size_t a, size_t b, size_t *result)
{
	return !__builtin_mul_overflow(a, b, result);
}

/* Round a size up to a multiple of 64, the width of a cache line. */
MML_INLINE size_t
mml_align64(size_t n)
{
	return (n + 63) & ~(size_t) 63;
}

#endif							/* MML_KERNEL_H */
