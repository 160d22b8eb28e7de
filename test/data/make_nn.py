#!/usr/bin/env python3
"""Write the small networks of test/sql/nn.sql: test/data/nn_models.sql.

ONNX files are written byte by byte from the description of their format, so
that the reader is tested against another hand than its own.

    python3 test/data/make_nn.py > test/data/nn_models.sql
"""
import struct


def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(name, shape, numbers, kind=1):
    pack = {1: "<%df", 7: "<%dq"}[kind] % len(numbers)
    return b"".join(field(1, d) for d in shape) + field(2, kind) + field(8, name) + \
        field(9, struct.pack(pack, *numbers))


def attribute(name, value):
    out = field(1, name)
    if isinstance(value, int):
        return out + field(3, value) + field(20, 2)
    if isinstance(value, float):
        return out + field(2, value) + field(20, 1)
    if isinstance(value, str):
        return out + field(4, value) + field(20, 3)
    if isinstance(value, bytes):
        return out + field(6, value) + field(20, 5)
    if isinstance(value[0], float):
        return out + b"".join(field(7, v) for v in value) + field(20, 6)
    if isinstance(value[0], str):
        return out + b"".join(field(9, v) for v in value) + field(20, 8)
    return out + b"".join(field(8, v) for v in value) + field(20, 7)


def node(kind, inputs, outputs, name="", domain="", **attributes):
    return b"".join(field(1, i) for i in inputs) + b"".join(field(2, o) for o in outputs) + \
        field(3, name) + field(4, kind) + \
        b"".join(field(5, attribute(*a)) for a in attributes.items()) + field(7, domain)


def value(name, dims, kind=1):
    shape = b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


def model(nodes, constants, inputs, outputs, opset=13, learned=False):
    graph = b"".join(field(1, n) for n in nodes) + field(2, "test") + \
        b"".join(field(5, c) for c in constants) + \
        b"".join(field(11, i) for i in inputs) + b"".join(field(12, o) for o in outputs)
    return field(1, 7) + field(7, graph) + field(8, field(1, "") + field(2, opset)) + \
        (field(8, field(1, "ai.onnx.ml") + field(2, 3)) if learned else b"")


def learned(kind, inputs, outputs, name="", **attributes):
    return node(kind, inputs, outputs, name, "ai.onnx.ml", **attributes)


x = value("x", ["N", 2])
y = value("y", ["N", 2])
relu = node("Relu", ["x"], ["y"], "r")

MODELS = {
    # relu(x W + b) V: W = [1 -1 2; 3 0 -2], b = [0 1 -1], V = [1 0; 0 2; -1 1]
    "mlp": model(
        [node("Gemm", ["x", "W", "b"], ["h"], "hidden"), node("Relu", ["h"], ["a"], "active"),
         node("MatMul", ["a", "V"], ["z"], "scores"), node("Softmax", ["z"], ["y"], "proba", axis=-1)],
        [tensor("W", [2, 3], [1, -1, 2, 3, 0, -2]), tensor("b", [3], [0, 1, -1]),
         tensor("V", [3, 2], [1, 0, 0, 2, -1, 1])], [x], [y]),
    # the same without Softmax
    "logits": model(
        [node("MatMul", ["x", "V"], ["y"], "scores")], [tensor("V", [2, 2], [1, 0, 0, 2])], [x], [y]),
    # one number between 0 and 1
    "sigmoid": model(
        [node("MatMul", ["x", "V"], ["z"]), node("Sigmoid", ["z"], ["y"])],
        [tensor("V", [2, 1], [1, -1])], [x], [value("y", ["N", 1])]),
    # rows that see each other: less the mean of all
    "centred": model(
        [node("Relu", ["x"], ["r"], "relu"), node("ReduceMean", ["r"], ["m"], axes=[0]),
         node("Sub", ["r", "m"], ["y"])], [], [x], [y]),
    # channels of 2x2 pixels weighed 1, 10, 100, normalised, and summed up
    "image": model(
        [node("Conv", ["x", "w"], ["c"], "conv", kernel_shape=[1, 1]),
         node("BatchNormalization", ["c", "s", "o", "m", "v"], ["n"], "norm", epsilon=0.0),
         node("Relu", ["n"], ["r"], "relu"), node("Flatten", ["r"], ["y"], "flat")],
        [tensor("w", [1, 3, 1, 1], [1, 10, 100]), tensor("s", [1], [2]), tensor("o", [1], [1]),
         tensor("m", [1], [3]), tensor("v", [1], [4])],
        [value("x", ["N", 3, 2, 2])], [value("y", ["N", 4])]),
    # two inputs, two outputs
    "two": model(
        [node("Add", ["a", "b"], ["sum"]), node("Mul", ["a", "b"], ["product"])], [],
        [value("a", ["N", 2]), value("b", [2])], [value("sum", []), value("product", [])]),
    # dimensions that only a call knows
    "any_size": model(
        [node("GlobalMaxPool", ["x"], ["y"])], [], [value("x", ["N", 1, "H", "W"])], [value("y", [])]),
    # a shape computed from a shape
    "shapes": model(
        [node("Shape", ["x"], ["s"]), node("Gather", ["s", "zero"], ["n"], axis=0),
         node("Unsqueeze", ["n", "first"], ["n1"]), node("Concat", ["n1", "rest"], ["t"], axis=0),
         node("Reshape", ["x", "t"], ["y"])],
        [tensor("zero", [], [0], 7), tensor("first", [1], [0], 7), tensor("rest", [2], [2, 1], 7)],
        [x], [y]),
    # shapes that only numbers tell: those above 0; as many as x says; as large
    # as x says; boxes that do not overlap
    "positive": model(
        [node("Greater", ["x", "zero"], ["above"], "above"), node("Compress", ["x", "above_list"], ["y"], "pick"),
         node("Reshape", ["above", "flat"], ["above_list"], "list")],
        [tensor("zero", [], [0]), tensor("flat", [1], [-1], 7)], [x], [value("y", [])]),
    "count": model(
        [node("Squeeze", ["x"], ["limit"]), node("Range", ["zero", "limit", "one"], ["y"], "list")],
        [tensor("zero", [], [0]), tensor("one", [], [1])], [value("x", [1])], [value("y", [])]),
    "large": model(
        [node("Cast", ["x"], ["s"], to=7), node("Expand", ["one", "s"], ["y"], "expand")],
        [tensor("one", [], [1])], [value("x", [2])], [value("y", [])]),
    "boxes": model(
        [node("NonMaxSuppression", ["boxes", "scores", "most", "overlap", "least"], ["rows"], "best"),
         node("Gather", ["rows", "last"], ["index"], axis=1), node("Gather", ["boxes", "index"], ["taken"], axis=1)],
        [tensor("most", [1], [10], 7), tensor("overlap", [1], [0.5]), tensor("least", [1], [0.25]),
         tensor("last", [], [2], 7)],
        [value("boxes", [1, "B", 4]), value("scores", [1, 1, "B"])], [value("rows", []), value("taken", [])]),
    "opset_6": model(
        [node("Add", ["x", "b"], ["s"], broadcast=1, axis=1), node("Dropout", ["s"], ["y"], is_test=1)],
        [tensor("b", [2], [10, 20])], [x], [y], opset=6),
    "out_of_range": model(
        [node("Gather", ["table", "x"], ["y"])], [tensor("table", [2], [5, 6])],
        [value("x", ["N", 2], 7)], [y]),
    # one output that is for us, and one that is not
    "half": model(
        [relu, node("LabelEncoder", ["x"], ["label"], "encoder", "ai.onnx.ml")], [], [x],
        [value("label", []), y]),
    # as scikit-learn's exporter writes them: a forest of two trees, x0 <= 1.5 and x1 > 0 ? ...
    "forest": model(
        [learned("TreeEnsembleClassifier", ["x"], ["label", "p"], "trees",
                 nodes_treeids=[0, 0, 0, 1, 1, 1], nodes_nodeids=[0, 1, 2, 0, 1, 2],
                 nodes_featureids=[0, 0, 0, 1, 0, 0], nodes_values=[1.5, 0.0, 0.0, 0.0, 0.0, 0.0],
                 nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_GT", "LEAF", "LEAF"],
                 nodes_truenodeids=[1, 0, 0, 1, 0, 0], nodes_falsenodeids=[2, 0, 0, 2, 0, 0],
                 class_treeids=[0, 0, 1, 1], class_nodeids=[1, 2, 1, 2], class_ids=[0, 1, 2, 0],
                 class_weights=[0.5, 0.5, 0.5, 0.5], classlabels_strings=["ant", "bee", "cat"]),
         learned("ZipMap", ["p"], ["output_probability"], "zip", classlabels_strings=["ant", "bee", "cat"])],
        [], [x], [value("label", [], 8), value("output_probability", [])], opset=17, learned=True),
    # (x - [1, 2]) [1, 0.5], scores of two classes called 3 and 5, and shares of them
    "pipeline": model(
        [learned("Scaler", ["x"], ["s"], "scaler", offset=[1.0, 2.0], scale=[1.0, 0.5]),
         learned("LinearClassifier", ["s"], ["label", "p"], "linear", coefficients=[1.0, 0.0, 0.0, 1.0],
                 intercepts=[0.0, 0.0], classlabels_ints=[3, 5], multi_class=1, post_transform="LOGISTIC"),
         learned("Normalizer", ["p"], ["probabilities"], "shares", norm="L1")],
        [], [x], [value("label", [], 7), value("probabilities", [])], opset=18, learned=True),
    # labels that are texts, picked by a node of texts
    "texts": model(
        [node("Softmax", ["x"], ["probabilities"], axis=-1), node("ArgMax", ["x"], ["best"], axis=1),
         learned("ArrayFeatureExtractor", ["classes", "best"], ["label"])],
        [field(1, 2) + field(2, 8) + field(6, "no") + field(6, "yes") + field(8, "classes")],
        [x], [value("label", [], 8), value("probabilities", [])], opset=17, learned=True),
    # what is refused
    "only_texts": model(
        [node("ArgMax", ["x"], ["best"], axis=1), learned("ArrayFeatureExtractor", ["classes", "best"], ["y"])],
        [field(1, 2) + field(2, 8) + field(6, "no") + field(6, "yes") + field(8, "classes")],
        [x], [value("y", [], 8)], opset=17, learned=True),
    "endless": model(
        [learned("TreeEnsembleRegressor", ["x"], ["y"], "trees", nodes_treeids=[0, 0, 0], nodes_nodeids=[0, 1, 2],
                 nodes_featureids=[0, 0, 0], nodes_values=[1.5, 0.0, 0.0], nodes_modes=["BRANCH_LEQ"] * 3,
                 nodes_truenodeids=[1, 2, 1], nodes_falsenodeids=[2, 1, 2])],
        [], [x], [y], opset=17, learned=True),
    "unknown": model([node("Frobnicate", ["x"], ["y"], "f")], [], [x], [y]),
    "domain": model([node("Relu", ["x"], ["y"], "r", "com.example")], [], [x], [y]),
    "subgraph": model([node("If", ["x"], ["y"], "i", then_branch=b"")], [], [x], [y]),
    "new_opset": model([relu], [], [x], [y], opset=99),
    "too_old": model([node("LayerNormalization", ["x", "x"], ["y"], "l")], [], [x], [y]),
    "cycle": model([node("Add", ["x", "b"], ["a"], "first"), node("Relu", ["a"], ["b"], "second")],
                   [], [x], [value("b", [])]),
    "undefined": model([node("Relu", ["nothing"], ["y"], "r")], [], [x], [y]),
    "twice": model([relu, relu], [], [x], [y]),
    "no_output": model([relu], [], [x], []),
    "bad_shape": model([node("MatMul", ["x", "V"], ["y"], "m")], [tensor("V", [3, 2], [0] * 6)], [x], [y]),
    "missing_numbers": model([relu], [tensor("V", [3, 2], [0] * 5)], [x], [y]),
    "external": model([relu], [field(1, 2) + field(2, 1) + field(8, "V") + field(14, 1)], [x], [y]),
    "huge": model([node("ConstantOfShape", ["s"], ["y"], "c")],
                  [tensor("s", [3], [100000, 100000, 100000], 7)], [x], [y]),
    "dotted": model([node("Relu", ["x"], ["y"], "r", **{".alpha": 1.0})], [], [x], [y]),
}

print("-- Made by make_nn.py.")
print("CREATE TEMPORARY TABLE onnx (name text PRIMARY KEY, file bytea);")
for name, file in MODELS.items():
    print(f"INSERT INTO onnx VALUES ('{name}', '\\x{file.hex()}');")
