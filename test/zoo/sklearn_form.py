"""scikit-learn's models in the form that skl2onnx gives them; scikit-learn itself is the reference."""
import functools
import warnings

import numpy
from onnx import TensorProto, ValueInfoProto
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import (GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier,
                              RandomForestRegressor)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from case import SEED, Case, Made
from graph import Graph

ML = "ai.onnx.ml"
ACTIVATIONS = {"identity": "Identity", "tanh": "Tanh", "logistic": "Sigmoid", "relu": "Relu", "softmax": "Softmax"}
ROWS = 20


class Scikit(Graph):
    """What the converters write, each in the order of theirs."""

    def __init__(self, opset, columns):
        super().__init__("skl2onnx", opset, 1)
        self.input("X", [None, columns])

    def scaler(self, x, model):
        if isinstance(model, MinMaxScaler):
            offset, scale = model.data_min_ - model.feature_range[0] / model.scale_, model.scale_
        else:
            offset, scale = model.mean_, 1 / model.scale_
        return self.node("Scaler", [x], domain=ML, offset=offset.astype("f4").tolist(),
                         scale=scale.astype("f4").tolist())

    def layers(self, x, model):
        """The forward pass of MLPClassifier and MLPRegressor."""
        x = self.node("Cast", [x], to=1)
        for i, (w, b) in enumerate(zip(model.coefs_, model.intercepts_)):
            x = self.node("MatMul", [x, self.constant(w.astype("f4"))])
            x = self.node("Add", [x, self.constant(b.astype("f4").reshape(1, -1))])
            last = i == len(model.coefs_) - 1
            activation = ACTIVATIONS[model.out_activation_ if last else model.activation]
            x = self.node(activation, [x], **({"axis": 1} if activation == "Softmax" else {}))
        return x

    def mlp_classifier(self, x, model):
        y = self.layers(x, model)
        if len(model.classes_) == 2:
            no = self.node("Sub", [self.constant(numpy.array(1, "f4")), y])
            y = self.node("Concat", [no, y], ["probabilities"], axis=1)
        else:
            y = self.node("Identity", [y], ["probabilities"])
        best = self.node("ArgMax", [y], axis=1)
        texts = model.classes_.dtype.kind == "U"
        classes = self.constant(model.classes_.astype(object if texts else "i4"))
        label = self.node("ArrayFeatureExtractor", [classes, best], domain=ML)
        if texts:
            return self.node("Reshape", [label, self.longs(-1)], ["label"]), y
        label = self.node("Reshape", [label, self.longs(-1)])
        return self.node("Cast", [label], ["label"], to=7), y

    def mlp_regressor(self, x, model):
        return self.node("Reshape", [self.layers(x, model), self.longs(-1, 1)], ["variable"])

    def logistic(self, x, model):
        """LinearClassifier, whose two classes mirror each other; of more classes, Normalizer makes the sum 1."""
        w, b = model.coef_.ravel(), model.intercept_
        two = len(model.classes_) == 2
        if two:
            w, b = numpy.concatenate([-w, w]), numpy.concatenate([-b, b])
        label, y = self.node("LinearClassifier", [x], ["label", "probabilities" if two else "probability_tensor"],
                             domain=ML, coefficients=w.astype("f4").tolist(), intercepts=b.astype("f4").tolist(),
                             multi_class=0 if two else 1, **labels_of(model.classes_, "classlabels_ints"),
                             post_transform="LOGISTIC" if two else "SOFTMAX")
        if not two:
            y = self.node("Normalizer", [y], ["probabilities"], domain=ML, norm="L1")
        return label, y

    def linear(self, x, model):
        return self.node("LinearRegressor", [x], ["variable"], domain=ML, intercepts=[float(model.intercept_)],
                         coefficients=model.coef_.astype("f4").tolist())

    def trees(self, trees, weight, targets, columns=None):
        """The arrays of attributes of a tree ensemble. targets: (tree, node) to {target: number}."""
        names = ["treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids", "hitrates",
                 "missing_value_tracks_true"]
        nodes = {f"nodes_{n}": [] for n in names}
        votes = {"ids": [], "nodeids": [], "treeids": [], "weights": []}
        for t, tree in enumerate(trees):
            for n in range(tree.node_count):
                leaf = tree.children_left[n] == -1
                row = [t, n, 0 if leaf else int(tree.feature[n]), "LEAF" if leaf else "BRANCH_LEQ",
                       0.0 if leaf else below(tree.threshold[n]), 0 if leaf else int(tree.children_left[n]),
                       0 if leaf else int(tree.children_right[n]), 1.0, 0]
                for name, value in zip(names, row):
                    nodes[f"nodes_{name}"].append(value)
                for target, number in (targets(t, tree, n).items() if leaf else ()):
                    for name, value in zip(votes, [target, n, t, float(number) * weight]):
                        votes[name].append(value)
        return nodes, votes

    def tree_classifier(self, x, classes, nodes, votes, **more):
        return self.node("TreeEnsembleClassifier", [x], ["label", "probabilities"], domain=ML,
                         **labels_of(classes, "classlabels_int64s"), **nodes,
                         **{f"class_{n}": v for n, v in votes.items()}, **more)

    def tree_regressor(self, x, nodes, votes, **more):
        return self.node("TreeEnsembleRegressor", [x], ["variable"], domain=ML, n_targets=1, **nodes,
                         **{f"target_{n}": v for n, v in votes.items()}, **more)

    def forest_classifier(self, x, model):
        def shares(t, tree, n):
            counts = tree.value[n][0]
            # of two classes the exporter keeps the share of the second alone, as class 0
            return {0: counts[1] / counts.sum()} if len(counts) == 2 else dict(enumerate(counts / counts.sum()))
        nodes, votes = self.trees([e.tree_ for e in model.estimators_], 1 / len(model.estimators_), shares)
        return self.tree_classifier(x, model.classes_, nodes, votes, post_transform="NONE")

    def forest_regressor(self, x, model):
        trees = [e.tree_ for e in model.estimators_] if hasattr(model, "estimators_") else [model.tree_]
        nodes, votes = self.trees(trees, 1 / len(trees), lambda t, tree, n: {0: tree.value[n].ravel()[0]})
        return self.tree_regressor(x, nodes, votes, post_transform="NONE")

    def boosting_classifier(self, x, model):
        k = model.estimators_.shape[1]
        nodes, votes = self.trees([e.tree_ for e in model.estimators_.ravel()], model.learning_rate,
                                  lambda t, tree, n: {t % k: tree.value[n].ravel()[0]})
        base = model._raw_predict_init(numpy.zeros((1, model.n_features_in_))).ravel()
        return self.tree_classifier(x, model.classes_, nodes, votes, base_values=base.astype("f4").tolist(),
                                    post_transform="LOGISTIC" if k == 1 else "SOFTMAX")

    def boosting_regressor(self, x, model):
        nodes, votes = self.trees([e.tree_ for e in model.estimators_.ravel()], model.learning_rate,
                                  lambda t, tree, n: {0: tree.value[n].ravel()[0]})
        return self.tree_regressor(x, nodes, votes, base_values=[float(model.init_.constant_.ravel()[0])],
                                   post_transform="NONE")


def labels_of(classes, name):
    return {"classlabels_strings" if classes.dtype.kind == "U" else name: classes.tolist()}


def below(threshold):
    """The float32 that lies at or below a threshold: x <= t then says the same of every float32 x."""
    f = numpy.float32(threshold)
    return float(f if float(f) <= threshold else numpy.nextafter(f, numpy.float32(-numpy.inf)))


def classifier(convert, model, data, scaler=None, zipmap=False, texts=False):
    """With zipmap, the default of skl2onnx, the last output is a list of maps: the value before it is asked for.

    Labels that are texts are left out by the same option.
    """
    def make(opset):
        x, y = data(return_X_y=True)
        x = x.astype("f4")
        y = numpy.array(["few", "some", "many"])[y] if texts else y
        fitted = scaler.fit(x) if scaler else None
        inner = fitted.transform(x) if scaler else x
        model.fit(inner, y)
        g = Scikit(opset, x.shape[1])
        label, p = convert(g, g.scaler("X", fitted) if scaler else "X", model)
        rows = x[::len(x) // ROWS][:ROWS]
        answer = fitted.transform(rows) if scaler else rows
        expected = [model.predict(answer), model.predict_proba(answer)]
        if zipmap:
            g.output(label, [None], "int64", "output_label")
            maps = ValueInfoProto(name=g.node("ZipMap", [p], ["output_probability"], domain=ML,
                                              classlabels_int64s=model.classes_.tolist()))
            maps.type.sequence_type.elem_type.map_type.key_type = TensorProto.INT64
            maps.type.sequence_type.elem_type.map_type.value_type.tensor_type.elem_type = TensorProto.FLOAT
            g.outputs.append(maps)
            return Made(g.bytes(), {"X": rows}, expected[1:], {"outputs": ["probabilities"]})
        g.output(label, [None], "string" if texts else "int64")
        g.output(p, [None, len(model.classes_)])
        if texts:
            return Made(g.bytes(), {"X": rows}, expected[1:], {"outputs": ["probabilities"]})
        return Made(g.bytes(), {"X": rows}, expected)
    return make


def regressor(convert, model, scaler=None):
    def make(opset):
        x, y = load_diabetes(return_X_y=True)
        x, y = (x * 10).astype("f4"), y / 100
        fitted = scaler.fit(x) if scaler else None
        model.fit(fitted.transform(x) if scaler else x, y)
        g = Scikit(opset, x.shape[1])
        g.output(convert(g, g.scaler("X", fitted) if scaler else "X", model), [None, 1])
        rows = x[::len(x) // ROWS][:ROWS]
        expected = model.predict(fitted.transform(rows) if scaler else rows)
        return Made(g.bytes(), {"X": rows}, [expected.reshape(-1, 1)])
    return make


def mlp(kind, **more):
    return kind((16, 8), random_state=SEED % 1000, max_iter=60, **more)


SEEDED = {"random_state": 1}
MODELS = [
    ("mlp_classifier", classifier(Scikit.mlp_classifier, mlp(MLPClassifier), load_iris)),
    ("mlp_classifier_two", classifier(Scikit.mlp_classifier, mlp(MLPClassifier, activation="tanh"), load_breast_cancer,
                                      StandardScaler())),
    ("mlp_classifier_zipmap", classifier(Scikit.mlp_classifier, mlp(MLPClassifier, activation="logistic"), load_iris,
                                         zipmap=True)),
    ("mlp_classifier_texts", classifier(Scikit.mlp_classifier, mlp(MLPClassifier), load_iris, texts=True)),
    ("mlp_regressor", regressor(Scikit.mlp_regressor, mlp(MLPRegressor))),
    ("logistic", classifier(Scikit.logistic, LogisticRegression(max_iter=200), load_iris)),
    ("logistic_two", classifier(Scikit.logistic, LogisticRegression(), load_breast_cancer, StandardScaler())),
    ("logistic_zipmap", classifier(Scikit.logistic, LogisticRegression(), load_breast_cancer, MinMaxScaler(), True)),
    ("logistic_texts", classifier(Scikit.logistic, LogisticRegression(max_iter=200), load_iris, texts=True)),
    ("linear", regressor(Scikit.linear, LinearRegression(), StandardScaler())),
    ("forest", classifier(Scikit.forest_classifier, RandomForestClassifier(20, max_depth=6, **SEEDED), load_iris)),
    ("forest_two", classifier(Scikit.forest_classifier, RandomForestClassifier(51, **SEEDED), load_breast_cancer)),
    ("forest_texts", classifier(Scikit.forest_classifier, RandomForestClassifier(9, **SEEDED), load_iris, texts=True)),
    ("forest_regressor", regressor(Scikit.forest_regressor, RandomForestRegressor(30, max_depth=8, **SEEDED))),
    ("tree_regressor", regressor(Scikit.forest_regressor, DecisionTreeRegressor(max_depth=5, **SEEDED))),
    ("boosting", classifier(Scikit.boosting_classifier, GradientBoostingClassifier(n_estimators=20, **SEEDED), load_iris)),
    ("boosting_two", classifier(Scikit.boosting_classifier, GradientBoostingClassifier(n_estimators=30, **SEEDED),
                                load_breast_cancer)),
    ("boosting_regressor", regressor(Scikit.boosting_regressor, GradientBoostingRegressor(n_estimators=40, **SEEDED))),
]


def cases():
    warnings.simplefilter("ignore")
    for name, make in MODELS:
        for opset in (9, 13, 17):
            yield Case("sklearn_form", name, "skl2onnx's form", opset, functools.partial(make, opset), opset == 17)
