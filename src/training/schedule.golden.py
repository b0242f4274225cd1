"""Writes schedule.golden.json: learning rates of PyTorch's schedulers, as shares of the whole rate.

/usr/bin/python3 src/training/schedule.golden.py    (PyTorch 1.13)
"""
import json
import pathlib

import torch
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LinearLR, OneCycleLR

STEPS = 40


def shares(make):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimiser)
    found = []
    for _ in range(STEPS):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step()
    return found


def warmed(rest, steps):
    """SequentialLR of 1.13 starts its second scheduler one rate off: the two are joined by hand."""
    rising = shares(lambda o: LinearLR(o, start_factor=1 / steps, total_iters=steps - 1))[:steps]
    return rising + shares(rest)[: STEPS - steps]


def one_cycle(share):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = OneCycleLR(optimiser, max_lr=1.0, total_steps=STEPS, pct_start=share, cycle_momentum=False)
    found = [optimiser.param_groups[0]["lr"]]
    for _ in range(STEPS - 1):
        optimiser.step()
        scheduler.step()
        found.append(optimiser.param_groups[0]["lr"])
    return found


CASES = [
    {"schedule": "constant", "warmUp": 0.25, "shares": warmed(lambda o: ConstantLR(o, factor=1.0), 10)},
    {"schedule": "cosine", "warmUp": 0, "shares": shares(lambda o: CosineAnnealingLR(o, STEPS))},
    {"schedule": "cosine", "warmUp": 0.2, "shares": warmed(lambda o: CosineAnnealingLR(o, STEPS - 8), 8)},
    {"schedule": "one-cycle", "warmUp": 0, "shares": one_cycle(0.3)},
    {"schedule": "one-cycle", "warmUp": 0.1, "shares": one_cycle(0.1)},
]
pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps({"steps": STEPS, "cases": CASES}, separators=(",", ":")) + "\n")
