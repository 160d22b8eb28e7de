#!/usr/bin/python3
"""Make logistic_golden.h: fits by scikit-learn, and by Newton's method in numpy.

Run as: test/unit/logistic_golden.py > test/unit/logistic_golden.h
Needs python3-sklearn. The data are made of whole numbers by a formula that
logistic_data.h repeats, so that no rounding can make them differ.
"""
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression


def make(rows, cols, classes, seed):
    """x (rows,cols) and y (rows): logistic_data.h, data_make()."""
    state = seed

    def draw(n):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % n

    x = np.empty((rows, cols))
    y = np.empty(rows, dtype=int)
    for i in range(rows):
        scores = [draw(3000) + draw(3000) for _ in range(classes)]
        for j in range(cols):
            v = draw(2001) - 1000
            x[i, j] = v / 250 * (j + 1) + 10 * j
            for c in range(classes):
                scores[c] += v * ((j + 2) * (c + 1) % 5 - 2)
        y[i] = scores.index(max(scores))
    return x, y


def newton(x, y, classes, reference, intercept=True, weight=None):
    """Coefficients (K-1,p), standard errors and log-likelihood."""
    z = np.column_stack([np.ones(len(x)), x]) if intercept else x
    free = [c for c in range(classes) if c != reference]
    w = np.ones(len(x)) if weight is None else weight[y]
    p = z.shape[1]
    theta = np.zeros((len(free), p))
    for step in range(50):
        eta = np.column_stack([z @ t for t in theta] + [np.zeros(len(x))])
        prob = np.exp(eta - eta.max(axis=1, keepdims=True))
        prob /= prob.sum(axis=1, keepdims=True)
        own = np.array([free.index(c) if c != reference else len(free) for c in y])
        loglik = (w * np.log(prob[np.arange(len(x)), own])).sum()
        g = np.concatenate([z.T @ (w * ((own == a) - prob[:, a])) for a in range(len(free))])
        h = np.block([[z.T @ ((w * prob[:, a] * ((a == b) - prob[:, b]))[:, None] * z)
                       for b in range(len(free))] for a in range(len(free))])
        if step > 12:
            break
        theta += np.linalg.solve(h, g).reshape(theta.shape)
    return theta, np.sqrt(np.diag(np.linalg.inv(h))).reshape(theta.shape), loglik


def sklearn_fit(x, y, classes, reference, l2, intercept=True, weight=None):
    """Coefficients (K-1,p) against the reference, by scikit-learn."""
    m = LogisticRegression(C=1 / l2, tol=1e-9, max_iter=10000, fit_intercept=intercept,
                           solver="newton-cg" if classes > 2 else "newton-cholesky",
                           class_weight=weight, multi_class="multinomial" if classes > 2 else "ovr").fit(x, y)
    theta = np.column_stack([m.intercept_, m.coef_]) if intercept else m.coef_
    if classes == 2:
        return theta if reference == 0 else -theta
    return np.delete(theta - theta[reference], reference, axis=0)


def array(name, values):
    numbers = ", ".join("%.17g" % v for v in np.ravel(values))
    print("static const double %s[] = {%s};" % (name, numbers))


def main():
    print("/* Made by logistic_golden.py with numpy %s and scikit-learn %s; do not edit. */"
          % (np.__version__, sklearn.__version__))

    x, y = make(400, 4, 2, 1)
    theta, error, loglik = newton(x, y, 2, 0)
    array("golden_binary", theta)
    array("golden_binary_error", error)
    array("golden_binary_loglik", [loglik])
    array("golden_binary_origin", newton(x, y, 2, 1, intercept=False)[0])
    array("golden_binary_l2", sklearn_fit(x, y, 2, 0, 30))
    array("golden_binary_l2_origin", sklearn_fit(x, y, 2, 0, 30, intercept=False))
    y = np.minimum(y, (x[:, 1] > 10).astype(int))
    weight = len(y) / (2 * np.bincount(y))
    array("golden_balanced", newton(x, y, 2, 0, weight=weight)[0])
    array("golden_balanced_l2", sklearn_fit(x, y, 2, 0, 5, weight="balanced"))

    x, y = make(600, 3, 4, 2)
    theta, error, loglik = newton(x, y, 4, 1)
    array("golden_many", theta)
    array("golden_many_error", error)
    array("golden_many_loglik", [loglik])
    array("golden_many_l2", sklearn_fit(x, y, 4, 1, 30))


main()
