"""als beside an exact ALS of numpy: 50,000 users, 10,000 items, 2,000,000 pairs, 64 factors."""
import struct
from statistics import median

import numpy

from harness import REPEAT, Chunks, Session, digests, drop_table, in_turn, report_helper, say, seconds

USERS, ITEMS, EACH, FACTORS = 50_000, 10_000, 40, 64
REG, UNOBSERVED = 0.02, 0.2
FEW, MANY = 1, 4  # iterations; the difference is what iterations take


def draw_pairs(rng):
    """Distinct items for each user, the first ones most often."""
    items = numpy.empty((USERS, EACH), numpy.int64)
    for user in range(USERS):
        some = numpy.unique((ITEMS * rng.random(2 * EACH) ** 2).astype(numpy.int64))
        while len(some) < EACH:
            some = numpy.union1d(some, (ITEMS * rng.random(EACH) ** 2).astype(numpy.int64))
        items[user] = rng.permutation(some)[:EACH]
    return numpy.repeat(numpy.arange(USERS), EACH), items.ravel()


def load_pairs(table, users, items):
    """A table (u int, i bigint)."""
    say(f"table {table}: {len(users):,} pairs")
    row = numpy.dtype([("fields", ">i2"), ("ulen", ">i4"), ("u", ">i4"), ("ilen", ">i4"), ("i", ">i8")])

    def pieces():
        yield b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
        for start in range(0, len(users), 100_000):
            part = slice(start, start + 100_000)
            out = numpy.zeros(len(users[part]), row)
            out["fields"], out["ulen"], out["ilen"] = 2, 4, 8
            out["u"], out["i"] = users[part], items[part]
            yield out.tobytes()
        yield struct.pack(">h", -1)

    with Session() as session:
        session.query(f"DROP TABLE IF EXISTS {table}")
        session.query(f"CREATE TABLE {table} (u int, i bigint)")
        with session.connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT binary)", Chunks(pieces()), 1 << 20)
        session.query(f"VACUUM (ANALYZE) {table}")


def sql(iterations, table="als_pairs"):
    return (f"SELECT mediaml.als(u, i, 1, '{{\"factors\": {FACTORS}, \"reg\": {REG}, "
            f"\"unobserved_weight\": {UNOBSERVED}, \"iterations\": {iterations}}}') FROM {table}")


class Side:
    """Who has seen what, by user or by item."""

    def __init__(self, rows, n, others):
        order = numpy.argsort(rows, kind="stable")
        self.others = others[order]
        self.starts = numpy.searchsorted(rows[order], numpy.arange(n + 1))

    def solve(self, x, y):
        """x from y: one system a row, by OpenBLAS in float32."""
        gram = UNOBSERVED * (y.T @ y)
        eye = numpy.eye(FACTORS, dtype=numpy.float32)
        for r in range(len(x)):
            v = y[self.others[self.starts[r]:self.starts[r + 1]]]
            ridge = REG * (len(v) + UNOBSERVED * len(y))
            x[r] = numpy.linalg.solve(gram + v.T @ v + numpy.float32(ridge) * eye, v.sum(axis=0))


def per_iteration(session):
    """Seconds of an iteration: what more of them take more."""
    few = session.timed(sql(FEW))[0]
    many = session.timed(sql(MANY))[0]
    return (many - few) / (MANY - FEW)


def per_iteration_and_busy(session):
    """The same, and seconds on the core."""
    marks = [session.busy()]
    walls = []
    for iterations in (FEW, MANY):
        walls.append(session.timed(sql(iterations))[0])
        marks.append(session.busy())
    on_core = (marks[2] - marks[1]) - (marks[1] - marks[0])
    return (walls[1] - walls[0]) / (MANY - FEW), on_core / (MANY - FEW)


def training(report, users, items):
    sides = Side(users, USERS, items), Side(items, ITEMS, users)
    rng = numpy.random.default_rng(1)
    y = rng.normal(0, 0.1 / FACTORS ** 0.5, (ITEMS, FACTORS)).astype(numpy.float32)
    x = numpy.zeros((USERS, FACTORS), numpy.float32)

    def peer():
        def iteration():
            sides[0].solve(x, y)
            sides[1].solve(y, x)
        return seconds(iteration)

    times, busy = in_turn("als, an iteration", 1, per_iteration_and_busy, peer)
    report.pair("als, an iteration of 2,000,000 pairs, 1 thread", *times)
    report.alone("als, an iteration, on the core", busy[0], 0.85)
    report_helper(report, "als, an iteration", per_iteration)
    report.truth("als: the same bytes with 0, 1 and 2 workers", len(digests(sql(1))) == 1)


def serving(report, items, most):
    """recommend_from for 100 seen of so many items, the model warm."""
    rng = numpy.random.default_rng(2)
    say(f"a model of {items:,} items")
    every = numpy.arange(items).repeat(2)
    load_pairs("als_items", rng.integers(0, 20_000, len(every)), every)
    with Session(**{"mediaml.max_model_size": "400MB", "mediaml.max_memory": "4GB",
                    "mediaml.model_cache_size": "1GB"}) as session:
        session.query("DROP TABLE IF EXISTS als_model")
        session.query(f"CREATE TABLE als_model AS SELECT ({sql(1, 'als_items')}) AS m")
        session.query("PREPARE ask AS SELECT count(*) FROM als_model, mediaml.recommend_from(m, $1::bigint[], 10)")
        times = []
        for _ in range(20 * REPEAT + 1):
            seen = ",".join(map(str, rng.choice(items, 100, replace=False)))
            times.append(session.timed(f"EXECUTE ask('{{{seen}}}')")[0])
    times = sorted(times[1:])
    report.line(f"als: ten of {items:,} for 100 seen, with reasons, ms at the client",
                f"p50 {1000 * median(times):.2f}, p99 {1000 * times[int(0.99 * len(times))]:.2f}",
                goal=f"p50 {most} ms", reached=1000 * median(times) <= most)
    drop_table("als_items")
    drop_table("als_model")


def run(report):
    users, items = draw_pairs(numpy.random.default_rng(20240229))
    load_pairs("als_pairs", users, items)
    training(report, users, items)
    serving(report, 50_000, 0.7)
    serving(report, 1_000_000, 20)
    drop_table("als_pairs")
    report.note("implicit is neither in Debian nor in npm, so als stands beside numpy; on another day, on a like machine and "
                "the same shape, implicit 0.7 took 1.99 s an iteration with Cholesky, 0.84 s with conjugate gradients, which "
                "are approximate")
