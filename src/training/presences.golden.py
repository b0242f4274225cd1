"""Writes presences.golden.json: PyTorch's binary cross entropy of images that may show several classes, and its gradient.

/usr/bin/python3 src/training/presences.golden.py    (PyTorch 1.13)
"""
import json
import pathlib

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

torch.manual_seed(5)
SHOWN = [[0], [], [0, 2], [1, 2], [0, 1, 2]]
PARTNERS = [3, 0, 4, 2, 1]
N, C = len(SHOWN), 3


def case(weights, smoothing, share):
    logits = (3 * torch.randn(N, C)).requires_grad_()
    there = torch.zeros(N, C)
    for n, shown in enumerate(SHOWN):
        there[n, shown] = 1.0
    targets = (share * there + (1 - share) * there[PARTNERS]) * (1 - smoothing) + smoothing / 2
    loss = binary_cross_entropy_with_logits(
        logits, targets, pos_weight=None if weights is None else torch.tensor(weights))
    loss.backward()
    return {"weights": weights, "labelSmoothing": smoothing, "share": share, "logits": logits.detach().flatten().tolist(),
            "loss": loss.item(), "gradient": logits.grad.flatten().tolist()}


CASES = [case(None, 0.0, 1.0), case([0.5, 1.0, 4.0], 0.0, 1.0), case(None, 0.2, 1.0), case([0.5, 1.0, 4.0], 0.1, 0.7)]
TEXT = json.dumps({"shown": SHOWN, "partners": PARTNERS, "cases": CASES}, indent=1)
pathlib.Path(__file__).with_suffix(".json").write_text(TEXT + "\n")
