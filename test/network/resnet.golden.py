"""Makes resnet.golden.json: inference and one training step of torchvision's ResNets in float64, from weights that a
formula gives.

/usr/bin/python3 test/network/resnet.golden.py    (PyTorch 1.13.1, torchvision 0.14.1, numpy)
"""

import json
import os
import sys

import numpy
import torch
import torchvision

SAMPLES = 16


def hashed(count, seed):
    """count numbers in [-0.5, 0.5) from integers only, so that TypeScript gets the same ones."""
    h = (numpy.arange(1, count + 1, dtype=numpy.uint64) * 2654435761 + seed * 40503) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * 2246822519) & 0xFFFFFFFF
    h ^= h >> 13
    return h.astype(numpy.float64) / 2**32 - 0.5


def formula(name, shape, seed, margin, is_last_norm):
    u = hashed(int(numpy.prod(shape)), seed)
    if margin > 0 and name.endswith("bias") and "bn" in name:
        # Far from zero at every ReLU: no rounding can switch one. After a shortcut none is off.
        values = margin * (numpy.abs(u) if is_last_norm else u) / numpy.abs(u)
    elif name.endswith(("running_var", ".weight")) and len(shape) == 1:
        values = 1 + 0.4 * u
    elif len(shape) == 1:
        values = 0.4 * u
    elif len(shape) == 4:
        values = u * numpy.sqrt(12 * 2 / (shape[0] * shape[2] * shape[3]))
    else:
        values = u * numpy.sqrt(12 / shape[1])
    return torch.from_numpy(values.astype(numpy.float32)).reshape(shape)


def sample(tensor):
    flat = tensor.detach().double().flatten()
    places = [(i * 7919) % flat.numel() for i in range(min(SAMPLES, flat.numel()))]
    return [float(f"{flat[p]:.9g}") for p in places]


def step(name, batch, size, classes, margin, dtype):
    network = getattr(torchvision.models, name)(num_classes=classes)
    state = network.state_dict()
    for seed, key in enumerate([k for k in state if not k.endswith("num_batches_tracked")]):
        is_last_norm = key.endswith("bn2.bias" if name == "resnet18" else "bn3.bias")
        state[key] = formula(key, tuple(state[key].shape), seed + 1, margin, is_last_norm)
    network.load_state_dict(state)
    network.to(dtype).train()
    images = torch.from_numpy((4 * hashed(batch * 3 * size * size, 0)).astype(numpy.float32)).reshape(batch, 3, size, size)
    labels = torch.arange(batch) % classes
    with torch.no_grad():
        inferred = network.eval()(images.to(dtype))
    logits = network.train()(images.to(dtype))
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    return network, loss, logits, inferred


def golden(name, batch, size, classes, margin):
    network, loss, logits, inferred = step(name, batch, size, classes, margin, torch.float64)
    single, _, _, _ = step(name, batch, size, classes, margin, torch.float32)
    if len(sys.argv) > 1:  # The whole gradients, for a closer look.
        with open(os.path.join(sys.argv[1], f"{name}-{size}-{margin}.gradients"), "wb") as file:
            for parameter in network.parameters():
                file.write(parameter.grad.numpy().tobytes())
    off = {k: p.grad.double() for k, p in single.named_parameters()}
    squares = {k: ((off[k] - p.grad).pow(2).sum(), p.grad.pow(2).sum()) for k, p in network.named_parameters()}
    return {
        "network": name,
        "batch": batch,
        "sizePx": size,
        "classes": classes,
        "margin": margin,
        "loss": loss.item(),
        "logits": sample(logits),
        "inferredLogits": sample(inferred),
        # Global relative L2 error of PyTorch's own float32 gradients.
        "float32Error": float((sum(a for a, _ in squares.values()) / sum(b for _, b in squares.values())).sqrt()),
        "gradients": {
            k: {"norm": float(f"{p.grad.norm().item():.9g}"), "sample": sample(p.grad)}
            for k, p in network.named_parameters()
        },
        "running": {k: sample(v) for k, v in network.state_dict().items() if k.endswith(("running_mean", "running_var"))},
    }


torch.manual_seed(0)
content = [
    golden("resnet18", 4, 64, 3, 0),
    golden("resnet50", 4, 64, 3, 0),
    golden("resnet18", 3, 75, 2, 7),
    golden("resnet50", 3, 70, 3, 7),
    # Batches that fill the blocks of ONNX Runtime's convolutions, of either size.
    golden("resnet18", 16, 64, 3, 7),
    golden("resnet50", 16, 48, 2, 7),
]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "resnet.golden.json"), "w") as file:
    json.dump(content, file, separators=(",", ":"))
    file.write("\n")
print([(c["network"], c["loss"], c["float32Error"]) for c in content])
