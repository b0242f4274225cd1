"""Writes targets.golden.json: PyTorch's cross entropy with class weights, label smoothing and mixed images, and its gradient.

/usr/bin/python3 src/training/targets.golden.py    (PyTorch 1.13)
"""
import json
import pathlib

import torch
from torch.nn.functional import cross_entropy

torch.manual_seed(3)
N, C = 6, 3
LABELS = [0, 2, 1, 1, 0, 2]
PARTNERS = [3, 0, 2, 5, 1, 4]


def case(weights, smoothing, share):
    logits = (3 * torch.randn(N, C)).requires_grad_()
    labels = torch.tensor(LABELS)
    settings = {"weight": None if weights is None else torch.tensor(weights), "label_smoothing": smoothing}
    loss = share * cross_entropy(logits, labels, **settings)
    if share < 1:
        loss = loss + (1 - share) * cross_entropy(logits, labels[torch.tensor(PARTNERS)], **settings)
    loss.backward()
    return {"weights": weights, "labelSmoothing": smoothing, "share": share, "logits": logits.detach().flatten().tolist(),
            "loss": loss.item(), "gradient": logits.grad.flatten().tolist()}


CASES = [case(None, 0.0, 1.0), case(None, 0.1, 1.0), case([0.5, 1.0, 2.5], 0.0, 1.0), case([0.5, 1.0, 2.5], 0.2, 1.0),
         case(None, 0.0, 0.3), case([0.5, 1.0, 2.5], 0.1, 0.8)]
pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps({"labels": LABELS, "partners": PARTNERS, "cases": CASES}, separators=(",", ":")) + "\n")
