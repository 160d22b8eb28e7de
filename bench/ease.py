"""
ease beside what it cannot do without: dpotrf and dpotri of a matrix of the same
size, by scipy's OpenBLAS on one thread. 5,000 items, 1,000,000 pairs.
"""
import statistics
import time

import numpy
from scipy.linalg import lapack

from als import load_pairs
from cancel import ended
from harness import REPEAT, Session, digests, drop_table, in_turn, seconds

USERS, ITEMS, EACH = 20_000, 5_000, 50
SQL = "SELECT mediaml.ease(u, i, 1) FROM ease_pairs"


def draw_pairs(rng):
    """Items for each user, the first ones most often; each once."""
    users = numpy.arange(USERS).repeat(EACH)
    items = (ITEMS * rng.random(len(users)) ** 2).astype(numpy.int64)
    items[:ITEMS] = numpy.arange(ITEMS)  # every item has somebody
    pairs = numpy.unique(users * ITEMS + items)
    return pairs // ITEMS, pairs % ITEMS


def invert(matrix):
    factor, wrong = lapack.dpotrf(matrix, lower=0, overwrite_a=True)
    inverse, wrong_too = lapack.dpotri(factor, lower=0, overwrite_c=True)
    assert wrong == 0 and wrong_too == 0
    return inverse


def interrupt(report, whole):
    """How late statement_timeout is answered, at moments all over the run."""
    late = []
    with Session() as session:
        session.query("SELECT mediaml.build_info()")
        for i in range(4 * REPEAT):
            limit = whole * (i + 1) / (4 * REPEAT + 2)
            session.set("statement_timeout", f"{limit * 1000:.0f}ms")
            start = time.perf_counter()
            end = ended(session, f"SELECT length(m) FROM ({SQL}) AS t (m)")
            session.set("statement_timeout", 0)
            if end is not None:
                late.append(end[0] - start - limit)
    report.line(f"ease: a timeout is answered within, of {len(late)}", f"{max(late):.3f}", goal="0.1 s",
                reached=max(late) <= 0.1)


def run(report):
    rng = numpy.random.default_rng(3)
    users, items = draw_pairs(rng)
    load_pairs("ease_pairs", users, items)
    x = rng.random((ITEMS, ITEMS))
    definite = numpy.asfortranarray(x + x.T + ITEMS * numpy.eye(ITEMS))
    del x

    def ours(session):
        before = session.busy()
        wall, _ = session.timed(f"SELECT length(m) FROM ({SQL}) AS t (m)")
        return wall, session.busy() - before

    def peer():
        matrix = definite.copy(order="F")
        return seconds(lambda: invert(matrix))

    times, answers = in_turn("ease", 1, ours, peer)
    report.pair(f"ease, {ITEMS:,} items, {len(users):,} pairs, beside dpotrf and dpotri alone", *times, 1.3)
    report.alone("the same, on the core", answers[0])
    report.truth("ease: the same bytes with 0, 1 and 2 workers", len(digests(SQL)) == 1)
    interrupt(report, statistics.median(times[0]))
    drop_table("ease_pairs")
