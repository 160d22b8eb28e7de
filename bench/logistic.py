"""Logistic regression beside scikit-learn: 1,000,000 rows of 16 features, and 100,000 of 100."""
import json

import numpy
from sklearn.linear_model import LogisticRegression

from harness import (Session, digests, drop_table, has_function, in_turn, load_table, report_helper,
                     seconds)

SEED = 20240301
PEER_TOL = 1e-8  # of the gradient of the mean loss; coefficients then agree as the notes say


def problem(n, d):
    """Correlated features of unequal spread; about three in ten are true."""
    rng = numpy.random.default_rng(SEED)
    spread = rng.uniform(0.5, 3, d)
    x = (rng.normal(size=(n, d)) + 0.5 * rng.normal(size=(n, 1))) * spread
    beta = rng.normal(size=d) / spread / numpy.sqrt(d) * 1.5
    chance = 1 / (1 + numpy.exp(-(x @ beta - 1)))
    return x, rng.uniform(size=n) < chance


def sql(table, **options):
    return f"SELECT mediaml.logistic_regression(y, x, '{json.dumps(options)}') FROM {table}"


def fit(x, y):
    return LogisticRegression(solver="newton-cholesky", penalty=None, tol=PEER_TOL).fit(x, y)


def read_table(table):
    with Session() as session:
        rows = session.rows(f"SELECT y, x FROM {table}")
    return numpy.array([row[1] for row in rows]), numpy.array([row[0] for row in rows])


def difference(model, fitted):
    """The largest of the differences of all coefficients, the intercept included."""
    with Session() as session, session.connection.cursor() as cursor:
        cursor.execute("SELECT estimate FROM mediaml.coefficients(%s) WITH ORDINALITY ORDER BY ordinality", (model,))
        ours = sorted(row[0] for row in cursor)
        iterations = session.query("SELECT mediaml.model_info(%s)", (model,))["iterations"]
    theirs = sorted([*fitted.intercept_, *fitted.coef_[0]])
    return max(abs(a - b) for a, b in zip(ours, theirs, strict=True)), iterations


def compare(report, title, table, threads, x, y, whole=True, most=1):
    """
    Total SQL time beside the fit alone and, if asked for, the whole path: the
    rows are read out of the table, and fitted.
    """
    setup = f"{title}, {threads} thread" + ("" if threads == 1 else "s, 1 worker")

    def peer():
        read, rows = seconds(lambda: read_table(table)) if whole else (None, (x, y))
        time_, model = seconds(lambda: fit(*rows))
        return time_, (read, model)

    times, (models, fits) = in_turn(setup, threads, lambda session: session.timed(sql(table)), peer)
    report.pair(f"{setup}: fit alone", *times, most)
    if whole:
        report.pair(f"{setup}: whole path", times[0], [t + read for t, (read, _) in zip(times[1], fits)])
    differ, iterations = difference(models[-1], fits[-1][1])
    report.note(f"{setup}: coefficients differ by at most {differ:.1e}; {iterations} iterations, "
                f"peer {fits[-1][1].n_iter_[0]} (tol {PEER_TOL:g})")
    return times[0]


def helper(report, table):
    """Compute, not the scan: to convergence less 1 iteration, with one worker beside none."""

    def compute(session):
        one, _ = session.timed(sql(table, max_iter=1))
        many, _ = session.timed(sql(table))
        return many - one

    report_helper(report, "logistic 100,000 x 100, all iterations but one", compute)


def run(report):
    if not has_function("logistic_regression"):
        report.line("logistic regression", "missing")
        return
    x, y = problem(1_000_000, 16)
    load_table("logistic_long", x, y)
    compare(report, "logistic 1,000,000 x 16", "logistic_long", 1, x, y)
    compare(report, "logistic 1,000,000 x 16", "logistic_long", 2, x, y)
    drop_table("logistic_long")

    x, y = problem(100_000, 100)
    load_table("logistic_wide", x, y)
    times = compare(report, "logistic 100,000 x 100", "logistic_wide", 1, x, y, whole=False, most=None)
    report.alone("logistic 100,000 x 100, no worker", times, 0.5)
    helper(report, "logistic_wide")
    report.truth("logistic: same bytes with 0, 1 and 2 workers", len(digests(sql("logistic_wide"))) == 1)
    drop_table("logistic_wide")
