#!/usr/bin/python3
"""Golden values of test/sql/metrics.sql, by scikit-learn and by hand.

The rows are made by integer arithmetic, so that SQL makes the same ones.
Made with scikit-learn 1.2.1 (log_loss clips at the float's epsilon there).
"""
import numpy as np
from sklearn.metrics import accuracy_score, log_loss, ndcg_score, roc_auc_score

i = np.arange(1, 5001)
percent = i * 7919 % 101                    # 0 .. 100, many ties
probability = percent / 100.0               # 0 and 1 among them
actual = i * 31 % 53 + percent > 80
predicted = probability > 0.5
fine = i * 104729 % 1000003 / 1000003.0     # hardly any tie

print("accuracy", repr(accuracy_score(actual, predicted)))
print("accuracy of text", repr(accuracy_score(i * 31 % 5, i * 17 % 7)))
print("log_loss", repr(log_loss(actual, probability)))
print("log_loss of fine", repr(log_loss(actual, fine)))
print("roc_auc", repr(roc_auc_score(actual, probability)))
print("roc_auc of fine", repr(roc_auc_score(actual, fine - probability)))

# one list of 50: item r has rank r, and is relevant where r * 7 % 5 == 1
relevance = np.array([[r * 7 % 5 == 1 for r in range(1, 51)]], dtype=float)
order = -np.arange(1, 51.0).reshape(1, -1)
for k in (1, 3, 10, 50):
    print("ndcg at", k, repr(ndcg_score(relevance, order, k=k)),
          "precision at", k, repr(float(relevance[0, :k].mean())))
