"""Real networks as people export them: does mediaml answer what torch and ONNX Runtime do?

    python3 zoo.py FOLDER [WORD]...

Each case makes an ONNX file with random weights of a fixed seed, which mediaml
imports and runs in a server; ONNX Runtime runs the same file, and torch or
scikit-learn the network that it was made of. All outputs must agree. The
milliseconds are the processor's, of a call with one thread, on the same core:
of one call more in a statement, and apart from that what a statement takes
once, when it fetches the model from its table and finds it in the cache.
"""
import collections
import gc
import importlib
import json
import os
import subprocess
import sys
import time
import traceback
import warnings

import numpy
import onnx
import psycopg2

FAMILIES = ("torch_sequences", "torch_images", "keras_form", "quantised", "sklearn_form", "vision", "detection")
RTOL, ATOL = 1e-3, 1e-4
MEASURED = 0.4      # seconds that a round of calls takes, about
ROUNDS = 3
HERE = os.path.dirname(os.path.abspath(__file__))
OIDS = {"float32": 700, "float64": 701, "int64": 20, "int32": 23, "int16": 21}
SWAPPED = {oid: numpy.dtype(name).newbyteorder(">") for name, oid in OIDS.items()}


def say(text):
    print(text, file=sys.stderr, flush=True)


# ------------------------------------------------------------------ arrays of the server

def array_bytes(array):
    """As array_recv reads it."""
    name = array.dtype.name if array.dtype.name in OIDS else "int32"
    dims = b"".join(int(d).to_bytes(4, "big") + (1).to_bytes(4, "big") for d in array.shape)
    head = (array.ndim.to_bytes(4, "big") + (0).to_bytes(4, "big") + OIDS[name].to_bytes(4, "big"))
    width = numpy.dtype(name).itemsize
    body = numpy.empty(array.size, [("size", ">i4"), ("value", SWAPPED[OIDS[name]])])
    body["size"], body["value"] = width, array.ravel()
    return OIDS[name], head + dims + body.tobytes()


def array_numbers(sent):
    """The numbers in what array_send wrote."""
    ndim, nulls, oid = (int.from_bytes(sent[i:i + 4], "big") for i in (0, 4, 8))
    if ndim == 0:
        return numpy.zeros(0)
    kind = numpy.dtype([("size", ">i4"), ("value", SWAPPED[oid])])
    return numpy.frombuffer(sent[12 + 8 * ndim:], kind)["value"].astype("f8")


# ------------------------------------------------------------------ the two sides

class Refused(Exception):
    pass


class Ours:
    """A backend on one core, which holds the case's model and input in a table."""

    def __init__(self, core, folder):
        self.core, self.folder = core, folder
        self.connect()

    def connect(self):
        self.connection = psycopg2.connect("")
        self.connection.autocommit = True
        pid = self.connection.get_backend_pid()
        os.sched_setaffinity(pid, {self.core})
        self.clock = f"/proc/{pid}/schedstat"
        self.query("SET mediaml.max_memory = '4GB'; SET mediaml.model_cache_size = '4GB'; "
                   "SET mediaml.max_model_size = '500MB'")

    def query(self, sql, arguments=None):
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(sql, arguments)
                return cursor.fetchall() if cursor.description else []
        except psycopg2.OperationalError as problem:
            if self.connection.closed:
                time.sleep(3)
                self.connect()
                raise RuntimeError("the server crashed") from problem
            raise Refused(problem.diag.message_primary) from problem
        except psycopg2.Error as problem:
            raise Refused(problem.diag.message_primary) from problem

    def load(self, made):
        """Import; answers the call, or None where it takes network_outputs."""
        self.query("DROP TABLE IF EXISTS zoo")
        one = len(made.inputs) == 1 and len(onnx_outputs(made)) == 1
        x = next(iter(made.inputs.values()))
        column = {700: "float4[]", 701: "float8[]", 20: "int8[]", 23: "int4[]", 21: "int2[]"}[array_bytes(x[:0])[0]]
        self.query(f"CREATE TEMP TABLE zoo (model bytea, x {column}, pixels bytea, inputs jsonb); "
                   "ALTER TABLE zoo ALTER model SET STORAGE EXTERNAL, ALTER x SET STORAGE EXTERNAL, "
                   "ALTER pixels SET STORAGE EXTERNAL")
        file = os.path.join(self.folder, "net.onnx")
        self.query("INSERT INTO zoo SELECT mediaml.onnx_import(pg_read_binary_file(%s), %s)",
                   (file, json.dumps(made.options) if made.options else None))
        if made.pixels is not None:
            self.query("UPDATE zoo SET pixels = %s", (made.pixels,))
            return "mediaml.image_output(model, pixels)"
        if one:
            with open(os.path.join(self.folder, "x"), "wb") as f:
                body = array_bytes(x)[1]
                f.write(b"PGCOPY\n\xff\r\n\0" + bytes(8) + (1).to_bytes(2, "big") +
                        len(body).to_bytes(4, "big") + body + b"\xff\xff")
            self.query(f"CREATE TEMP TABLE zoo_x (x {column})")
            with self.connection.cursor() as cursor, open(os.path.join(self.folder, "x"), "rb") as f:
                cursor.copy_expert("COPY zoo_x FROM STDIN BINARY", f)
            self.query("UPDATE zoo SET x = zoo_x.x FROM zoo_x; DROP TABLE zoo_x")
            return "mediaml.network_output(model, x)"
        inputs = {n: {"shape": a.shape, "values": a.ravel().tolist()} for n, a in made.inputs.items()}
        self.query("UPDATE zoo SET inputs = %s", (json.dumps(inputs),))
        return None

    def outputs(self, call):
        """{name: (shape or None, numbers)}."""
        if call:
            return {None: (None, array_numbers(bytes(self.query(f"SELECT array_send({call}) FROM zoo")[0][0])))}
        rows = self.query('SELECT name, shape, array_send("values") FROM zoo, mediaml.network_outputs(model, inputs)')
        return {name: (shape, array_numbers(bytes(sent))) for name, shape, sent in rows}

    def busy(self):
        with open(self.clock) as file:
            return int(file.read().split()[0]) / 1e9

    def time(self, call, calls):
        before = self.busy()
        if call:
            self.query(f"SELECT count({call}) FROM zoo, generate_series(1, %s)", (calls,))
        else:
            self.query("SELECT count(o) FROM zoo, generate_series(1, %s) i, "
                       "mediaml.network_outputs(model, CASE WHEN i > 0 THEN inputs END) o", (calls,))
        return self.busy() - before


class Theirs:
    """ONNX Runtime in a process of node on the same core."""

    def __init__(self, core, folder):
        self.core, self.folder = core, folder
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), "node", os.path.join(HERE, "peer.js")], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.settings = json.loads(self.process.stdout.readline())

    def ask(self, question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            self.__init__(self.core, self.folder)
            raise Refused("ONNX Runtime ended")
        answer = json.loads(line)
        if "problem" in answer:
            raise Refused(answer["problem"])
        return answer["answer"]

    def load(self, made):
        inputs = {}
        for i, (name, array) in enumerate(made.inputs.items()):
            file = os.path.join(self.folder, f"input{i}")
            numpy.ascontiguousarray(array).tofile(file)
            inputs[name] = {"type": array.dtype.name, "dims": array.shape, "file": file}
        answer = self.ask({"model": os.path.join(self.folder, "net.onnx"), "inputs": inputs, "folder": self.folder,
                           "plain": made.plain})
        return {name: (o["dims"], numpy.fromfile(o["file"], o["type"]).astype("f8"))
                for name, o in answer.items() if o["type"] != "string"}

    def time(self, calls):
        return self.ask({"calls": calls})


def onnx_outputs(made):
    if made.options and "outputs" in made.options:
        return made.options["outputs"]
    return [o.name for o in onnx.load_from_string(made.file).graph.output]


# ------------------------------------------------------------------ judging

def error(ours, theirs, what):
    """The largest error, relative to the largest number; ValueError where one is beyond RTOL and ATOL."""
    if ours.size != theirs.size:
        raise ValueError(f"{ours.size} numbers, {what} has {theirs.size}")
    same = (ours == theirs) | (numpy.isnan(ours) & numpy.isnan(theirs))
    with numpy.errstate(invalid="ignore"):
        apart = numpy.where(same, 0, numpy.abs(ours - theirs))
    if not (apart <= ATOL + RTOL * numpy.abs(theirs)).all():
        worst = numpy.argmax(numpy.nan_to_num(apart, nan=numpy.inf))
        raise ValueError(f"differs from {what}: {ours[worst]:.6g} for {theirs[worst]:.6g} "
                         f"({(apart > ATOL + RTOL * numpy.abs(theirs)).mean():.1%} of {ours.size})")
    return float((apart / (numpy.abs(theirs).max() + 1e-30)).max()) if apart.size else 0.0


def compare(ours, reference, what):
    """reference: {name: (dims, numbers)} in order."""
    worst = 0.0
    if list(ours) == [None]:
        ours = {next(iter(reference)): ours[None]}
    for name, (dims, numbers) in reference.items():
        if name not in ours:
            raise ValueError(f"has no output {name}")
        shape, mine = ours[name]
        if shape is not None and list(shape) != list(dims):
            raise ValueError(f"{name} has shape {list(shape)}, in {what} {list(dims)}")
        worst = max(worst, error(mine, numbers, what))
    return worst


def judge(made, ours, found):
    """The status and the largest error.

    Rounding grows in deep networks of random weights, torch's and ONNX Runtime's
    too: where they are too far apart to compare, we must be as near to what torch
    computes in float64.
    """
    try:
        worst = max((compare(ours, r, what) for what, r in found.items()), default=None)
        return "agrees" if found else "nothing to compare with", worst
    except ValueError:
        if made.exact is None or len(found) < 2:
            raise
        exact = [e.ravel() for e in made.exact()]
        apart = [[numpy.sqrt(((numbers - e) ** 2).mean()) / (numpy.abs(e).max() + 1e-30)
                  for (_, numbers), e in zip(side.values(), exact)] for side in (ours, *found.values())]
        if not all(mine <= 2 * max(others) for mine, *others in zip(*apart)):
            raise
        return "agrees, as near to float64 as others", max(apart[0])


def references(made, theirs, row):
    """What both references answer, as {what: {name: (dims, numbers)}}."""
    found = {}
    names = onnx_outputs(made)
    try:
        answer = theirs.load(made)
        found["ONNX Runtime"] = {n: answer[n] for n in names if n in answer}
    except Refused as problem:
        row["peer"] = str(problem).splitlines()[0][:150]
    if made.expected is not None:
        found["its maker"] = {n: (e.shape, e.ravel().astype("f8")) for n, e in zip(names, made.expected)}
    return found


def run(case, ours, theirs, folder):
    """The row of a case."""
    row = {"case": case, "nodes": 0, "error": None, "ours": None, "statement": None, "theirs": None, "peer": ""}
    try:
        made = case.make()
    except Exception as problem:
        if "-v" in sys.argv:
            traceback.print_exc()
        row["status"] = "not exported: " + str(problem).strip().splitlines()[0][:150]
        return row
    row["nodes"] = len(onnx.load_from_string(made.file).graph.node)
    with open(os.path.join(folder, "net.onnx"), "wb") as f:
        f.write(made.file)
    found = references(made, theirs, row)
    try:
        call = ours.load(made)
        answer = ours.outputs(call)
        ours_alone = ours.time(call, 1)
        row["status"], row["error"] = judge(made, answer, found)
    except Refused as problem:
        row["status"] = "refused: " + str(problem)
        return row
    except (ValueError, RuntimeError) as problem:
        row["status"] = "WRONG: " + str(problem)
        return row
    if not case.timed or os.environ.get("MML_ZOO_TIME") == "0":
        return row
    one = min(ours_alone, *(ours.time(call, 1) for _ in range(ROUNDS)))
    calls = int(min(max(MEASURED / one, 8), 2000))
    row["ours"] = (min(ours.time(call, calls + 1) for _ in range(ROUNDS)) - one) / calls * 1e3
    row["statement"] = max(one * 1e3 - row["ours"], 0)
    if "ONNX Runtime" in found:
        theirs.time(max(1, calls // 10))
        row["theirs"] = min(theirs.time(calls) for _ in range(ROUNDS)) / calls * 1e3
    return row


def cells(row):
    case = row["case"]
    number = lambda x, form: "" if x is None else format(x, form)  # noqa: E731
    ratio = row["ours"] / row["theirs"] if row["ours"] and row["theirs"] else None
    status = row["status"] + (f" (ONNX Runtime: {row['peer']})" if row["peer"] else "")
    return [case.name, case.exporter, str(case.opset), str(row["nodes"]), status, number(row["error"], ".0e"),
            number(row["ours"], ".3g"), number(row["statement"], ".2g"), number(row["theirs"], ".3g"), number(ratio, ".2f")]


HEAD = ["network", "exporter", "opset", "nodes", "status", "largest error", "our ms", "a statement's", "ONNX Runtime's ms", "ratio"]


def main():
    folder = sys.argv[1]
    words = [w for w in sys.argv[2:] if w != "-v"]
    warnings.simplefilter("ignore")
    core = max(os.sched_getaffinity(0))
    ours, theirs = Ours(core, folder), Theirs(core, folder)
    settings = theirs.settings
    print(f"ONNX Runtime {settings['onnxruntime']}, {json.dumps(settings['options'])}")
    print(f"\n| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}", flush=True)
    count = collections.Counter()
    for family in FAMILIES:
        for case in importlib.import_module(family).cases():
            if words and not any(case.name.startswith(w) or family == w for w in words):
                continue
            row = run(case, ours, theirs, folder)
            count[row["status"].split(":")[0]] += 1
            print(f"| {' | '.join(cells(row))} |", flush=True)
            say(f"{case.name} {case.opset}: {row['status']}")
            gc.collect()
    print("\n" + ", ".join(f"{n} {status}" for status, n in count.most_common()))
    agreed = sum(n for status, n in count.items() if status.startswith("agrees"))
    failed = sum(count.values()) - agreed
    print(f"{agreed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
