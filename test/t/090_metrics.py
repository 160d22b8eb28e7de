"""What scikit-learn says of the rows of 090_metrics.pl: prints, for each number or
list that mediaml has answered, its name and the largest difference, relative where
numbers are above 1.

Arguments: files of rows and of points as JSON, one a line, and one of answers by name.
"""
import json
import sys
import warnings

import numpy as np
from scipy.spatial.distance import cdist
from sklearn import metrics as m
from sklearn.calibration import calibration_curve

warnings.simplefilter("ignore")
rows = [json.loads(line) for line in open(sys.argv[1])]
points = [json.loads(line) for line in open(sys.argv[2])]
ours = json.loads(open(sys.argv[3]).read())


def column(name):
    return np.array([row[name] for row in rows])


def numbers(answer, *names):
    """Columns of an array of rows."""
    return [float(row[name]) for name in names for row in answer]


def tell(name, answer, wanted):
    answer = np.atleast_1d(np.asarray(answer, dtype=float))
    wanted = np.atleast_1d(np.asarray(wanted, dtype=float))
    if answer.shape != wanted.shape:
        print(name.replace(" ", "_"), "inf")
    else:
        print(name.replace(" ", "_"), np.max(np.abs(answer - wanted) / np.maximum(1, np.abs(wanted))))


actual, predicted = column("actual"), column("predicted")
for name, score in (("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)):
    tell(name, ours[name], score(actual, predicted))
    for average in ("macro", "micro", "weighted"):
        tell(f"{name} {average}", ours[f"{name} {average}"], score(column("label"), column("taken"), average=average))
    tell(f"{name} of numbers", ours[f"{name} of numbers"], score(column("number"), column("number_taken"), average="macro"))

labels = sorted(set(column("label")) | set(column("taken")))
matrix = np.zeros((len(labels), len(labels)))
for row in ours["confusion"]:
    matrix[labels.index(row["actual"]), labels.index(row["predicted"])] = row["n"]
tell("confusion", matrix.ravel(), m.confusion_matrix(column("label"), column("taken"), labels=labels).ravel())
tell("adjusted_rand", ours["adjusted_rand"], m.adjusted_rand_score(column("label"), column("taken")))
tell("adjusted_rand of numbers", ours["adjusted_rand of numbers"], m.adjusted_rand_score(column("number"), column("number_taken")))

chances = np.array([row["chances"] for row in rows])
tell("log_loss of many", ours["log_loss of many"], m.log_loss(column("kind"), chances, labels=list("abcd")))
tell("brier of many", ours["brier of many"], np.mean(np.sum((chances - (column("kind")[:, None] == np.array(list("abcd")))) ** 2, axis=1)))

for probability in ("tied", "fine"):
    p = column(probability)
    tell(f"log_loss {probability}", ours[f"log_loss {probability}"], m.log_loss(actual, p))
    tell(f"brier {probability}", ours[f"brier {probability}"], m.brier_score_loss(actual, p))
    for name, strategy in (("calibration", "uniform"), ("calibration_quantile", "quantile")):
        share, mean = calibration_curve(actual, p, n_bins=7, strategy=strategy)
        tell(f"{name} {probability}", numbers(ours[f"{name} {probability}"], "share", "probability"), [*share, *mean])
for score in ("tied", "fine", "wide"):
    s = column(score)
    tell(f"roc_auc {score}", ours[f"roc_auc {score}"], m.roc_auc_score(actual, s))
    tell(f"average_precision {score}", ours[f"average_precision {score}"], m.average_precision_score(actual, s))
    fpr, tpr, threshold = m.roc_curve(actual, s)
    curve = ours[f"roc_curve {score}"]
    tell(f"roc_curve {score}", numbers(curve, "false_positive_rate", "true_positive_rate"), [*fpr, *tpr])
    tell(f"roc_curve thresholds {score}", numbers(curve[1:], "threshold"), threshold[1:])

    cost = np.inf, np.inf
    for t in sorted(set(s), reverse=True)[:: max(1, len(set(s)) // 500)] + [ours[f"best_threshold {score}"]["threshold"]]:
        (_, fp), (fn, _) = m.confusion_matrix(actual, s >= float(t))
        cost = min(cost, (2 * fp + 7 * fn, -float(t)))
    tell(f"best_threshold {score}", [ours[f"best_threshold {score}"][c] for c in ("cost", "threshold")], [cost[0], -cost[1]])

    # the expected positives of the first rows, where ties are in any order
    gains = []
    for k in range(1, 9):
        end = len(s) * k // 8
        least = np.sort(s)[::-1][end - 1]
        above, equal = s > least, s == least
        gains.append(actual[above].sum() + actual[equal].mean() * (end - above.sum()))
    captured = np.array(gains) / actual.sum()
    tell(f"lift {score}", numbers(ours[f"lift {score}"], "captured", "lift"), [*captured, *np.diff([0, *captured]) * 8])

for scale in ("plain", "shifted", "small", "mixed"):
    y, z = column(scale), column(f"{scale}_taken")
    tell(f"rmse {scale}", ours[f"rmse {scale}"] / np.sqrt(m.mean_squared_error(y, z)), 1)
    tell(f"mae {scale}", ours[f"mae {scale}"] / m.mean_absolute_error(y, z), 1)
    tell(f"r2 {scale}", ours[f"r2 {scale}"], m.r2_score(y, z))
    tell(f"mape {scale}", ours[f"mape {scale}"], m.mean_absolute_percentage_error(y, z))

x, cluster = np.array([p["x"] for p in points]), np.array([p["c"] for p in points])
tell("silhouette", ours["silhouette"], m.silhouette_score(x, cluster))
tell("silhouette of distances", ours["silhouette"], m.silhouette_score(cdist(x, x), cluster, metric="precomputed"))
tell("davies_bouldin", ours["davies_bouldin"], m.davies_bouldin_score(x, cluster))
names = np.unique(cluster)
to_centroids = cdist(x, np.array([x[cluster == name].mean(axis=0) for name in names]))
own = cluster[:, None] == names
a, b = to_centroids[own], np.where(own, np.inf, to_centroids).min(axis=1)
alone = own[:, own.sum(axis=0) == 1].any(axis=1)
tell("silhouette_centroid", ours["silhouette_centroid"], np.mean(np.where(alone, 0, (b - a) / np.maximum(a, b))))

# ------------------------------------------------------------------ the bootstrap
FIGURES = "roc_auc", "average_precision", "precision", "recall", "f1"
MASK = 2**64 - 1


def figures(y, score, taken, weight=None):
    return np.array([
        m.roc_auc_score(y, score, sample_weight=weight), m.average_precision_score(y, score, sample_weight=weight),
        m.precision_score(y, taken, sample_weight=weight), m.recall_score(y, taken, sample_weight=weight),
        m.f1_score(y, taken, sample_weight=weight)])


def generator(seed):
    """xoshiro256++, its state filled by splitmix64."""
    s = []
    for _ in range(4):
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = ((seed ^ seed >> 30) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
        s.append(z ^ z >> 31)
    while True:
        x = (s[0] + s[3]) & MASK
        yield ((x << 23 | x >> 41) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = (s[3] << 45 | s[3] >> 19) & MASK


def times_drawn(seed, *keys):
    """How often each row is drawn, where clusters are numbered in the order of keys, the first of which names them."""
    order = np.lexsort(keys[::-1])
    cluster = keys[0][order]
    number = np.cumsum(np.r_[True, (cluster[1:] != cluster[:-1]) | (cluster[1:] < 0)]) - 1
    count, unfair = number[-1] + 1, 2**64 % int(number[-1] + 1)
    bits = (b for b in generator(seed) if b >= unfair)
    times = np.bincount([next(bits) % int(count) for _ in range(count)], minlength=count)
    weight = np.empty(len(order))
    weight[order] = times[number]
    return weight


tied, fine, plain = column("tied"), column("fine"), column("plain")
viewer = np.array([-1 if row["viewer_number"] is None else row["viewer_number"] for row in rows])
for seed in (1, 2, 3):
    weight = times_drawn(seed, viewer, tied, actual + 2 * predicted)
    tell(f"drawn {seed}", [float(row["ci_low"]) for row in ours[f"drawn {seed}"]], figures(actual, tied, predicted, weight))
    weight = times_drawn(seed, viewer, tied, fine, actual + 2 * predicted + 4 * (fine > 0.3))
    tell(f"gain drawn {seed}", [float(row["ci_high"]) for row in ours[f"gain drawn {seed}"]],
         figures(actual, tied, predicted, weight) - figures(actual, fine, fine > 0.3, weight))

first = column("i") <= 3000
y, a, b = actual[first], (tied[first], predicted[first]), (plain[first], plain[first] > 10)
rng = np.random.default_rng(1)
for name, group in (("NULL", column("i")[first]), ("chr(65 + i % 61)", column("i")[first] % 61)):
    drawn, gained = [], []
    _, number = np.unique(group, return_inverse=True)
    count = number.max() + 1
    for _ in range(300):
        weight = np.bincount(rng.integers(count, size=count), minlength=count)[number]
        new, old = figures(y, *a, weight), figures(y, *b, weight)
        drawn.append(new)
        gained.append(new - old)
    for what, sample in ((f"interval {name}", drawn), (f"interval of gain {name}", gained)):
        low, high = np.quantile(sample, (0.025, 0.975), axis=0)
        tell(what, np.concatenate([(numbers(ours[what], end) - theirs) / (high - low)
                                   for end, theirs in (("ci_low", low), ("ci_high", high))]), np.zeros(10))
