"""Makes adamSteps.golden.json: ten steps of torch.optim.Adam on torchvision's ResNets, from the weights and images of
resnet.golden.py. Its biases are moved, so that rounding switches no ReLU in the first step: that is where Adam, which then moves every
weight by the whole rate, would make most of it.

/usr/bin/python3 test/network/adamSteps.golden.py    (PyTorch 1.13.1, torchvision 0.14.1, numpy)
"""

import importlib.util
import json
import os

import torch
import torchvision

FOLDER = os.path.dirname(os.path.abspath(__file__))
STEPS, RATE, MARGIN = 10, 1e-4, 0

source = open(os.path.join(FOLDER, "resnet.golden.py")).read().split("torch.manual_seed(0)")[0]
formulas = importlib.util.module_from_spec(importlib.util.spec_from_loader("formulas", None))
exec(source, formulas.__dict__)


def signs(count, seed):
    """±1 by the formula's own integers: a fixed direction on which a whole array is projected."""
    return torch.from_numpy(formulas.hashed(count, seed)).sign()


def train(case, moved_biases, dtype):
    network, images = formulas.prepared(*case, dtype, moved_biases)
    state = {key: value.clone() for key, value in network.state_dict().items() if not key.endswith("num_batches_tracked")}
    labels = torch.arange(len(images)) % case[3]
    adam = torch.optim.Adam(network.parameters(), lr=RATE)
    losses = []
    for _ in range(STEPS):
        adam.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(images), labels)
        loss.backward()
        adam.step()
        losses.append(loss.item())
    moved = {}
    for seed, key in enumerate(state):
        change = (network.state_dict()[key].double() - state[key].double()).flatten()
        # Kept as the share of the change's length: how far the weights went, and one direction of where to.
        moved[key] = [change.norm().item(), (change * signs(change.numel(), seed + 1)).sum().item()]
    return losses, moved


def error(got, expected):
    pairs = [(g, e) for key in expected for g, e in zip(got[key], expected[key])]
    return (sum((g - e) ** 2 for g, e in pairs) / sum(e**2 for _, e in pairs)) ** 0.5


def golden(name, batch, size, classes):
    case = (name, batch, size, classes, MARGIN)
    biases = formulas.moves(*case)
    losses, moved = train(case, biases, torch.float64)
    single_losses, single_moved = train(case, biases, torch.float32)
    return {
        "network": name,
        "batch": batch,
        "sizePx": size,
        "classes": classes,
        "margin": MARGIN,
        "biases": biases,
        "learningRate": RATE,
        "losses": losses,
        "moved": {key: [float(f"{value:.9g}") for value in values] for key, values in moved.items()},
        # What PyTorch's own float32 misses float64 by.
        "float32LossError": max(abs(a - b) for a, b in zip(single_losses, losses)),
        "float32MovedError": error(single_moved, moved),
    }


content = [golden("resnet18", 8, 48, 3), golden("resnet50", 8, 48, 3)]
with open(os.path.join(FOLDER, "adamSteps.golden.json"), "w") as file:
    json.dump(content, file, separators=(",", ":"))
    file.write("\n")
print([(c["network"], c["losses"], c["float32LossError"], c["float32MovedError"]) for c in content])
