#!/usr/bin/python3
"""Golden values of test/t/070_clean.pl: test/data/adult.csv.

    make_adult.py adult_train.csv adult_test.csv > adult.csv

UCI Adult, prepared by hand and fitted by Newton's method to the last digit:
rows without unknown values ("?", here blank), older than 18; sex 0 and 1; occupation one-hot without its
first category; numbers to mean 0 and standard deviation 1. Rows of the answer
are (what, name, value, raw). raw is the same in the column's own unit (of a
feature: value is what is subtracted, raw what it is divided by).
"""
import csv
import sys

import numpy as np

NUMBERS = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]


def read(path):
    """How many rows there are, are known in all columns, are older than 18; and the last."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    known = [row for row in rows if "" not in row.values()]
    adults = [row for row in known if int(row["age"]) > 18]
    return (len(rows), len(known), len(adults)), adults


def numbers(rows):
    return np.array([[float(row[name]) for name in NUMBERS] for row in rows])


def design(rows, mean, sd, jobs):
    sex = [[float({"Male": 0, "Female": 1}[row["sex"]])] for row in rows]
    job = [[float(row["occupation"] == name) for name in jobs] for row in rows]
    return np.hstack([(numbers(rows) - mean) / sd, sex, job])


def target(rows):
    return np.array([row["income"] == ">50K" for row in rows])


def log_loss(z, y):
    return np.logaddexp(0, np.where(y, -z, z))


def newton(x, y):
    """The maximum of the likelihood: steps until they change nothing."""
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-(x @ beta)))
        hessian = (x.T * (p * (1 - p))) @ x
        step = np.linalg.solve(hessian, x.T @ (y - p))
        beta += step
        if np.abs(step).max() < 1e-13:
            return beta, np.sqrt(np.diag(np.linalg.inv(hessian)))
    sys.exit("Newton's method has not converged")


def lloyd(x, center):
    """k-means from these centroids until no row changes its cluster."""
    label = None
    while True:
        nearest = ((x[:, None] - center) ** 2).sum(2).argmin(1)
        if label is not None and (nearest == label).all():
            return center, label
        label = nearest
        center = np.array([x[label == k].mean(0) for k in range(len(center))])


out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["what", "name", "value", "raw"])


def tell(what, name, value, raw=""):
    out.writerow([what, name, *(v if v == "" else repr(float(v)) for v in (value, raw))])


counts, rows = read(sys.argv[1])
for name, count in zip(("all", "known", "adults"), counts):
    tell("rows", name, count)

mean, sd = numbers(rows).mean(0), numbers(rows).std(0)
jobs = sorted({row["occupation"] for row in rows})[1:]
x, y = design(rows, mean, sd, jobs), target(rows)
names = NUMBERS + ["sex"] + [f"occupation={job}" for job in jobs]
offset = np.concatenate([mean, np.zeros(len(names) - len(NUMBERS))])
scale = np.concatenate([sd, np.ones(len(names) - len(NUMBERS))])
for i, name in enumerate(names):
    tell("feature", name, offset[i], scale[i])

beta, error = newton(np.hstack([np.ones((len(x), 1)), x]), y)
tell("estimate", "(intercept)", beta[0], beta[0] - (beta[1:] * offset / scale).sum())
for i, name in enumerate(names):
    tell("estimate", name, beta[1 + i], beta[1 + i] / scale[i])
    tell("std_error", name, error[1 + i])
tell("fit", "log_likelihood", -log_loss(beta[0] + x @ beta[1:], y).sum())

# the same in raw units, by another road: a fit of raw columns
raw_x = x * scale + offset
raw_beta, _ = newton(np.hstack([np.ones((len(x), 1)), raw_x]), y)
if np.abs(raw_beta[1:] * scale - beta[1:]).max() > 1e-9:
    sys.exit("the fit of raw columns is another")

center, label = lloyd(x, x[:3])
tell("kmeans", "inertia", ((x - center[label]) ** 2).sum())
for k in range(3):
    tell("size", k, (label == k).sum())
    for i, name in enumerate(names):
        tell(f"centroid {k}", name, center[k, i], center[k, i] * scale[i] + offset[i])

counts, rows = read(sys.argv[2])
for name, count in zip(("all", "known", "adults"), counts):
    tell("test rows", name, count)
z, y = beta[0] + design(rows, mean, sd, jobs) @ beta[1:], target(rows)
tell("test", "right", ((z > 0) == y).sum())
tell("test", "log_loss", log_loss(z, y).mean())
for i in (0, 1, 2, len(rows) - 1):
    tell("log-odds of test row", i, z[i])
