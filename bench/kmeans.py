"""k-means beside scikit-learn: 1,000,000 rows of 16 features, k = 16."""
import json
from statistics import median

import numpy
from sklearn.cluster import KMeans

from harness import (REPEAT, Session, digests, drop_table, in_turn, load_table, quietest_core,
                     report_helper, seconds, spread)

N, D, K = 1_000_000, 16, 16
SEED = 20240229


def mixture(rng):
    """Forty groups that run into each other, of different sizes and widths."""
    share = rng.dirichlet(numpy.full(40, 2.0))
    group = rng.choice(40, N, p=share)
    center = rng.normal(0, 1.5, (40, D))
    width = rng.uniform(0.5, 1.5, (40, 1))
    return center[group] + width[group] * rng.normal(size=(N, D))


def blobs(rng):
    """Sixteen groups far from each other."""
    center = rng.uniform(-20, 20, (K, D))
    return center[rng.integers(0, K, N)] + rng.normal(size=(N, D))


def uniform(rng):
    """No groups at all."""
    return rng.uniform(0, 1, (N, D))


SHAPES = {"mixture": mixture, "blobs": blobs, "uniform": uniform}


def sql(table, **options):
    options = {"tol": 0, "max_iter": 20, "seed": 1, **options}
    return f"SELECT mediaml.kmeans(x, {K}, '{json.dumps(options)}') FROM {table}"


def fit(x, max_iter=20, init="k-means++", seed=1):
    return KMeans(n_clusters=K, init=init, n_init=1, max_iter=max_iter, tol=0,
                  algorithm="lloyd", random_state=seed).fit(x)


def read_table(table):
    with Session() as session:
        return numpy.array([row[0] for row in session.rows(f"SELECT x FROM {table}")])


def info(model):
    with Session() as session:
        return session.query("SELECT mediaml.model_info(%s)", (model,))


def total(report, shape, x, threads, whole):
    """
    Total SQL time beside the fit alone and, if asked for, the whole path: the
    rows are read out of the table, and fitted. Each repetition has a seed of its own.
    """
    table = f"kmeans_{shape}"
    setup = f"{threads} thread" if threads == 1 else f"{threads} threads, 1 worker"
    title = f"k-means {shape}, {setup}"
    seeds = {"ours": 0, "peer": 0}
    inertia = {"ours": [], "peer": []}
    rounds = {"ours": [], "peer": []}

    def ours(session):
        seeds["ours"] += 1
        time_, model = session.timed(sql(table, seed=seeds["ours"]))
        facts = info(model)
        inertia["ours"].append(facts["inertia"])
        rounds["ours"].append(facts["iterations"])
        return time_, model

    def peer():
        seeds["peer"] += 1
        read, rows = seconds(lambda: read_table(table)) if whole else (None, x)
        time_, model = seconds(lambda: fit(rows, seed=seeds["peer"]))
        inertia["peer"].append(model.inertia_)
        rounds["peer"].append(model.n_iter_)
        return time_, read

    times, reads = in_turn(title, threads, ours, peer)
    report.pair(f"{title}: fit alone", times[0], times[1], 1 / 3)
    if whole:
        path = [fitted + read for fitted, read in zip(times[1], reads[1])]
        report.pair(f"{title}: whole path", times[0], path, 1 / 10)
    report.note(f"{title}: inertia {spread(inertia['ours'], '.6g')} after {median(rounds['ours']):g} iterations, "
                f"peer {spread(inertia['peer'], '.6g')} after {median(rounds['peer']):g}")


def iteration(report, shape, x):
    """One Lloyd iteration, both from the same first centroids: 21 less 1, by 20."""
    table = f"kmeans_{shape}"
    first = x[numpy.random.default_rng(7).choice(N, K, replace=False)]
    given = first.tolist()

    def ours(session):
        one, _ = session.timed(sql(table, init=given, max_iter=1))
        many, model = session.timed(sql(table, init=given, max_iter=21))
        return (many - one) / 20, model

    def peer():
        one, _ = seconds(lambda: fit(x, 1, first))
        many, model = seconds(lambda: fit(x, 21, first))
        return (many - one) / (model.n_iter_ - 1), model

    times, (models, fits) = in_turn(f"k-means {shape}, one iteration", 1, ours, peer)
    facts, fitted = info(models[-1]), fits[-1]
    report.pair(f"k-means {shape}, 1 thread: one iteration", *times)
    report.note(f"k-means {shape}, same first centroids, {facts['iterations']} and {fitted.n_iter_} iterations: "
                f"inertia differs by {abs(facts['inertia'] / fitted.inertia_ - 1):.1e}")


def helper(report, table):
    """Compute, not the scan: 41 iterations less 1, with one worker beside none."""

    def compute(session):
        one, _ = session.timed(sql(table, max_iter=1))
        many, _ = session.timed(sql(table, max_iter=41))
        return many - one

    report_helper(report, "k-means uniform, 40 iterations", compute)


def same_bytes(report, table):
    report.truth("k-means: same bytes with 0, 1 and 2 workers", len(digests(sql(table))) == 1)


def orientation(report, table):
    """What any answer costs that reads the table."""
    for title, query in (("count(*)", "count(*)"), ("sum(x[1])", "sum(x[1])")):
        times = []
        for _ in range(REPEAT):
            with Session(core=quietest_core()) as session:
                times.append(session.timed(f"SELECT {query} FROM {table}")[0])
        report.alone(f"for orientation: {title} of the same table", times)


def run(report):
    for shape, make in SHAPES.items():
        x = make(numpy.random.default_rng(SEED))
        table = f"kmeans_{shape}"
        load_table(table, x)
        if shape == "mixture":
            orientation(report, table)
        total(report, shape, x, 1, shape == "mixture")
        if shape == "mixture":
            total(report, shape, x, 2, True)
            same_bytes(report, table)
        iteration(report, shape, x)
        if shape == "uniform":
            helper(report, table)
        drop_table(table)
