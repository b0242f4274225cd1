"""Makes adamSteps.golden.json: ten steps of torch.optim.Adam on torchvision's ResNets, from the weights and images of
resnet.golden.py.

/usr/bin/python3 test/network/adamSteps.golden.py    (PyTorch 1.13.1, torchvision 0.14.1, numpy)
"""

import importlib.util
import json
import os

import torch
import torchvision

FOLDER = os.path.dirname(os.path.abspath(__file__))
STEPS, RATE = 10, 1e-4

source = open(os.path.join(FOLDER, "resnet.golden.py")).read().split("torch.manual_seed(0)")[0]
formulas = importlib.util.module_from_spec(importlib.util.spec_from_loader("formulas", None))
exec(source, formulas.__dict__)


def signs(count, seed):
    """±1 by the formula's own integers: a fixed direction on which a whole array is projected."""
    return torch.from_numpy(formulas.hashed(count, seed)).sign()


def train(name, batch, size, classes, dtype):
    network = getattr(torchvision.models, name)(num_classes=classes)
    state = network.state_dict()
    keys = [key for key in state if not key.endswith("num_batches_tracked")]
    for seed, key in enumerate(keys):
        state[key] = formulas.formula(key, tuple(state[key].shape), seed + 1, 0, False)
    network.load_state_dict(state)
    network.to(dtype).train()
    pixels = (4 * formulas.hashed(batch * 3 * size * size, 0)).astype("float32")
    images = torch.from_numpy(pixels).reshape(batch, 3, size, size).to(dtype)
    labels = torch.arange(batch) % classes
    adam = torch.optim.Adam(network.parameters(), lr=RATE)
    losses = []
    for _ in range(STEPS):
        adam.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(images), labels)
        loss.backward()
        adam.step()
        losses.append(loss.item())
    moved = {}
    for seed, key in enumerate(keys):
        change = (network.state_dict()[key].double() - state[key].double()).flatten()
        # Kept as the share of the change's length: how far the weights went, and one direction of where to.
        moved[key] = [change.norm().item(), (change * signs(change.numel(), seed + 1)).sum().item()]
    return losses, moved


def error(got, expected):
    pairs = [(g, e) for key in expected for g, e in zip(got[key], expected[key])]
    return (sum((g - e) ** 2 for g, e in pairs) / sum(e**2 for _, e in pairs)) ** 0.5


def golden(name, batch, size, classes):
    losses, moved = train(name, batch, size, classes, torch.float64)
    single_losses, single_moved = train(name, batch, size, classes, torch.float32)
    return {
        "network": name,
        "batch": batch,
        "sizePx": size,
        "classes": classes,
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
