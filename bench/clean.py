"""Cleaning beside pandas and scikit-learn: 1,000,000 rows of 10 columns."""
import io
import json

import numpy
import pandas
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from harness import Session, drop_table, has_function, in_turn, report_helper, say, seconds, spread

N = 1_000_000
NUMBERS = ["watched", "minutes", "price", "rating", "score"]
QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]

# one number and one text in twenty are missing
VIEWS = """
SELECT (random() ^ 3 * 1000)::int AS watched, i % 2000 + (i % 7)::bigint AS minutes, exp(random() * 5) AS price,
    CASE WHEN random() > 0.05 THEN round((random() * 10)::numeric, 1)::float8 END AS rating,
    random() - random() AS score,
    CASE WHEN random() > 0.05 THEN 'genre ' || floor(random() ^ 2 * 20) END AS genre,
    'director ' || floor(random() ^ 2 * 1000) AS director, 'title ' || floor(random() ^ 2 * 100000) AS title,
    date '1980-01-01' + (random() * 15000)::int AS released, random() < 0.3 AS finished
FROM generate_series(1, {n}) i"""
GENRES = """
SELECT 'genre ' || floor(random() ^ 2 * 20) AS a, 'country ' || floor(random() ^ 2 * 20) AS b,
    'language ' || floor(random() ^ 2 * 20) AS c
FROM generate_series(1, {n}) i"""


def make_table(name, query):
    say(f"table {name}: {N:,} rows")
    with Session() as session:
        session.query(f"DROP TABLE IF EXISTS {name}")
        session.query("SELECT setseed(0.3)")
        session.query(f"CREATE TABLE {name} AS {query.format(n=N)}")
        session.query(f"VACUUM (ANALYZE) {name}")
        session.query("CHECKPOINT")
        session.query(f"SELECT count(*) FROM {name}")


def read_frame(table):
    """The path out: COPY to a frame."""
    out = io.BytesIO()
    with Session() as session, session.connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} TO STDOUT (FORMAT csv, HEADER)", out)
    out.seek(0)
    frame = pandas.read_csv(out, parse_dates=["released"] if table == "clean_views" else [])
    if "finished" in frame:
        frame["finished"] = (frame["finished"] == "t").astype("int8")  # SimpleImputer takes no booleans
    return frame


def describe(frame):
    """What profile tells, as far as pandas has a word for it."""
    numbers = frame[NUMBERS]
    return (frame.describe(include="all", percentiles=QUANTILES, datetime_is_numeric=True),
            frame.isna().sum(), frame.nunique(), numbers.skew(), (numbers == 0).sum(), (numbers < 0).sum(),
            [frame[name].value_counts().head() for name in frame])


def fit(frame):
    """What preprocessor learns by default, but for texts of many values: codes instead of their frequency."""
    frame = frame.assign(days=(frame["released"] - pandas.Timestamp(2000, 1, 1)).dt.days,
                         month=frame["released"].dt.month, weekday=frame["released"].dt.weekday)
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return (scaled.fit(frame[NUMBERS + ["days", "month", "weekday"]]), OneHotEncoder().fit(frame[["genre"]]),
            codes.fit(frame[["director", "title"]]), SimpleImputer(strategy="most_frequent").fit(frame[["finished"]]))


def encode(frame):
    return OneHotEncoder(sparse_output=False).fit(frame[:10000]).transform(frame)


def compare(report, title, goal, sql, table, work):
    """Beside the work in a frame that is there, and beside the same with the path out."""

    def peer():
        read, frame = seconds(lambda: read_frame(table))
        time_, _ = seconds(lambda: work(frame))
        return time_, read

    def ours(session):
        before = session.busy()
        time_, _ = session.timed(sql)
        return time_, session.busy() - before

    times, (busy, reads) = in_turn(title, 1, ours, peer)
    report.pair(f"{title}, no worker: in a frame that is there", *times)
    report.pair(f"{title}, no worker: whole path", times[0], [t + read for t, read in zip(times[1], reads)])
    report.alone(f"{title}, no worker: seconds", times[0], goal)
    report.note(f"{title}: the backend had a processor for {spread(busy)} of them")
    return times[0]


def helper(report, title, sql):
    """The whole statement, the scan too: it is what PostgreSQL shares between processes."""

    def compute(session):
        session.set("max_parallel_workers_per_gather",
                    session.query("SELECT current_setting('max_parallel_maintenance_workers')"))
        session.query("SELECT mediaml.build_info()")
        return session.timed(sql)[0]

    report_helper(report, f"{title} again", compute)


def transforms(report):
    """Microseconds a row, the scan and count() included."""
    make_table("clean_genres", GENRES)
    with Session() as session:
        session.query("DROP TABLE IF EXISTS clean_model")
        session.query("CREATE TABLE clean_model AS SELECT mediaml.preprocessor(t) AS p FROM clean_genres t")
    times = compare(report, "transform of 3 one-hot columns of 20", N / 1e6 * 1.0,
                    "SELECT count(mediaml.transform((SELECT p FROM clean_model), t)) FROM clean_genres t",
                    "clean_genres", encode)
    with Session() as session:
        scan = min(session.timed("SELECT count(t) FROM clean_genres t")[0] for _ in times)
        width = session.query("SELECT cardinality(mediaml.feature_names(p)) FROM clean_model")
    report.note(f"transform: {numpy.median(times) / N * 1e6:.2f} microseconds a row of {width} features, "
                f"of which {scan / N * 1e6:.2f} are the scan and count()")
    drop_table("clean_model")
    drop_table("clean_genres")


def run(report):
    if not has_function("preprocessor"):
        report.line("clean", "missing")
        return
    make_table("clean_views", VIEWS)
    options = json.dumps({"features": [*NUMBERS, "genre", "director", "title", "released", "finished"]})
    measures = (("profile", 1.5, "SELECT count(*) FROM mediaml.profile('clean_views')", describe),
                ("preprocessor", 1.0, f"SELECT mediaml.preprocessor(t, '{options}') FROM clean_views t", fit))
    for title, goal, sql, work in measures:
        compare(report, title, goal, sql, "clean_views", work)
        helper(report, title, sql)
    drop_table("clean_views")
    transforms(report)
    report.note("MADlib 2.1 is not measured here; the goals stand beside 13.1 s of its summary, 6.1 s of its encoding")
