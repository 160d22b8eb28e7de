"""mediaml from Python: psycopg2 finds the server by PGHOST, PGPORT, PGUSER, PGDATABASE."""
import sys
import uuid

import psycopg2
import psycopg2.extras

name = sys.argv[1]
viewer = 7
listener = uuid.UUID("8f14e45f-ceea-167a-5a36-dedd4bea2543")
psycopg2.extras.register_uuid()                    # or str(listener), which does as well

connection = psycopg2.connect("")
with connection, connection.cursor() as cursor:    # one transaction: others see the model at its end
    cursor.execute("""SELECT DISTINCT version, deployed
        FROM mediaml.train(%s, 'logistic_regression', %s, target => %s, id => 'id')""",
                   (name, "SELECT id, hours, plan, left_us FROM viewers", "left_us"))
    version, deployed = cursor.fetchone()
    print("train:", version, "deployed" if deployed else "not deployed")

with connection, connection.cursor() as cursor:
    cursor.execute("""SELECT mediaml.predict_proba_row(%s, v)
        FROM (SELECT %s::float8 AS hours, %s::text AS plan) AS v""", (name, 21.5, "family"))
    print("row:", format(cursor.fetchone()[0], ".4f"))

    cursor.execute("""SELECT e.feature, e.value
        FROM viewers AS v, mediaml.explain(%s, v, %s) AS e WHERE v.id = 5""", (name, 1))
    print("reason:", *cursor.fetchone())

    # psycopg2 writes parameters into the statement; a list becomes ARRAY[...].
    cursor.execute("SELECT mediaml.predict_label(%s, %s)", ("plain", [21.5, 1]))
    print("array:", cursor.fetchone()[0])

    # To be prepared once and run often: PREPARE, whose parameters find their types.
    cursor.execute("PREPARE classes AS SELECT mediaml.predict_proba_all($1, $2)")
    for _ in range(7):
        cursor.execute("EXECUTE classes(%s, %s)", ("plain", [21.5, 1]))
    print("classes:", *(format(p, ".4f") for p in cursor.fetchone()[0]))

    cursor.execute("SELECT item_id FROM mediaml.recommend(%s, %s) ORDER BY rank", (viewer, 3))
    print("films:", *(row[0] for row in cursor))

    cursor.execute("SELECT item_id FROM mediaml.recommend(%s, %s, candidates => %s) ORDER BY rank",
                   (viewer, 3, [3, 4, 11, 28, 34]))
    print("candidates:", *(row[0] for row in cursor))

    cursor.execute("SELECT item_id FROM mediaml.recommend(%s, %s, exclude => %s) ORDER BY rank",
                   (viewer, 3, [33, 3]))
    print("excluded:", *(row[0] for row in cursor))

    cursor.execute("SELECT item_id FROM mediaml.similar_items(%s, %s, %s) ORDER BY rank", ("films", 11, 3))
    print("similar:", *(row[0] for row in cursor))

    cursor.execute("SELECT item_key FROM mediaml.recommend(%s, %s, %s) ORDER BY rank", (listener, 2, "songs"))
    print("songs:", *(row[0] for row in cursor))

with connection, connection.cursor("everybody") as cursor:     # a cursor with a name: rows come in pieces
    cursor.itersize = 100
    cursor.execute("SELECT user_id, rank, item_id FROM mediaml.recommend_all(k => 5)")
    *_, last = cursor
    print("everybody:", *last)

with connection, connection.cursor() as cursor:
    cursor.execute("SELECT model FROM mediaml.model_data WHERE name = 'plain' AND version = 1")
    model = bytes(cursor.fetchone()[0])            # a memoryview
    cursor.execute("SELECT mediaml.register(%s, %s)", (name + " copy", model))
    print("model:", cursor.fetchone()[0], len(model))
    cursor.execute("SELECT mediaml.predict_label(%s, %s)", (model, [21.5, 1]))
    print("bytes:", cursor.fetchone()[0])

connection.close()
