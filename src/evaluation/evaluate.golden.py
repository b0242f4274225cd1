"""Expected values of the evaluation from scikit-learn 1.2 and NumPy. Run with /usr/bin/python3; writes evaluate.golden.json."""
import json
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    confusion_matrix,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)

rng = np.random.default_rng(7)
n, k = 120, 3
truth = rng.integers(0, k, n)
logits = rng.normal(size=(n, k)) + 1.2 * np.eye(k)[truth]
# Rounded, so that ties occur.
scores = np.round(np.exp(logits) / np.exp(logits).sum(1, keepdims=True), 2)
scores[:, 2] = np.round(1 - scores[:, 0] - scores[:, 1], 2)
predicted = scores.argmax(1)
matrix = confusion_matrix(truth, predicted, labels=range(k))
one_hot = np.eye(k)[truth]
curves = []
for c in range(k):
    fpr, tpr, _ = roc_curve(truth == c, scores[:, c], drop_intermediate=False)
    curves.append([[float(a), float(b)] for a, b in zip(fpr, tpr)])

weights = rng.multinomial(20, np.full(20, 1 / 20))
subjects = rng.integers(0, 20, n)
w = weights[subjects]

features = rng.normal(size=(60, 2))
labels = (features[:, 0] + 0.7 * rng.normal(size=60) > 0).astype(int) + (features[:, 1] > 0.6)
model = LogisticRegression(C=1.0, multi_class="multinomial", solver="lbfgs", tol=1e-12, max_iter=10000)
model.fit(features, labels)
probe = rng.normal(size=(5, 2))

# Off the edges of the bins, which scikit-learn counts to the bin below.
stated = np.clip(scores + 0.001, 0, 0.9995)
reliability = [[a.tolist() for a in calibration_curve(truth == c, stated[:, c], n_bins=10)] for c in range(k)]

golden = {
    "stated": stated.tolist(),
    "reliability": reliability,
    "brier": [brier_score_loss(truth == c, stated[:, c]) for c in range(k)],
    "averagePrecision": [average_precision_score(truth == c, scores[:, c]) for c in range(k)],
    "precisionRecall": [
        [a.tolist() for a in precision_recall_curve(truth == c, scores[:, c])[:2]] for c in range(k)
    ],
    "precision": [precision_score(truth == c, predicted == c) for c in range(k)],
    "negativePrecision": [precision_score(truth != c, predicted != c) for c in range(k)],
    "rates": confusion_matrix(truth, predicted, labels=range(k), normalize="true").tolist(),
    "truth": truth.tolist(),
    "scores": scores.tolist(),
    "subjects": subjects.tolist(),
    "confusion": matrix.tolist(),
    "recall": recall_score(truth, predicted, average=None).tolist(),
    "specificity": [recall_score(truth != c, predicted != c) for c in range(k)],
    "accuracy": [float(((truth == c) == (predicted == c)).mean()) for c in range(k)],
    "overallAccuracy": float((truth == predicted).mean()),
    "auc": [roc_auc_score(truth == c, scores[:, c]) for c in range(k)],
    "macroAuc": roc_auc_score(one_hot, scores, average="macro"),
    "microAuc": roc_auc_score(one_hot, scores, average="micro"),
    "curves": curves,
    "weights": weights.tolist(),
    "weightedAuc": [roc_auc_score(truth == c, scores[:, c], sample_weight=w) for c in range(k)],
    "logistic": {
        "features": features.tolist(),
        "labels": labels.tolist(),
        "probe": probe.tolist(),
        "probabilities": model.predict_proba(probe).tolist(),
    },
    "quantiles": {
        "values": (values := rng.normal(size=37)).tolist(),
        "low": float(np.quantile(values, 0.025)),
        "high": float(np.quantile(values, 0.975)),
    },
}
with open(__file__.replace(".py", ".json"), "w") as out:
    json.dump(golden, out)
    out.write("\n")
