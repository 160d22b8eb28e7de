#!/usr/bin/python3
"""Golden values of test/t/070_clean.pl, by scikit-learn: clean_rows.csv, clean_cases.csv.

    make_clean.py DIRECTORY

Random rows of which one number in six is missing, and what scikit-learn 1.2.1
makes of them: a case a row, with options of preprocessor that say the same.
"""
import csv
import json
import sys

import numpy as np
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (FunctionTransformer, MinMaxScaler, OneHotEncoder, OrdinalEncoder,
                                   RobustScaler, StandardScaler)

N = 60
rng = np.random.default_rng(20261123)
TEXTS = ["western", "Drama", "drama", "Comédie", "science fiction", "Éire", "動画", "x=y"]


def holes(column, share):
    return np.where(rng.uniform(size=N) < share, None, column.astype(object))


x = holes(rng.lognormal(3, 2, N), 1 / 6)  # skewed
y = holes(rng.normal(-1e3, 1, N), 1 / 6)  # a large offset
k = holes(rng.integers(0, 7, N), 1 / 6)
b = holes(rng.uniform(size=N) < 0.3, 1 / 6)
c = holes(rng.choice(TEXTS, N, p=rng.dirichlet(np.full(len(TEXTS), 1.5))), 1 / 6)
d = rng.choice(["PG", "PG-13", "R", "NC-17"], N).astype(object)  # complete
z = np.full(N, 7.5).astype(object)  # of deviation 0


def numbers(*columns):
    return np.array([[np.nan if v is None else float(v) for v in column] for column in columns]).T


def texts(column):
    return column.reshape(-1, 1)


def filled(column, strategy, **more):
    """A column of numbers without missing values, and its quantiles."""
    out = SimpleImputer(strategy=strategy, **more).fit_transform(numbers(column))
    return out


def clip(column, low, high):
    return np.clip(numbers(column), low, high)


def known(column):
    v = numbers(column)
    return v[~np.isnan(v)]


def iqr(column, times):
    low, high = np.quantile(known(column), [0.25, 0.75])
    return low - times * (high - low), high + times * (high - low)


def one_hot(column, **options):
    encoder = OneHotEncoder(sparse_output=False, **options).fit(texts(column))
    return encoder.transform(texts(column)), list(encoder.categories_[0])


def mode(column):
    return SimpleImputer(strategy="most_frequent", missing_values=None).fit_transform(texts(column))


def named(prefix, categories):
    return [f"{prefix}={name}" for name in categories]


CASES = []


def case(name, features, options, names, expected):
    options = {"features": features, **options}
    expected = np.asarray(expected, dtype=float).reshape(N, -1)
    assert expected.shape[1] == len(names), name
    CASES.append((name, options, names, expected.tolist()))


def every(columns, **options):
    return {"columns": {name: options for name in columns}}


case("median, standard", ["x", "y", "k", "z"], {}, ["x", "y", "k", "z"],
     make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit_transform(numbers(x, y, k, z)))
case("mean, standard", ["x", "y", "k"], {"default": {"impute": "mean"}}, ["x", "y", "k"],
     make_pipeline(SimpleImputer(), StandardScaler()).fit_transform(numbers(x, y, k)))
case("mode, minmax", ["x", "k"], every(["x", "k"], impute="mode", scale="minmax"), ["x", "k"],
     make_pipeline(SimpleImputer(strategy="most_frequent"), MinMaxScaler()).fit_transform(numbers(x, k)))
case("constant, robust", ["x", "y"], every(["x", "y"], fill=-5.5, scale="robust"), ["x", "y"],
     make_pipeline(SimpleImputer(strategy="constant", fill_value=-5.5), RobustScaler()).fit_transform(numbers(x, y)))
case("median, robust", ["y", "k"], every(["y", "k"], scale="robust"), ["y", "k"],
     make_pipeline(SimpleImputer(strategy="median"), RobustScaler()).fit_transform(numbers(y, k)))
case("median, no scale", ["x", "k"], every(["x", "k"], scale="none"), ["x", "k"],
     SimpleImputer(strategy="median").fit_transform(numbers(x, k)))
case("log1p", ["x", "y"], every(["x", "y"], scale="log1p"), ["x", "y"],
     make_pipeline(SimpleImputer(strategy="median"),
                   FunctionTransformer(lambda v: np.sign(v) * np.log1p(np.abs(v)))).fit_transform(numbers(x, y)))
case("indicator", ["x", "k"], every(["x", "k"], indicator=True), ["x", "x=missing", "k", "k=missing"],
     np.hstack([make_union(make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
                           MissingIndicator(features="all")).fit_transform(numbers(v)) for v in (x, k)]))
case("quantiles", ["x"], every(["x"], clip={"quantiles": [0.05, 0.9]}, scale="none"), ["x"],
     SimpleImputer(strategy="median").fit_transform(clip(x, *np.quantile(known(x), [0.05, 0.9]))))
case("range", ["y", "x"], {"columns": {"y": {"clip": {"range": [-1000.5, None]}},
                                       "x": {"clip": {"range": [1, 100]}, "impute": "mean"}}}, ["y", "x"],
     np.hstack([make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit_transform(clip(y, -1000.5, None)),
                make_pipeline(SimpleImputer(), StandardScaler()).fit_transform(clip(x, 1, 100))]))
case("iqr", ["x"], every(["x"], clip={"iqr": 1.5}, scale="standard"), ["x"],
     make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit_transform(clip(x, *iqr(x, 1.5))))
case("boolean", ["b"], {}, ["b"],
     SimpleImputer(strategy="most_frequent").fit_transform(numbers(b)))

hot, categories = one_hot(d)
case("one-hot", ["d"], {}, named("d", categories), hot)
hot, categories = one_hot(d, drop="first")
case("one-hot but the first", ["d"], every(["d"], drop_first=True), named("d", categories[1:]), hot)
hot, categories = one_hot(mode(c).ravel())
case("mode, one-hot", ["c"], every(["c"], impute="mode"), named("c", categories), hot)
hot, categories = one_hot(np.where(c == None, "", c))  # noqa: E711
case("one-hot and missing", ["c"], {}, named("c", categories[1:] + ["missing"]), np.roll(hot, -1, axis=1))
encoder = OneHotEncoder(sparse_output=False, min_frequency=8, handle_unknown="infrequent_if_exist").fit(mode(c))
rare = set(encoder.infrequent_categories_[0])
case("one-hot and rare ones", ["c"], every(["c"], impute="mode", min_count=8),
     named("c", [v for v in encoder.categories_[0] if v not in rare] + ["other"]), encoder.transform(mode(c)))
case("ordinal", ["d"], every(["d"], encode="ordinal"), ["d"], OrdinalEncoder().fit_transform(texts(d)))
case("ordinal, missing", ["c"], every(["c"], encode="ordinal"), ["c"],
     OrdinalEncoder(encoded_missing_value=-1).fit_transform(texts(np.where(c == None, np.nan, c))))  # noqa: E711
hot, categories = one_hot(np.array([str(v) for v in SimpleImputer(strategy="most_frequent")
                                    .fit_transform(numbers(k)).ravel().astype(int)], dtype=object))
case("numbers one-hot", ["k"], every(["k"], encode="one_hot", impute="mode"), named("k", categories), hot)
share = {v: (d == v).mean() for v in d}
case("frequency", ["d"], every(["d"], encode="frequency"), ["d:frequency"], [share[v] for v in d])
case("all of them", ["k", "d", "x", "b"], {}, ["k"] + named("d", one_hot(d)[1]) + ["x", "b"],
     np.hstack([make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit_transform(numbers(k)), one_hot(d)[0],
                make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit_transform(numbers(x)),
                SimpleImputer(strategy="most_frequent").fit_transform(numbers(b))]))

with open(f"{sys.argv[1]}/clean_rows.csv", "w") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["id", "x", "y", "k", "b", "c", "d", "z"])
    for i, row in enumerate(zip(x, y, k, b, c, d, z)):
        out.writerow([i, *("" if v is None else repr(float(v)) if isinstance(v, float) else v for v in row)])
with open(f"{sys.argv[1]}/clean_cases.csv", "w") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["name", "options", "names", "expected"])
    for name, options, names, expected in CASES:
        out.writerow([name, *(json.dumps(v, ensure_ascii=False, separators=(",", ":"))
                              for v in (options, names, expected))])
