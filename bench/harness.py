"""What the measures share: sessions, tables of numbers, pairs of runs, the report.

    python3 harness.py [clean|nn|kmeans|logistic|als|ease|recommend|recommend_all|memory|cancel]...

A module of that name has run(bench), and hands each figure to bench.report.
"""
import hashlib
import importlib
import os
import re
import statistics
import struct
import sys
import time

import numpy
import pandas
import psycopg2
import sklearn
import sklearn.cluster  # loads the libraries that are asked for their threads
import threadpoolctl

MODULES = ("clean", "nn", "kmeans", "logistic", "als", "ease", "recommend", "recommend_all", "memory", "cancel")
REPEAT = max(5, int(os.environ.get("MML_REPEAT", 5)))
FLOAT8 = 701  # its oid


def say(text):
    """Progress, with the seconds since the start."""
    print(f"{time.perf_counter() - START:6.0f} s  {text}", file=sys.stderr, flush=True)


START = time.perf_counter()


# ------------------------------------------------------------------ sessions

class Session:
    """A backend, with settings of its own, on one core if one is given."""

    def __init__(self, workers=0, core=None, **settings):
        self.connection = psycopg2.connect("")
        self.connection.autocommit = True
        self.pid = self.connection.get_backend_pid()
        if core is not None:
            os.sched_setaffinity(self.pid, {core})
        self.set("max_parallel_maintenance_workers", workers)
        self.set("max_parallel_workers_per_gather", 0)
        for name, value in settings.items():
            self.set(name, value)

    def set(self, name, value):
        self.query("SELECT set_config(%s, %s, false)", (name, str(value)))

    def query(self, sql, arguments=None):
        """The first column of the first row, or None."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, arguments)
            rows = cursor.fetchall() if cursor.description else ()
        return rows[0][0] if rows else None

    def rows(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def timed(self, sql):
        """Seconds until the client has the answer, and the answer."""
        start = time.perf_counter()
        answer = self.query(sql)
        return time.perf_counter() - start, answer

    def busy(self):
        """Seconds that the backend has had a processor so far, whoever else wanted one."""
        with open(f"/proc/{self.pid}/schedstat") as file:
            return int(file.read().split()[0]) / 1e9

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def has_function(name):
    with Session() as session:
        return session.query("SELECT count(*) FROM pg_proc WHERE proname = %s AND "
                             "pronamespace = 'mediaml'::regnamespace", (name,)) > 0


# -------------------------------------------------------------------- tables

class Chunks:
    """Pieces of bytes as a file, for COPY."""

    def __init__(self, pieces):
        self.pieces = pieces
        self.rest = b""

    def read(self, size):
        while len(self.rest) < size:
            piece = next(self.pieces, None)
            if piece is None:
                break
            self.rest += piece
        out, self.rest = self.rest[:size], self.rest[size:]
        return out


def binary_rows(x, y):
    """Rows (y boolean where given, x float8[]) in COPY's binary format."""
    n, d = x.shape
    target = [("ylen", ">i4"), ("y", "u1")] if y is not None else []
    row = numpy.dtype([("fields", ">i2")] + target +
                      [("xlen", ">i4"), ("ndim", ">i4"), ("flags", ">i4"), ("type", ">u4"),
                       ("dim", ">i4"), ("low", ">i4"), ("e", [("len", ">i4"), ("v", ">f8")], (d,))])
    yield b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
    for start in range(0, n, 20000):
        part = slice(start, min(n, start + 20000))
        out = numpy.zeros(part.stop - part.start, row)
        out["fields"] = 1 + (y is not None)
        if y is not None:
            out["ylen"], out["y"] = 1, y[part]
        out["xlen"], out["ndim"], out["type"] = 20 + 12 * d, 1, FLOAT8
        out["dim"], out["low"] = d, 1
        out["e"]["len"], out["e"]["v"] = 8, x[part]
        yield out.tobytes()
    yield struct.pack(">h", -1)


def load_table(name, x, y=None):
    """Make a table of features x, and the target y where given; warm."""
    say(f"table {name}: {x.shape[0]:,} rows of {x.shape[1]} features")
    with Session() as session:
        session.query(f"DROP TABLE IF EXISTS {name}")
        session.query(f"CREATE TABLE {name} ({'y boolean, ' if y is not None else ''}x float8[])")
        with session.connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {name} FROM STDIN (FORMAT binary)",
                               Chunks(binary_rows(x, y)), 1 << 20)
        session.query(f"VACUUM (ANALYZE) {name}")
        session.query("CHECKPOINT")
        session.query(f"SELECT count(*) FROM {name}")


def drop_table(name):
    with Session() as session:
        session.query(f"DROP TABLE {name}")


# --------------------------------------------------------------------- pairs

def quietest_core():
    """Of the cores that we may use, the one with the least to do just now."""

    def idle():
        with open("/proc/stat") as file:
            fields = [line.split() for line in file if re.match(r"cpu\d", line)]
        return {int(f[0][3:]): int(f[4]) for f in fields}

    before = idle()
    time.sleep(0.3)
    after = idle()
    return max(ALLOWED, key=lambda core: after[core] - before[core])


ALLOWED = os.sched_getaffinity(0)


class Peer:
    """Run the peer with so many threads: on one core where it is one."""

    def __init__(self, threads, core):
        self.limits = threadpoolctl.threadpool_limits(limits=threads)
        os.sched_setaffinity(0, {core} if threads == 1 else ALLOWED)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.limits.restore_original_limits()
        os.sched_setaffinity(0, ALLOWED)


def seconds(function):
    start = time.perf_counter()
    answer = function()
    return time.perf_counter() - start, answer


def in_turn(title, threads, ours, peer):
    """
    Repeat: ours(session), then peer(), in the same minute on the same core, or,
    with 2 threads and 1 worker, on all. Both give seconds and an answer; returns
    a pair of lists of seconds, and a pair of lists of answers.
    """
    times, answers = ([], []), ([], [])
    for i in range(REPEAT):
        core = quietest_core()
        with Session(threads - 1, core if threads == 1 else None) as session:
            # what the first call of a session costs is not what is compared
            session.query("SELECT mediaml.build_info()")
            results = [ours(session)]
        with Peer(threads, core):
            results.append(peer())
        for side, (time_, answer) in enumerate(results):
            times[side].append(time_)
            answers[side].append(answer)
        say(f"{title} {i + 1}/{REPEAT}: {results[0][0]:.3f} s, peer {results[1][0]:.3f} s")
    return times, answers


def digests(sql):
    """The digests of a model made with 0, 1 and 2 workers."""
    found = set()
    for workers in (0, 1, 2):
        with Session(workers) as session:
            found.add(hashlib.sha256(session.query(sql)).hexdigest())
    return found


def report_helper(report, title, compute):
    """compute(session) in turn without a worker and with one."""
    times = ([], [])
    for i in range(2 * REPEAT):
        for workers in (0, 1):
            with Session(workers) as session:
                times[workers].append(compute(session))
        say(f"{title}, helper {i + 1}/{2 * REPEAT}: {times[0][-1]:.3f} alone, {times[1][-1]:.3f} with one worker")
    faster = statistics.median(a / b for a, b in zip(*times))
    report.alone(f"{title}, no worker", times[0])
    report.alone(f"{title}, 1 worker", times[1])
    report.line(f"{title}: one worker makes it faster", f"{faster:.2f} times", goal="1.7 times",
                reached=faster >= 1.7)


# -------------------------------------------------------------------- report

def spread(values, form=".3f"):
    """Median and extremes."""
    return "{:{f}} ({:{f}} to {:{f}})".format(statistics.median(values), min(values), max(values), f=form)


class Report:
    """The table, filled by the modules."""

    def __init__(self):
        self.lines = []
        self.notes = []

    def pair(self, measure, ours, peer, most=None):
        """Ours beside the peer's; to reach: at most so many times its time."""
        ratio = statistics.median(a / b for a, b in zip(ours, peer))
        self.line(measure, spread(ours), spread(peer), f"{ratio:.3f}",
                  "" if most is None else f"ratio {most:.3f}", None if most is None else ratio <= most)

    def alone(self, measure, ours, most=None):
        self.line(measure, spread(ours), "", "", "" if most is None else f"{most} s",
                  None if most is None else statistics.median(ours) <= most)

    def truth(self, measure, holds, goal="yes"):
        self.line(measure, "yes" if holds else "no", "", "", goal, holds)

    def line(self, measure, ours="", peer="", ratio="", goal="", reached=None):
        mark = "" if reached is None else "yes" if reached else "NO"
        self.lines.append((measure, ours, peer, ratio, goal, mark))
        say("   ".join(f for f in self.lines[-1] if f))

    def note(self, text):
        self.notes.append(text)
        say(text)

    def show(self):
        heads = ("measure", "mediaml seconds", "peer seconds", "ratio", "to reach", "reached")
        table = [heads, *self.lines]
        widths = [max(len(row[i]) for row in table) for i in range(len(heads))]
        table.insert(1, tuple("-" * w for w in widths))
        for row in table:
            print("| " + " | ".join(f.ljust(w) for f, w in zip(row, widths)) + " |")
        print()
        for note in self.notes:
            print(f"- {note}")


def first_match(path, pattern, otherwise="unknown"):
    with open(path) as file:
        found = re.search(pattern, file.read(), re.M)
    return found.group(1) if found else otherwise


def show_facts():
    """Machine, versions, kernels and threads of both sides."""
    with Session() as session:
        server = session.query("SHOW server_version")
        built = session.rows("SELECT version, openblas, openblas_kernel, openblas_threads, kernels "
                             "FROM mediaml.build_info()")[0]
    peers = "; ".join("{0[internal_api]} {1} kernel {2}, threads {0[num_threads]}, {3}".format(
        info, info.get("version") or "", info.get("architecture", "-"), info.get("threading_layer", "-"))
        for info in threadpoolctl.threadpool_info())
    memory = int(first_match("/proc/meminfo", r"^MemTotal: +(\d+)", "0")) // 1024
    print(f"""
- when, what: {time.strftime('%Y-%m-%d %H:%M %Z')}, commit {os.environ.get('MML_COMMIT') or 'not told (MML_COMMIT)'}
- machine: {first_match('/proc/cpuinfo', r'^model name.*: (.*)')}, family {first_match('/proc/cpuinfo', r'^cpu family.*: (.*)')} \
model {first_match('/proc/cpuinfo', r'^model.*: ([0-9]+)')}, {len(ALLOWED)} cores, {memory} MB, load average at the start {os.getloadavg()[0]:.1f}
- mediaml {built[0]} in PostgreSQL {server}: OpenBLAS {built[1]} kernel {built[2]}, threads: {built[3]}; own kernels {built[4]}
- peer: scikit-learn {sklearn.__version__}, numpy {numpy.__version__}, pandas {pandas.__version__}, psycopg2 {psycopg2.__version__.split()[0]}, \
Python {sys.version.split()[0]}: {peers}
- OPENBLAS_CORETYPE: {os.environ.get('OPENBLAS_CORETYPE') or 'not set'}
- {REPEAT} repetitions in turn; medians, (least to greatest); ratio: median of the ratios of the pairs
""")


def main(names):
    report = Report()
    show_facts()
    try:
        for name in names or MODULES:
            importlib.import_module(name).run(report)
    finally:
        report.note(f"load average at the end {os.getloadavg()[0]:.1f}")
        report.show()


if __name__ == "__main__":
    sys.modules["harness"] = sys.modules["__main__"]  # the modules import this one
    main(sys.argv[1:])
