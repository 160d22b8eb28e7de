"""
recommend_all(): a nightly table of ten items for each of 100,000 users from
20,000 items by 64 factors, beside the product of the factors alone, float32 by
numpy's OpenBLAS on one thread.
"""
import os

import numpy

from harness import Session, in_turn, seconds

USERS = int(os.environ.get("MML_USERS", 100_000))
ITEMS, SEEN, FACTORS, BLOCK = 20_000, 40, 64, 256


def load():
    with Session() as session:
        session.query("SELECT setseed(0.5)")
        session.query("DROP TABLE IF EXISTS events")
        session.query(f"""CREATE TABLE events AS
            SELECT u::bigint AS user_id, ({ITEMS - 1} * random() ^ 2)::bigint + 1 AS item_id
            FROM generate_series(1, {USERS}) AS u, generate_series(1, {SEEN})""")
        session.query("CREATE INDEX ON events (user_id)")
        session.query("VACUUM (ANALYZE) events")
        session.query("TRUNCATE mediaml.recommenders, mediaml.models, mediaml.model_data, mediaml.metrics, mediaml.deployments, mediaml.drift_checks")
        session.query(f"""SELECT mediaml.create_recommender('films', 'events', 'user_id', 'item_id',
            method => 'als', options => '{{"factors": {FACTORS}, "iterations": 2}}')""")


def run(report):
    load()
    rng = numpy.random.default_rng(4)
    users = rng.normal(size=(USERS, FACTORS)).astype(numpy.float32)
    items = rng.normal(size=(ITEMS, FACTORS)).astype(numpy.float32).T
    products = numpy.empty((BLOCK, ITEMS), numpy.float32)

    def ours(session):
        before = session.busy()
        time, rows = session.timed("SELECT count(*) FROM mediaml.recommend_all('films', 10)")
        assert rows == 10 * USERS
        return time, session.busy() - before

    def peer():
        def multiply():
            for first in range(0, USERS, BLOCK):
                part = users[first:first + BLOCK]
                numpy.matmul(part, items, out=products[:len(part)])
        return seconds(multiply)

    times, answers = in_turn("recommend_all", 1, ours, peer)
    report.pair(f"recommend_all, {USERS:,} users, {ITEMS:,} items: all of it, beside the product alone", *times, 1.4)
    report.alone("the same, on the core", answers[0])
    with Session() as session:
        session.query("SELECT mediaml.drop_recommender('films')")
        session.query("DROP TABLE events")
