#!/usr/bin/python3
"""Golden values of test/unit/kmeans_unit.c, by scikit-learn: kmeans_golden.h.

The rows are made by integer arithmetic, so that C makes the same ones. The
first k rows are the starting centroids. Made with scikit-learn 1.2.1, by one
thread: with more it does not always give the same answer.
"""
import os
import sys

os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np
from sklearn.cluster import KMeans

# name: n, d, k, step and modulus of the numbers, offset of column 0
SETS = {
    "small": (150, 4, 3, 7919, 1009, 0),
    "one column": (997, 1, 5, 104729, 100003, 0),
    "Unix times": (600, 3, 6, 7919, 1009, 1700000000),
    "many clusters": (2000, 2, 50, 104729, 100003, 0),
    "many columns": (400, 100, 4, 7919, 1009, 0),
}


def rows(n, d, step, modulus, offset):
    """Number i is the square of a residue, so that it is skewed."""
    i = np.arange(n * d)
    x = ((i * step % modulus) / modulus) ** 2
    x[::d] += offset
    return x.reshape(n, d)


print('''/* Made by test/data/make_kmeans.py. */
typedef struct Golden
{
	const char *name;
	int			n;
	int			d;
	int			k;
	int			step;
	int			modulus;
	double		offset;
	double		inertia;
	int64_t		sizes[8];		/* the first of them */
} Golden;

static const Golden golden[] = {''')
for name, (n, d, k, step, modulus, offset) in SETS.items():
    x = rows(n, d, step, modulus, offset)
    fit = KMeans(k, init=x[:k].copy(), n_init=1, tol=0, max_iter=300,
                 algorithm="lloyd").fit(x)
    center = np.array([x[fit.labels_ == c].mean(0) for c in range(k)])
    inertia = float(((x - center[fit.labels_]) ** 2).sum())
    if fit.n_iter_ >= 300:
        sys.exit(f"{name} has not converged")
    sizes = np.bincount(fit.labels_, minlength=k)[:8]
    print(f'\t{{"{name}", {n}, {d}, {k}, {step}, {modulus}, {offset}, {inertia!r},')
    print(f'\t{{{", ".join(map(str, sizes))}}}}},')
print('''};

/* Number i of the rows of a set. */
static double
golden_number(const Golden *set, int i)
{
	double		u = (double) ((int64_t) i * set->step % set->modulus) / set->modulus;

	return u * u + (i % set->d == 0 ? set->offset : 0);
}''')
