"""
How soon a run of ten million rows ends, when it is cancelled or times out: when
the error arrives, and when the session has cleaned up and is ready again.

The rows are a table of a million read ten times over. Moments are spread over
the whole run, one at random in each of as many equal parts; half of them are
cancelled by another session, half run into statement_timeout.
"""
import json
import random
import select
import threading
import time

import numpy
import psycopg2
from psycopg2 import extensions

from harness import Session, drop_table, has_function, load_table, say, spread

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
    """
    When a statement came to an end by force: when the error arrived, and when the
    session was ready for the next statement. None: it was not interrupted.
    """
    news = []

    def wait(connection):
        while (state := connection.poll()) != extensions.POLL_OK:
            reads = [connection.fileno()] if state == extensions.POLL_READ else []
            writes = [connection.fileno()] if state == extensions.POLL_WRITE else []
            select.select(reads, writes, [])
            if reads and connection is session.connection:
                news.append(time.perf_counter())

    extensions.set_wait_callback(wait)
    try:
        session.query(sql)
    except psycopg2.errors.QueryCanceled:
        return news[0], time.perf_counter()
    finally:
        extensions.set_wait_callback(None)
    return None


def cancel_after(sql, workers, delay):
    """Seconds from the cancel of another session to both; None: it was too late."""
    sent = []
    with start(workers) as session, Session() as other:
        def cancel():
            time.sleep(delay)
            sent.append(time.perf_counter())
            other.query("SELECT pg_cancel_backend(%s)", (session.pid,))

        thread = threading.Thread(target=cancel)
        thread.start()
        ends = ended(session, sql)
        thread.join()
    return ends and [end - sent[0] for end in ends]


def time_out_after(sql, workers, delay):
    """Seconds from statement_timeout to both; None: it was too late."""
    with start(workers) as session:
        session.set("statement_timeout", round(delay * 1000))
        begin = time.perf_counter()
        ends = ended(session, sql)
    return ends and [end - begin - round(delay * 1000) / 1000 for end in ends]


def moments(report, title, sql, workers):
    """Interrupt a run at moments spread over all of it."""
    whole = []
    for _ in range(2):
        with start(workers) as session:
            whole.append(session.timed(sql)[0])
    whole = min(whole)
    rng = random.Random(SEED + workers)
    for how, interrupt in ("cancel", cancel_after), ("statement_timeout", time_out_after):
        error, ready = [], []
        while len(error) < MOMENTS:
            delay = max(0.01, (len(error) + rng.random()) / MOMENTS * whole)
            ends = interrupt(sql, workers, delay)
            if ends is None:
                whole = min(whole, delay)  # it was over by then
                continue
            error.append(ends[0])
            ready.append(ends[1])
            say(f"{title}, {workers} workers: {how} at {delay:.2f} s: error after {ends[0] * 1000:.0f} ms, "
                f"ready after {ends[1] * 1000:.0f} ms")
        measure = f"{title}, {workers} workers: {how}, {MOMENTS} moments in {whole:.1f} s"
        for what, times in ("error", error), ("ready again", ready):
            report.line(f"{measure}: {what}", spread(times), goal="at most 0.100 s", reached=max(times) <= 0.1)


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
