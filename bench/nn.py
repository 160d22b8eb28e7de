"""Networks beside ONNX Runtime on the same core: the mission's CNN, mnist-8's and super-resolution's like.

A network is a list of layers with random weights of a fixed seed. It goes into
an ONNX file that both sides read; torch, where MML_TORCH=1, runs the list.
"""
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

import numpy

from harness import Session, drop_table, first_match, has_function, in_turn, load_table, say, seconds, spread

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "demo", "fashion"))
import onnx_file  # noqa: E402  the demo's writer

ROWS, MANY, BATCHED = 10_000, 100_000, 9_984  # 9,984 rows are 312 batches of 32 and 39 of 256
CHECKED, CLOSE = 256, 1e-4                    # rows whose outputs must agree, and how well
SUPER_CALLS = 20
SEED = 20240401
SCALE = 1 / 255
FLAGS = ("avx", "avx2", "fma", "avx512f", "avx512vl", "avx512bw", "avx512_vnni", "avx512_bf16", "amx_tile")


# ------------------------------------------------------------------ networks

def weights(random, *shape):
    """Weights that keep the size of what goes through, and small biases."""
    spread_ = numpy.sqrt(2 / numpy.prod(shape[1:]))
    return (random.normal(0, spread_, shape).astype("f4"), random.normal(0, 0.05, shape[0]).astype("f4"))


def mission(random):
    return [("conv", *weights(random, 32, 1, 3, 3), 0), ("relu",), ("pool", 2), ("flatten",),
            ("dense", *weights(random, 128, 32 * 13 * 13)), ("relu",), ("dense", *weights(random, 10, 128)),
            ("softmax",)]


def mnist8(random):
    return [("conv", *weights(random, 8, 1, 5, 5), 2), ("relu",), ("pool", 2),
            ("conv", *weights(random, 16, 8, 5, 5), 2), ("relu",), ("pool", 3), ("flatten",),
            ("dense", *weights(random, 10, 16 * 4 * 4))]


def super_resolution(random):
    return [("conv", *weights(random, 64, 1, 5, 5), 2), ("relu",), ("conv", *weights(random, 64, 64, 3, 3), 1), ("relu",),
            ("conv", *weights(random, 32, 64, 3, 3), 1), ("relu",), ("conv", *weights(random, 9, 32, 3, 3), 1),
            ("shuffle", 3)]


def next_to_nothing(_):
    """Ten of the pixels are the scores: what remains of a call is not kernels."""
    return [("flatten",), ("first", 10), ("softmax",)]


def onnx_bytes(name, layers, input_dims, output_dims):
    nodes, constants = [], {}
    last = "x"

    def add(operator, *arrays, **attributes):
        nonlocal last
        names = [f"c{len(constants) + i}" for i in range(len(arrays))]
        constants.update(zip(names, arrays))
        nodes.append(onnx_file.node(operator, [last, *names], f"v{len(nodes)}", **attributes))
        last = f"v{len(nodes) - 1}"

    for kind, *of in layers:
        if kind == "conv":
            add("Conv", of[0], of[1], kernel_shape=list(of[0].shape[2:]), pads=[of[2]] * 4)
        elif kind == "dense":
            add("Gemm", *of, transB=1)
        elif kind == "pool":
            add("MaxPool", kernel_shape=of * 2, strides=of * 2)
        elif kind == "shuffle":
            add("DepthToSpace", blocksize=of[0])
        elif kind == "first":
            add("Slice", [0], of, [1])
        else:
            add({"relu": "Relu", "flatten": "Flatten", "softmax": "Softmax"}[kind], **({} if kind == "relu" else {"axis": 1}))
    return onnx_file.model(name, nodes, constants, {"x": input_dims}, {last: output_dims})


class Network:
    """One of them: a file for the peer, a row of nn_models for us, inputs for both."""

    def __init__(self, folder, name, make, shape, answers, batch, images, **options):
        """images: unsigned bytes, a row each."""
        self.name, self.shape, self.images = name, list(shape), images
        self.layers = make(numpy.random.default_rng(SEED))
        self.model, self.input, self.output = (os.path.join(folder, f"{name}.{end}") for end in ("onnx", "in", "out"))
        data = onnx_bytes(name, self.layers, [batch, *shape], [batch, *answers])
        with open(self.model, "wb") as file:
            file.write(data)
        self.floats = images.astype("f4") * numpy.float32(SCALE)
        self.floats.tofile(self.input)
        with Session() as session:
            session.query("INSERT INTO nn_models VALUES (%s, mediaml.onnx_import(%s, %s))",
                          (name, data, json.dumps({"scale": SCALE, **options})))
            if batch != 1:
                session.query("INSERT INTO nn_models VALUES (%s, mediaml.onnx_import(%s))", (name + " floats", data))

    def ask(self, **question):
        return {"model": self.model, "input": self.input, "shape": self.shape, **question}


# --------------------------------------------------------------------- peers

class OnnxRuntime:
    """nn_peer.js, which runs on the core that this process is held to."""

    def __init__(self):
        self.process = None
        self.facts = "missing"
        if not shutil.which("node"):
            return
        self.process = subprocess.Popen(["node", os.path.join(HERE, "nn_peer.js")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if line:
            told = json.loads(line)
            self.facts = f"{told['onnxruntime']} in node {told['node']}, {json.dumps(told['options'])}"
        else:
            self.close()

    def __bool__(self):
        return self.process is not None

    def ask(self, question):
        core = os.sched_getaffinity(0)
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            os.sched_setaffinity(int(thread), core)
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process = None


class Torch:
    """The layers in torch; only where it is asked for, since its packages are large."""

    def __init__(self):
        import torch
        torch.set_num_threads(1)
        self.torch = torch
        told = [line.strip(" -") for line in torch.__config__.show().splitlines() if "CPU capability" in line]
        self.facts = ", ".join([torch.__version__, "1 thread", *told])

    def forward(self, layers):
        t, f = self.torch, self.torch.nn.functional
        steps = []
        for kind, *of in layers:
            of = [t.from_numpy(a) if isinstance(a, numpy.ndarray) else a for a in of]
            steps.append({"conv": lambda x, of=of: f.conv2d(x, of[0], of[1], padding=of[2]), "relu": f.relu,
                          "pool": lambda x, of=of: f.max_pool2d(x, of[0]), "flatten": lambda x: x.flatten(1),
                          "dense": lambda x, of=of: f.linear(x, *of), "softmax": lambda x: f.softmax(x, 1),
                          "shuffle": lambda x, of=of: f.pixel_shuffle(x, of[0])}[kind])

        def run(x):
            for step in steps:
                x = step(x)
            return x
        return run

    def time(self, network, batch, calls):
        run = self.forward(network.layers)
        blocks = self.torch.from_numpy(network.floats[:len(network.floats) // batch * batch])
        blocks = blocks.reshape(-1, batch, *network.shape)
        with self.torch.inference_mode():
            for i in range(max(2, calls // 20)):
                run(blocks[i % len(blocks)])
            return seconds(lambda: [run(blocks[i % len(blocks)]) for i in range(calls)] and None)[0]


# -------------------------------------------------------------------- tables

def make_tables(images):
    with Session() as session:
        session.query("DROP TABLE IF EXISTS nn_models, nn_rows, nn_many, nn_blocks32, nn_blocks256, nn_arrays, nn_arrays256, nn_large")
        session.query("CREATE TABLE nn_models (name text PRIMARY KEY, model bytea)")
        session.query("CREATE TABLE nn_rows (id int, pixels bytea)")
        with session.connection.cursor() as cursor:
            cursor.executemany("INSERT INTO nn_rows VALUES (%s, %s)", [(i, row.tobytes()) for i, row in enumerate(images)])
        session.query(f"CREATE TABLE nn_many AS SELECT id, pixels FROM generate_series(1, {MANY // ROWS}), nn_rows")
        for n in (32, 256):
            session.query(f"CREATE TABLE nn_blocks{n} AS SELECT id / {n} AS id, array_agg(pixels ORDER BY id) AS xs "
                          f"FROM nn_rows WHERE id < {BATCHED} GROUP BY 1")
    load_table("nn_arrays", images.reshape(len(images), -1) * SCALE)
    with Session() as session:
        session.query(f"CREATE TABLE nn_arrays256 AS SELECT id / 256 AS id, array_agg(x)::float4[] AS xs FROM "
                      f"(SELECT row_number() OVER () - 1 AS id, x FROM nn_arrays LIMIT {BATCHED}) AS a GROUP BY 1")
        for table in ("nn_rows", "nn_many", "nn_blocks32", "nn_blocks256", "nn_arrays256"):
            session.query(f"VACUUM (ANALYZE) {table}")
            session.query(f"SELECT count(*) FROM {table}")
        session.query("CHECKPOINT")


def drop_tables():
    for table in ("models", "rows", "many", "blocks32", "blocks256", "arrays", "arrays256", "large"):
        drop_table(f"nn_{table}")


# ------------------------------------------------------------------ measures

def statement(network, answer, table):
    return f"SELECT {answer} FROM nn_models, {table} WHERE name = '{network}'"


def on_core(session):
    """Seconds that the backend has been on a core."""
    with open(f"/proc/{session.pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1e9


def timed(session, sql):
    """Seconds until the client has the answer, and seconds that the backend was on a core."""
    before = on_core(session)
    time_, _ = session.timed(sql)
    return time_, on_core(session) - before


def timer(network, answer, table, warm=2):
    """ours() of in_turn: a statement, after the same over a few rows."""

    def ours(session):
        session.set("jit", "off")
        session.query(statement(network, answer, f"(SELECT * FROM {table} LIMIT {warm}) AS few"))
        return timed(session, statement(network, answer, table))
    return ours


def less(whole, rest):
    """ours() of in_turn: what one takes more than the other."""

    def ours(session):
        return tuple(a - b for a, b in zip(whole(session), rest(session)))
    return ours


class Bench:
    def __init__(self, report, onnx, torch):
        self.report, self.onnx, self.torch = report, onnx, torch
        self.offered = {}

    def pair(self, measure, images, ours, peer, most=None):
        """A line in microseconds an image; of a pair each takes so many images."""
        ours, peer = ([t / images * 1e6 for t in side] for side in (ours, peer))
        ratio = statistics.median(a / b for a, b in zip(ours, peer))
        self.report.line(f"{measure}, µs an image", spread(ours, ",.1f"), spread(peer, ",.1f"), f"{ratio:.3f}",
                         "" if most is None else f"ratio {most:.3f}", None if most is None else ratio <= most)

    def alone(self, measure, images, times):
        self.report.line(f"{measure}, µs an image", spread([t / images * 1e6 for t in times], ",.1f"))

    def compare(self, measure, images, network, batch, ours, most=1.0):
        """
        Beside ONNX Runtime's call, by the clock and by the time on the core, which other work
        on the machine moves less; its run() as it is offered goes to the notes. Returns our seconds.
        """
        calls = images // batch

        def peer():
            if not self.onnx:
                return float("nan"), None  # ours alone is told then
            told = self.onnx.ask(network.ask(batch=batch, calls=calls))
            return told["call"], (told["on_core"], told["run"])

        times, answers = in_turn(measure, 1, ours, peer)
        if self.onnx:
            self.pair(measure, images, *times, most)
            self.pair(f"{measure}, on the core", images, answers[0], [core for core, _ in answers[1]])
            self.offered[f"{network.name}, {batch}"] = statistics.median(run for _, run in answers[1]) / images * 1e6
        else:
            self.alone(measure, images, times[0])
        if self.torch:
            beside = in_turn(f"{measure}, torch", 1, ours, lambda: (self.torch.time(network, batch, calls), None))[0]
            self.pair(f"{measure}: torch", images, *beside)
        return times[0]

    def agree(self, network, batch, title, ours):
        """The outputs of both sides for the first rows."""
        if not self.onnx:
            return
        self.onnx.ask(network.ask(batch=batch, output=network.output))
        theirs = numpy.fromfile(network.output, "f4").reshape(len(network.floats) // batch * batch, -1)[:len(ours)]
        apart = numpy.abs(ours.reshape(len(ours), -1)[:len(theirs)] - theirs).max()
        self.report.line(f"{title}: outputs differ by", f"{apart:.1e}", goal=f"{CLOSE:.0e}", reached=apart <= CLOSE)

    def outputs(self, network, answer, source):
        with Session() as session:
            rows = session.rows(statement(network, answer, source))
        return numpy.array([row[0] for row in rows], "f4")


def rows_alone(bench, network):
    """One row at a time: what the client waits for, and what of it are kernels."""
    label = "id, mediaml.image_label(model, pixels)"
    first = f"(SELECT * FROM nn_rows ORDER BY id LIMIT {CHECKED}) AS r"
    bench.agree(network, 1, "CNN, one image", bench.outputs(network.name, "mediaml.image_output(model, pixels)", first))
    bench.compare(f"CNN: SELECT image_label of {ROWS:,} rows", ROWS, network, 1, timer("cnn", label, "nn_rows", 300))
    bench.compare(f"CNN: SELECT predict_label(float8[]) of {ROWS:,} rows", ROWS, network, 1,
                  timer("cnn floats", "mediaml.predict_label(model, x)", "nn_arrays", 300), None)
    bench.compare("CNN: kernels alone, the same less a network of next to nothing", ROWS, network, 1,
                  less(timer("cnn", label, "nn_rows", 300), timer("nothing", label, "nn_rows", 300)))
    with Session(jit="on") as session:
        sql = statement("cnn", label, "nn_rows")
        session.query(sql)
        bench.alone(f"CNN: SELECT image_label of {ROWS:,} rows, jit on", ROWS, [session.timed(sql)[0] for _ in range(3)])
    bench.report.note("mediaml's jit is off but in the line that says otherwise")


def batches(bench, network):
    for n in (32, 256):
        first = f"(SELECT * FROM nn_blocks{n} ORDER BY id LIMIT 1) AS b"
        ours = bench.outputs("cnn", "mediaml.predict_batch(model, xs)", first)[0]
        bench.agree(network, n, f"CNN, batch of {n}", ours)
        measures = [(f"predict_batch of {n} pixels each", n, "mediaml.predict_batch(model, xs)", f"nn_blocks{n}")]
        if n == 256:
            measures.append(("network_output of 256 rows of float4[]", n, "mediaml.network_output(model, xs)", "nn_arrays256"))
        for title, batch, answer, table in measures:
            name = "cnn floats" if "arrays" in table else "cnn"
            times = bench.compare(f"CNN: {title}", BATCHED, network, batch, timer(name, f"count({answer})", table))
            images_a_second(bench, title, times)
    if has_function("network_query"):
        query = f"SELECT id, pixels FROM nn_rows WHERE id < {BATCHED}"
        call = f"mediaml.network_query(model, '{query}')"
        few = call.replace(f"< {BATCHED}", "< 64")

        def ours(session):
            session.set("jit", "off")
            session.query(statement("cnn", "count(output)", few))
            return timed(session, statement("cnn", "count(output)", call))

        times = bench.compare("CNN: network_query", BATCHED, network, 32, ours)
        images_a_second(bench, "network_query", times)


def images_a_second(bench, title, times):
    rates = [BATCHED / t for t in times]
    bench.report.line(f"CNN: {title}, images a second", spread(rates, ",.0f"), goal="30,000",
                      reached=statistics.median(rates) >= 30_000)


def outside_kernels(bench):
    """What of 100,000 rows is not kernels: the scan; all but kernels; and, where perf is there, its samples."""
    answer = "count(mediaml.image_label(model, pixels))"
    statements = {"cnn": statement("cnn", answer, "nn_many"), "nothing": statement("nothing", answer, "nn_many"),
                  "scan": statement("cnn", "count(pixels)", "nn_many")}
    times = {name: [] for name in statements}
    for i in range(5):
        with Session(jit="off") as session:
            session.query(statement("cnn", answer, "nn_rows"))
            session.query(statement("nothing", answer, "nn_rows"))
            for name, sql in statements.items():
                times[name].append(session.timed(sql)[0])
        say(f"{MANY:,} rows {i + 1}/5: {times['cnn'][-1]:.3f} s, next to nothing {times['nothing'][-1]:.3f} s")
    title = f"CNN: image_label of {MANY:,} rows"
    bench.alone(title, MANY, times["cnn"])
    for name, what in (("scan", "of it the scan, count(pixels)"), ("nothing", "of it all but kernels, a network of next to nothing")):
        share = statistics.median(a / b for a, b in zip(times[name], times["cnn"]))
        bench.report.line(f"{title}: {what}", f"{share:.1%}", goal="5.0%", reached=share <= 0.05)
    share, others = sampled(statements["cnn"])
    if share is not None:
        bench.report.line(f"{title}: of it outside kernels, as perf samples it", f"{share:.1%}", goal="5.0%", reached=share <= 0.05)
        bench.report.note(f"perf, the most samples outside kernels: {others}")


def kernel_symbols():
    """The functions of src/tensor, where this is the copy that was built."""
    objects = [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(HERE, "..", "src", "tensor"))
               for name in names if name.endswith(".o")]
    if not objects:
        return set()
    listed = subprocess.run(["nm", "--defined-only", *objects], capture_output=True, text=True).stdout
    return {m.group(1).split(".")[0] for m in re.finditer(r" [tTiI] (\S+)", listed)}


def sampled(sql):
    """The share of perf's samples that are not in kernels, and where most of them are; None where there is no perf."""
    kernels = kernel_symbols()
    if not kernels or not shutil.which("perf"):
        return None, None
    with tempfile.NamedTemporaryFile() as file, Session(jit="off") as session:
        session.query(sql.replace("nn_many", "nn_rows"))
        perf = subprocess.Popen(["perf", "record", "-q", "-F", "1999", "-e", "cpu-clock", "-o", file.name, "-p", str(session.pid)],
                                stderr=subprocess.DEVNULL)
        session.query(sql)
        perf.send_signal(signal.SIGINT)
        perf.wait()
        told = subprocess.run(["perf", "script", "-i", file.name, "-F", "ip,sym,dso"], capture_output=True, text=True).stdout
    counts = {}
    for symbol, library in re.findall(r"^\s*[0-9a-f]+ (\S+).*\((.*)\)$", told, re.M):
        inside = symbol.split(".")[0] in kernels and "mediaml" in library
        counts[None if inside else symbol] = counts.get(None if inside else symbol, 0) + 1
    total = sum(counts.values())
    if total < 100:
        return None, None
    inside = counts.pop(None, 0)
    most = sorted(counts.items(), key=lambda item: -item[1])[:8]
    return 1 - inside / total, ", ".join(f"{name} {n / total:.1%}" for name, n in most)


def others(bench, small, large):
    """mnist-8's like by rows; super-resolution's like by calls."""
    first = f"(SELECT * FROM nn_rows ORDER BY id LIMIT {CHECKED}) AS r"
    bench.agree(small, 1, "like mnist-8", bench.outputs(small.name, "mediaml.image_output(model, pixels)", first))
    bench.compare(f"like mnist-8: SELECT image_label of {ROWS:,} rows", ROWS, small, 1,
                  timer(small.name, "id, mediaml.image_label(model, pixels)", "nn_rows", 300))
    with Session() as session:
        session.query("CREATE TABLE nn_large AS SELECT i AS id, %s::bytea AS pixels "
                      f"FROM generate_series(1, {SUPER_CALLS}) AS i", (large.images[0].tobytes(),))
    ours = bench.outputs(large.name, "mediaml.image_output(model, pixels)", "(SELECT * FROM nn_large LIMIT 1) AS r")
    bench.agree(large, 1, "like super-resolution", ours)
    bench.compare("like super-resolution: image_output", SUPER_CALLS, large, 1,
                  timer(large.name, "count(mediaml.image_output(model, pixels))", "nn_large", 2))


def run(report):
    if not has_function("onnx_import"):
        report.line("nn", "missing")
        return
    if os.environ.get("MML_AGAIN"):
        report.note("networks: not measured again, their kernels are our own and take nothing from OpenBLAS")
        return
    onnx = OnnxRuntime()
    torch = Torch() if os.environ.get("MML_TORCH") == "1" else None
    flags = first_match("/proc/cpuinfo", r"^flags.*: (.*)", "").split()
    report.note(f"ONNX Runtime {onnx.facts}" if onnx else "ONNX Runtime is missing: node, or its package onnxruntime-node")
    report.note(f"torch {torch.facts}" if torch else "torch: not asked for (MML_TORCH=1)")
    report.note(f"the core has {' '.join(f for f in FLAGS if f in flags)}; ONNX Runtime takes what there is, "
                "our kernels avx512 or avx2 as build_info() tells above, and OpenBLAS no part in networks")
    random = numpy.random.default_rng(SEED)
    images = random.integers(0, 256, (ROWS, 1, 28, 28), "u1")
    large_image = random.integers(0, 256, (1, 1, 224, 224), "u1")
    say("tables and networks")
    make_tables(images)
    with tempfile.TemporaryDirectory() as folder:
        cnn = Network(folder, "cnn", mission, (1, 28, 28), [10], "N", images)
        Network(folder, "nothing", next_to_nothing, (1, 28, 28), [10], "N", images[:1])
        small = Network(folder, "mnist8", mnist8, (1, 28, 28), [10], 1, images)
        large = Network(folder, "super", super_resolution, (1, 224, 224), [1, 672, 672], 1, large_image)
        bench = Bench(report, onnx, torch)
        rows_alone(bench, cnn)
        batches(bench, cnn)
        outside_kernels(bench)
        others(bench, small, large)
    if onnx:
        report.note("ONNX Runtime's peer figures are of the call in its package that does the work; by run() as it is offered, "
                    "with a Promise a call, µs an image, by network and batch: " +
                    "; ".join(f"{key}: {value:,.1f}" for key, value in bench.offered.items()))
        onnx.close()
    drop_tables()
