"""Writes metrics.golden.json: scikit-learn's metrics of random logits.

/usr/bin/python3 src/training/metrics.golden.py    (scikit-learn, numpy)
"""
import json
import pathlib

import numpy
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss, recall_score, roc_auc_score

random = numpy.random.default_rng(11)


def case(classes, images, digits):
    labels = numpy.concatenate([numpy.arange(classes), random.integers(0, classes, images - classes)])
    logits = numpy.round(random.normal(size=(images, classes)) + 1.2 * numpy.eye(classes)[labels], digits)
    shares = numpy.exp(logits) / numpy.exp(logits).sum(axis=1, keepdims=True)
    called = logits.argmax(axis=1)
    auc = numpy.mean([roc_auc_score(labels == c, shares[:, c]) for c in range(classes)])
    return {
        "logits": logits.tolist(), "labels": labels.tolist(), "loss": log_loss(labels, shares),
        "accuracy": accuracy_score(labels, called), "balancedAccuracy": balanced_accuracy_score(labels, called), "auc": auc,
        "sensitivity": recall_score(labels == 0, called == 0), "specificity": recall_score(labels != 0, called != 0),
    }


CASES = [case(2, 12, 3), case(3, 25, 1), case(4, 40, 2)]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(CASES, separators=(",", ":")) + "\n")
