"""
How soon a run of ten million rows ends, when it is cancelled or times out.

The rows are a table of a million read ten times over. Moments are spread over
the whole run, one at random in each of as many equal parts; half of them are
cancelled by another session, half run into statement_timeout.
"""
import json
import random
import statistics
import threading
import time

import numpy
import psycopg2

from harness import Session, drop_table, has_function, load_table, say

N, D, TIMES = 1_000_000, 16, 10
MOMENTS = 8  # of each kind, with and without a worker: 32 a learner
SEED = 20240303

SOURCE = f"FROM interrupted, generate_series(1, {TIMES})"
RUNS = {"kmeans": f"SELECT mediaml.kmeans(x, 16, '%s') {SOURCE}" %
                  json.dumps({"tol": 0, "max_iter": 20, "seed": 1}),
        "logistic_regression": f"SELECT mediaml.logistic_regression(y, x) {SOURCE}"}


def start(workers):
    session = Session(workers, enable_material="off")  # the series inside, the table outside
    session.query("SELECT mediaml.build_info()")
    return session


def ended(session, sql):
    """When the statement came to an end by force, or None."""
    try:
        session.query(sql)
    except psycopg2.errors.QueryCanceled:
        return time.perf_counter()
    return None


def cancel_after(sql, workers, delay):
    """Seconds from the cancel of another session to the end; None: it was too late."""
    sent = []
    with start(workers) as session, Session() as other:
        def cancel():
            time.sleep(delay)
            sent.append(time.perf_counter())
            other.query("SELECT pg_cancel_backend(%s)", (session.pid,))

        thread = threading.Thread(target=cancel)
        thread.start()
        end = ended(session, sql)
        thread.join()
    return end and end - sent[0]


def time_out_after(sql, workers, delay):
    """Seconds from statement_timeout to the end; None: it was too late."""
    with start(workers) as session:
        session.set("statement_timeout", round(delay * 1000))
        begin = time.perf_counter()
        end = ended(session, sql)
    return end and end - begin - round(delay * 1000) / 1000


def moments(report, title, sql, workers):
    """Interrupt a run at moments spread over all of it."""
    with start(workers) as session:
        whole, _ = session.timed(sql)
    rng = random.Random(SEED + workers)
    for how, interrupt in ("cancel", cancel_after), ("statement_timeout", time_out_after):
        late = []
        for i in range(MOMENTS):
            delay = max(0.01, (i + rng.random()) / MOMENTS * whole)
            seconds = interrupt(sql, workers, delay)
            if seconds is not None:
                late.append((seconds, delay))
        worst, at = max(late)
        say(f"{title}: the slowest was interrupted {at:.2f} s into {whole:.2f} s")
        report.line(f"{title}, {workers} workers: {how}, {len(late)} moments in {whole:.1f} s",
                    f"{statistics.median(s for s, _ in late):.3f} (at most {worst:.3f})",
                    goal="0.100 s", reached=worst <= 0.1)


def run(report):
    rng = numpy.random.default_rng(SEED)
    x = rng.normal(size=(N, D))
    load_table("interrupted", x, x[:, 0] + rng.logistic(size=N) > 0)
    for name, sql in RUNS.items():
        if not has_function(name):
            report.line(f"{name}: cancel", "missing")
            continue
        for workers in (0, 1):
            moments(report, name, sql, workers)
    drop_table("interrupted")
