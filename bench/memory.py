"""
The memory of a training backend: its peak, and what mediaml.max_memory makes of it.

The peak is VmHWM less VmRSS of the backend. Before, it has read the whole table
and trained a small model, so that the server's cache, which counts as the
backend's as soon as it touches it, and libraries are in VmRSS; then VmHWM is set
back by writing 5 to clear_refs. Shared memory with rows for workers is counted.
Just-in-time compilation, which takes 60 MB of its own, is off.
"""
import json

import numpy
import psycopg2

from harness import REPEAT, Session, drop_table, has_function, load_table, say

N, D = 1_000_000, 16
MB = 1 << 20
SEED = 20240302
SMALL = "(SELECT * FROM memory LIMIT 2000) s"
WORK_MEM = 4 * MB  # of the sort that brings groups together
TOGETHER = {"enable_sort": "off", "hash_mem_multiplier": 1000}  # all groups at once, by hashing

OPTIONS = json.dumps({"tol": 0, "max_iter": 20, "seed": 1})
LOGISTIC = "mediaml.logistic_regression(y, x)"


def kmeans(k):
    return f"mediaml.kmeans(x, {k}, '{OPTIONS}')"


def status(pid, field):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))


def settle(session):
    """Have the backend touch everything but its training state; what it holds then."""
    session.query("SELECT sum(x[1]) FROM memory")
    session.query(f"SELECT {kmeans(2)} FROM {SMALL}")
    try:
        with open(f"/proc/{session.pid}/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass  # then VmHWM is what it was at most so far, which is near
    return status(session.pid, "VmRSS")


def peak(sql, workers=0, **settings):
    """Bytes that a statement takes at most, its seconds and its answer."""
    with Session(workers, jit="off", work_mem=f"{WORK_MEM // MB}MB", **settings) as session:
        before = settle(session)
        time_, answer = session.timed(sql)
        return max(0, status(session.pid, "VmHWM") - before), time_, answer


def megabytes(measure, report, bytes_, most):
    report.line(measure, f"{bytes_ / MB:.1f} MB", goal=f"{most / MB:.1f} MB", reached=bytes_ <= most)


def one_model(report, title, call, packed):
    """Peak with and without a worker; then with a quarter of the memory."""
    sql = f"SELECT {call} FROM memory"
    for workers in (0, 1):
        megabytes(f"{title}: peak, {workers} workers", report, peak(sql, workers)[0], packed * 1.1)

    quarter = {"mediaml.max_memory": f"{packed // 4 // 1024}kB"}
    times, same, peaks = ([], []), True, []
    for i in range(REPEAT):
        _, ample, model = peak(sql)
        most, scarce, spilled = peak(sql, **quarter)
        times[0].append(scarce)
        times[1].append(ample)
        peaks.append(most)
        same &= bytes(model) == bytes(spilled)
        say(f"{title}, a quarter of the memory {i + 1}/{REPEAT}: {scarce:.3f} s, all of it {ample:.3f} s")
    megabytes(f"{title}: peak, max_memory a quarter", report, max(peaks), packed / 4 * 1.1)
    report.truth(f"{title}: same bytes from the temporary file", same)
    # here the peer is ourselves
    report.pair(f"{title}: max_memory a quarter, beside enough", *times, 2)


def groups(report, title, call, limit):
    """
    A model of each of 1,000 groups: one after the other, as the planner has it,
    and all at once, where a limit too small for that must be told.
    """
    sql = f"SELECT count(m) FROM (SELECT {call} AS m FROM memory GROUP BY g) s"
    most, _, count = peak(sql, **{"mediaml.max_memory": f"{limit // 1024}kB"})
    megabytes(f"{title}: peak, GROUP BY of {count} groups, max_memory a quarter", report, most,
              limit * 1.1 + WORK_MEM)
    for times in 1, 16:
        measure = f"{title}: peak, {count} groups at once, max_memory {limit * times / MB:.0f} MB"
        try:
            most, _, _ = peak(sql, **{"mediaml.max_memory": f"{limit * times // 1024}kB"}, **TOGETHER)
            megabytes(measure, report, most, limit * times * 1.1 + WORK_MEM)
        except psycopg2.errors.ProgramLimitExceeded as error:
            report.line(measure, "refused")
            report.note(f"{measure}: {error.diag.message_primary}")


def run(report):
    rng = numpy.random.default_rng(SEED)
    x = rng.normal(size=(N, D))
    load_table("memory", x, x[:, 0] + rng.logistic(size=N) > 0)
    with Session() as session:
        # groups of rows that lie apart
        session.query("CREATE TABLE grouped AS SELECT row_number() OVER () % 1000 AS g, y, x FROM memory")
        session.query("DROP TABLE memory")
        session.query("ALTER TABLE grouped RENAME TO memory")
        session.query("VACUUM (ANALYZE) memory")
    learners = [("k-means", kmeans(16), kmeans(4), N * D * 4)]
    if has_function("logistic_regression"):
        learners.append(("logistic", LOGISTIC, LOGISTIC, N * D * 8 + N * 4))
    else:
        report.line("logistic regression: memory", "missing")
    for title, call, group_call, packed in learners:
        one_model(report, title, call, packed)
        groups(report, title, group_call, packed // 4)
    drop_table("memory")
