"""Expected values of scikit-learn 1.2, SciPy 1.10 and of formulas written out in NumPy. Run with /usr/bin/python3; writes
python.golden.json."""
import json
import numpy as np
from scipy import optimize, stats
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import (average_precision_score, brier_score_loss, cohen_kappa_score, precision_recall_curve,
                             roc_auc_score)

rng = np.random.default_rng(12)
n, subjects = 140, 30
truth = rng.integers(0, 2, n)
cluster = np.sort(rng.integers(0, subjects, n))
_, cluster = np.unique(cluster, return_inverse=True)
subjects = int(cluster.max()) + 1
shared = rng.normal(size=subjects)[cluster]
a = np.round(1 / (1 + np.exp(-(shared + 1.3 * truth + rng.normal(size=n) - 0.6))), 2)
b = np.round(1 / (1 + np.exp(-(shared + 0.8 * truth + rng.normal(size=n) - 0.4))), 2)


def kernel(scores):
    positives, negatives = scores[truth == 1], scores[truth == 0]
    return (positives[:, None] > negatives).astype(float) + 0.5 * (positives[:, None] == negatives)


def obuchowski(one, other):
    """Covariance of two clustered areas, by the sums S10, S01 and S11 of the paper."""
    m, k = int((truth == 1).sum()), int((truth == 0).sum())
    parts = []
    for scores in (one, other):
        wins = kernel(scores)
        area = wins.mean()
        v10, v01 = wins.mean(1), wins.mean(0)
        by_positive = np.zeros(subjects)
        by_negative = np.zeros(subjects)
        np.add.at(by_positive, cluster[truth == 1], v10 - area)
        np.add.at(by_negative, cluster[truth == 0], v01 - area)
        parts.append((by_positive, by_negative))
    i10 = len(set(cluster[truth == 1]))
    i01 = len(set(cluster[truth == 0]))
    s10 = i10 / ((i10 - 1) * m) * (parts[0][0] * parts[1][0]).sum()
    s01 = i01 / ((i01 - 1) * k) * (parts[0][1] * parts[1][1]).sum()
    s11 = subjects / (subjects - 1) * (parts[0][0] * parts[1][1]).sum()
    s11_turned = subjects / (subjects - 1) * (parts[1][0] * parts[0][1]).sum()
    return s10 / m + s01 / k + (s11 + s11_turned) / (m * k)


variance_of_difference = obuchowski(a, a) + obuchowski(b, b) - 2 * obuchowski(a, b)
difference = kernel(a).mean() - kernel(b).mean()

right_a, right_b = (a > 0.5) == truth, (b > 0.5) == truth
sizes = np.bincount(cluster)
x_a, x_b = np.bincount(cluster, right_a), np.bincount(cluster, right_b)
pooled = (right_a.mean() + right_b.mean()) / 2
scale = subjects / (subjects - 1) / n**2
variance = scale * (((x_a - sizes * pooled) ** 2).sum() + ((x_b - sizes * pooled) ** 2).sum()
                    - 2 * ((x_a - sizes * pooled) * (x_b - sizes * pooled)).sum())
obuchowski_mcnemar = (right_a.mean() - right_b.mean()) ** 2 / variance
shares = (x_a - x_b) / sizes
durkalski = shares.sum() ** 2 / (shares**2).sum()

sample = rng.exponential(size=25)
bootstrap = stats.bootstrap((sample,), np.mean, n_resamples=999, method="BCa", random_state=3)
jackknife = (sample.sum() - sample) / (len(sample) - 1)

pairs = np.round(rng.normal(0.4, 1, 9), 3)
permutation = stats.permutation_test((pairs, np.zeros(9)), lambda x, y: x.mean() - y.mean(), permutation_type="samples")

precision, recall, thresholds = precision_recall_curve(truth, a)
observed, stated = calibration_curve(truth, a, n_bins=7)
edges = np.linspace(0, 1, 8)
bins = np.clip(np.digitize(a, edges[1:-1]), 0, 6)
ece = sum(abs(a[bins == k].sum() - truth[bins == k].sum()) for k in range(7)) / n
weights = rng.integers(1, 4, n)
isotonic = IsotonicRegression(out_of_bounds="clip").fit(a, truth, sample_weight=weights)

classes = rng.integers(0, 3, n)
logits = 3 * (rng.normal(size=(n, 3)) + 1.1 * np.eye(3)[classes])
probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)


def loss(t):
    scaled = np.log(probabilities) / t
    return -(scaled[np.arange(n), classes] - np.log(np.exp(scaled).sum(1))).sum()


temperature = optimize.minimize_scalar(loss, bounds=(0.05, 20), method="bounded", options={"xatol": 1e-12}).x

reader1 = rng.integers(0, 4, n)
reader2 = np.where(rng.random(n) < 0.5, reader1, rng.integers(0, 4, n))
levels = [0.05, 0.2, 0.37, 0.5, 0.8]


def net_benefit(called, level):
    return ((called & (truth == 1)).sum() - (called & (truth == 0)).sum() * level / (1 - level)) / n


golden = {
    "truth": truth.tolist(), "cluster": cluster.tolist(), "a": a.tolist(), "b": b.tolist(),
    "auc": roc_auc_score(truth, a),
    "obuchowski": {"variance": obuchowski(a, a), "difference": difference,
                   "varianceOfDifference": variance_of_difference,
                   "p": 2 * stats.norm.sf(abs(difference) / np.sqrt(variance_of_difference))},
    "rightA": right_a.astype(int).tolist(), "rightB": right_b.astype(int).tolist(),
    "mcnemar": {"obuchowski": obuchowski_mcnemar, "durkalski": durkalski,
                "pObuchowski": stats.chi2.sf(obuchowski_mcnemar, 1)},
    "bca": {"value": sample.mean(), "resampled": bootstrap.bootstrap_distribution.tolist(),
            "jackknife": jackknife.tolist(), "low": bootstrap.confidence_interval.low,
            "high": bootstrap.confidence_interval.high},
    "permutation": {"pairs": pairs.tolist(), "p": permutation.pvalue},
    "precisionRecall": {"averagePrecision": average_precision_score(truth, a),
                        "precision": precision[:-1][::-1].tolist(), "recall": recall[:-1][::-1].tolist(),
                        "thresholds": thresholds[::-1].tolist()},
    "brier": brier_score_loss(truth, a),
    "reliability": {"stated": stated.tolist(), "observed": observed.tolist(), "error": ece},
    "weights": weights.tolist(),
    "isotonic": {"stated": isotonic.X_thresholds_.tolist(), "calibrated": isotonic.y_thresholds_.tolist()},
    "probabilities": probabilities.tolist(), "classes": classes.tolist(), "temperature": temperature,
    "reader1": reader1.tolist(), "reader2": reader2.tolist(),
    "cohen": {name: cohen_kappa_score(reader1, reader2, weights=kind)
              for name, kind in [("none", None), ("linear", "linear"), ("quadratic", "quadratic")]},
    "decision": [{"threshold": level, "netBenefit": net_benefit(a >= level, level),
                  "all": net_benefit(a >= 0, level)} for level in levels],
}
with open(__file__.replace(".py", ".json"), "w") as out:
    json.dump(golden, out)
    out.write("\n")
