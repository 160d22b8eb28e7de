#!/usr/bin/python3
"""Make content_golden.h: vectors of texts by scikit-learn's TfidfVectorizer.

Run as: test/unit/content_golden.py > test/unit/content_golden.h
Needs python3-sklearn.
"""
import numpy as np
import sklearn
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

documents = [
    "the good the bad and the ugly",
    "the bad and the beautiful",
    "good will hunting",
    "",
    "a good year a good day to die hard",
    "the the the the the",
    "hunting and hunting and the hunting",
]
tokens = {"token_pattern": r"\w+"}
counts = CountVectorizer(**tokens).fit_transform(documents).tocoo()
vectors = TfidfVectorizer(sublinear_tf=True, norm="l2", **tokens).fit_transform(documents).toarray()
by_term = np.argsort(counts.col, kind="stable")
rows, cols, data = counts.row[by_term], counts.col[by_term], counts.data[by_term]


def array(kind, name, numbers, text):
    lines = [", ".join(text % n for n in numbers[i:i + 8]) for i in range(0, len(numbers), 8)]
    print("static const %s %s[] = {\n\t%s\n};\n" % (kind, name, ",\n\t".join(lines)))


print("/* Made by content_golden.py with scikit-learn %s. */" % sklearn.__version__)
print("#define GOLDEN_ITEMS %d" % len(documents))
print("#define GOLDEN_ENTRIES %d\n" % len(data))
print("/* entry e: golden_counts[e] times the term in the document of the item */")
array("int32_t", "golden_items", rows, "%d")
array("int32_t", "golden_terms", cols, "%d")
array("double", "golden_counts", data, "%d")
print("/* documents that have a term */")
array("int32_t", "golden_documents", np.bincount(cols), "%d")
array("double", "golden_weights", vectors[rows, cols], "%.17g")
