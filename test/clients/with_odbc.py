"""mediaml through ODBC: pyodbc, with the driver of Debian's package odbc-postgresql."""
import os
import sys
import uuid

import pyodbc

name = sys.argv[1]
viewer = 7
listener = uuid.UUID("8f14e45f-ceea-167a-5a36-dedd4bea2543")

# BoolsAsChar=0: booleans are booleans. UseDeclareFetch: rows come a hundred at a time.
connection = pyodbc.connect(
    "Driver={{PostgreSQL Unicode}};Servername={PGHOST};Port={PGPORT};Database={PGDATABASE};Username={PGUSER};"
    "BoolsAsChar=0;UseDeclareFetch=1;Fetch=100".format(**os.environ), autocommit=True)
cursor = connection.cursor()


def rows(statement, *parameters):
    return cursor.execute(statement, *parameters).fetchall()


[(version, deployed)] = rows("""SELECT DISTINCT version, deployed
    FROM mediaml.train(?, 'logistic_regression', ?, target => ?, id => 'id')""",
                             name, "SELECT id, hours, plan, left_us FROM viewers", "left_us")
print("train:", version, "deployed" if deployed else "not deployed")

[(chance,)] = rows("SELECT mediaml.predict_proba_row(?, v) FROM (SELECT ?::float8 AS hours, ?::text AS plan) AS v",
                   name, 21.5, "family")
print("row:", format(chance, ".4f"))

[reason] = rows("SELECT e.feature, e.value FROM viewers AS v, mediaml.explain(?, v, ?) AS e WHERE v.id = 5", name, 1)
print("reason:", *reason)

# ODBC knows no arrays: they go and come as text.
[(label,)] = rows("SELECT mediaml.predict_label(?, ?)", "plain", "{21.5,1}")
print("array:", label)
[(classes,)] = rows("SELECT mediaml.predict_proba_all(?, ?)", "plain", "{21.5,1}")
print("classes:", *(format(float(p), ".4f") for p in classes.strip("{}").split(",")))

best = rows("SELECT item_id FROM mediaml.recommend(?, ?) ORDER BY rank", viewer, 3)
print("films:", *(item for item, in best))
best = rows("SELECT item_id FROM mediaml.recommend(?, ?, candidates => ?) ORDER BY rank", viewer, 3, "{3,4,11,28,34}")
print("candidates:", *(item for item, in best))
best = rows("SELECT item_id FROM mediaml.recommend(?, ?, exclude => ?) ORDER BY rank", viewer, 3, "{33,3}")
print("excluded:", *(item for item, in best))

best = rows("SELECT item_id FROM mediaml.similar_items(?, ?, ?) ORDER BY rank", "films", 11, 3)
print("similar:", *(item for item, in best))
best = rows("SELECT item_key FROM mediaml.recommend(?, ?, ?) ORDER BY rank", listener, 2, "songs")
print("songs:", *(key for key, in best))

*_, last = cursor.execute("SELECT user_id, rank, item_id FROM mediaml.recommend_all(k => 5)")
print("everybody:", *last)

# Without ::bytea a model would be taken for the name of one.
[(model,)] = rows("SELECT model FROM mediaml.model_data WHERE name = 'plain' AND version = 1")
[(version,)] = rows("SELECT mediaml.register(?, ?)", name + " copy", model)
print("model:", version, len(model))
[(label,)] = rows("SELECT mediaml.predict_label(?::bytea, ?)", model, "{21.5,1}")
print("bytes:", label)
