"""Writes optimiser.golden.json: weights after each step of PyTorch's optimisers with groups of parameters, clipped gradients,
accumulated gradients and weights that join later.

/usr/bin/python3 src/training/optimiser.golden.py    (PyTorch 1.13)
"""
import json
import pathlib

import torch


def short(tensor):
    """Nine digits tell float32 numbers apart."""
    return [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()]


torch.manual_seed(7)
SHAPES = {"conv1.weight": [2, 1, 3, 3], "bn1.bias": [5], "layer4.0.conv1.weight": [2, 2, 1, 1], "fc.weight": [3, 4], "fc.bias": [3]}
STEPS = 6
DEPTHS = {"conv1.weight": 0, "bn1.bias": 0, "layer4.0.conv1.weight": 4, "fc.weight": 5, "fc.bias": 5}
DEFAULTS = {"headLearningRate": None, "weightDecay": 0.0}


def optimiser(groups, settings):
    rate = settings["learningRate"]
    kind = settings.get("optimiser", "adam")
    if kind == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=settings.get("momentum", 0.0), nesterov=settings.get("isNesterov", False))
    return (torch.optim.AdamW if kind == "adamw" else torch.optim.Adam)(groups, lr=rate)


def case(settings, clip=None, accumulate=1, thawed=0):
    """thawed: how many steps pass before conv1 and bn1 get a gradient."""
    settings = {**DEFAULTS, **settings}
    weights = {name: torch.randn(shape, requires_grad=True) for name, shape in SHAPES.items()}
    first = {name: short(w) for name, w in weights.items()}
    groups = []
    for name, w in weights.items():
        is_head = name.startswith("fc.")
        rate = settings["learningRate"] * settings.get("layerDecay", 1.0) ** (5 - DEPTHS[name])
        if is_head:
            rate = settings["headLearningRate"] or settings["learningRate"]
        spared = settings.get("decayed") == "weights" and w.ndim < 2
        groups.append({"params": [w], "lr": rate, "weight_decay": 0.0 if spared else settings["weightDecay"]})
    steps = optimiser(groups, settings)
    gradients, after, norms = [], [], []
    for step in range(STEPS):
        learning = {name: w for name, w in weights.items() if step >= thawed or DEPTHS[name] > 0}
        parts = [{name: torch.randn_like(w) * 10.0 ** (step - 4) for name, w in learning.items()} for _ in range(accumulate)]
        gradients.append([{name: short(g) for name, g in part.items()} for part in parts])
        steps.zero_grad(set_to_none=True)
        for part in parts:
            sum((w * part[name]).sum() / accumulate for name, w in learning.items()).backward()
        norm = torch.nn.utils.clip_grad_norm_(list(learning.values()), float("inf") if clip is None else clip)
        norms.append(norm.item())
        steps.step()
        after.append({name: short(w) for name, w in weights.items()})
    return {"settings": settings, "clip": clip, "accumulate": accumulate, "thawed": thawed, "weights": first,
            "gradients": gradients, "norms": norms, "after": after}


CASES = [
    case({"learningRate": 1e-3}),
    case({"learningRate": 5e-5, "headLearningRate": 5e-4}),
    case({"learningRate": 1e-2, "headLearningRate": 3e-2, "weightDecay": 0.1}),
    case({"optimiser": "adamw", "learningRate": 1e-2, "weightDecay": 0.1, "decayed": "weights"}),
    case({"optimiser": "adamw", "learningRate": 1e-2, "weightDecay": 0.05, "layerDecay": 0.65}, clip=0.5),
    case({"optimiser": "sgd", "learningRate": 1e-2}),
    case({"optimiser": "sgd", "learningRate": 1e-2, "momentum": 0.9, "weightDecay": 1e-2}, accumulate=3),
    case({"optimiser": "sgd", "learningRate": 1e-2, "headLearningRate": 5e-2, "momentum": 0.9, "isNesterov": True,
          "weightDecay": 1e-2, "decayed": "weights"}, clip=1.0),
    case({"learningRate": 1e-2}, thawed=2),
    case({"optimiser": "sgd", "learningRate": 1e-2, "momentum": 0.9}, thawed=3),
]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"torch": torch.__version__, "shapes": SHAPES, "cases": CASES}, separators=(",", ":")) + "\n")
