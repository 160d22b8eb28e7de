"""
recommend(): times of calls as an application sees them, by pgbench.

50,000 items, 64 factors, histories of 100 read by their index in each call, and
the user's vector solved from them. The users called for are drawn at random.
One connection warm, by the clock of the client and by the processor time of the
backend; a list of 1,000 candidates; 20,000 candidates from a
subquery; and 50 connections while the model is trained anew, each of which has
to read the new one once. Then the memory that a backend takes for a model.
"""
import glob
import os
import subprocess
import tempfile
import threading

import numpy

from harness import REPEAT, Session, say, spread

USERS, ITEMS, SEEN = 20_000, 50_000, 100
CALLS = 10_000
STATEMENTS = {
    "plain": "SELECT * FROM mediaml.recommend(:user, 10);",
    "popular": "SELECT * FROM mediaml.recommend(:user, 10, personalised => false);",
    "candidates": "SELECT * FROM mediaml.recommend(:user, 10, '{%s}'::bigint[]);" %
                  ",".join(str(i) for i in range(50, ITEMS + 1, ITEMS // 1000)),
    "licensed": "SELECT * FROM mediaml.recommend(:user, 10, ARRAY(SELECT item_id FROM licensed));",
}


def load():
    say(f"events of {USERS:,} users with {SEEN} of {ITEMS:,} items")
    with Session() as session:
        session.query("SELECT setseed(0.5)")
        session.query("DROP TABLE IF EXISTS events, licensed")
        # items of a low number are popular: half of the events go to a quarter
        session.query(f"""CREATE TABLE events AS
            SELECT u AS user_id, ({ITEMS - 1} * random() ^ 2)::int + 1 AS item_id
            FROM generate_series(1, {USERS}) AS u, generate_series(1, {SEEN})""")
        session.query("CREATE INDEX ON events (user_id)")
        session.query(f"CREATE TABLE licensed AS SELECT i::bigint AS item_id FROM generate_series(1, {ITEMS}) AS i WHERE i % 5 < 2")
        session.query("VACUUM (ANALYZE) events, licensed")
        session.query("TRUNCATE mediaml.recommenders, mediaml.models, mediaml.model_data, mediaml.metrics, mediaml.deployments, mediaml.drift_checks")
        session.query("""SELECT mediaml.create_recommender('films', 'events', 'user_id', 'item_id',
            method => 'als', options => '{"factors": 64, "iterations": 2}')""")


def pgbench(statement, calls, clients=1, meanwhile=None):
    """Milliseconds of each call; meanwhile runs beside, if given."""
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "script")
        with open(script, "w") as file:
            file.write(f"\\set user random(1, {USERS})\n{STATEMENTS[statement]}\n")
        command = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-t", str(calls), "-f", script,
                   "-l", "--log-prefix", os.path.join(folder, "log")]
        beside = threading.Thread(target=meanwhile) if meanwhile else None
        if beside:
            beside.start()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        if beside:
            beside.join()
        lines = [line.split() for path in glob.glob(os.path.join(folder, "log*")) for line in open(path)]
    # the first calls of a connection plan the queries and read the model
    return numpy.array([int(line[2]) / 1000 for line in lines if int(line[1]) >= min(20, calls // 10)])


def percentiles(report, title, times, p50=None, p99=None):
    low, high = numpy.percentile(times, [50, 99])
    goal = ", ".join(f"{name} {most} ms" for name, most in (("p50", p50), ("p99", p99)) if most)
    report.line(title, f"p50 {low:.3f} ms, p99 {high:.3f} ms", goal=goal,
                reached=None if not goal else low <= (p50 or low) and high <= (p99 or high))


def busy(report, title, arguments, calls=2000):
    """Processor time of a call within the server, whoever else wants the processor."""
    with Session() as session:
        def loop(count):
            session.query(f"""DO $$ BEGIN FOR i IN 1 .. {count} LOOP
                PERFORM * FROM mediaml.recommend(i * 7919 % {USERS} + 1, 10{arguments}); END LOOP; END $$""")

        loop(20)
        times = []
        for _ in range(REPEAT):
            before = session.busy()
            loop(calls // REPEAT)
            times.append((session.busy() - before) / (calls // REPEAT) * 1000)
    report.line(f"{title}: processor", f"{spread(times)} ms")


def memory(report):
    """What a backend takes more after its first call than before."""
    with Session() as session:
        def context_bytes():
            return session.query("SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts")

        before = context_bytes()
        session.query("SELECT count(*) FROM mediaml.recommend(1, 10)")
        after = context_bytes()
        model = session.query("SELECT length(model) FROM mediaml.model_data")
    report.line("memory a backend, beside the model's own size", f"{(after - before) / 1e6:.1f} MB",
                f"{model / 1e6:.1f} MB")


def refresh():
    with Session() as session:
        session.query("SELECT mediaml.refresh_recommender('films')")


def run(report):
    load()
    percentiles(report, "recommend, 50,000 items, 64 factors, 100 seen", pgbench("plain", CALLS), 0.7, 2)
    busy(report, "the same", "")
    percentiles(report, "the same, not personalised", pgbench("popular", CALLS))
    percentiles(report, "among 1,000 candidates", pgbench("candidates", CALLS), 0.5)
    busy(report, "the same", ", (SELECT array_agg(g * 50::bigint) FROM generate_series(1, 1000) AS g)")
    percentiles(report, "among 20,000 of a subquery", pgbench("licensed", CALLS // 10))
    percentiles(report, "the same, 50 connections, model trained anew meanwhile",
                pgbench("licensed", CALLS // 50, clients=50, meanwhile=refresh))
    memory(report)
    with Session() as session:
        session.query("SELECT mediaml.drop_recommender('films')")
        session.query("DROP TABLE events, licensed")
