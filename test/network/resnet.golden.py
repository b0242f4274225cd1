"""Makes resnet.golden.json: inference and one training step of torchvision's ResNets in float64, from weights that a
formula gives. Rounding may switch a ReLU whose argument lies beside 0, and with it the gradients of all that comes before
it. Two ways keep every argument away: a margin far above all of them, or biases moved by a hair.

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


# How many times farther from 0 than the largest rounding of its layer what enters a ReLU is kept.
CLEARANCE = 4


def norms(network):
    """The normalisation before each ReLU, in the order in which they run."""
    found = ["bn1"]
    for name, block in network.named_modules():
        if name.count(".") == 1 and name.startswith("layer"):
            found += [f"{name}.bn{i}" for i in (1, 2, 3) if hasattr(block, f"bn{i}")]
    return found


def free_place(values, distance):
    """The place nearest to 0 that has no value within a distance."""
    values = numpy.sort(values)
    places = numpy.concatenate([[0], values - 1.01 * distance, values + 1.01 * distance])
    for place in places[numpy.argsort(numpy.abs(places))]:
        i = numpy.searchsorted(values, place)
        if numpy.abs(values[max(i - 1, 0) : i + 1] - place).min() > distance:
            return place


def clear(network, images, distances):
    """Moves the biases of normalisations so that nothing that enters a ReLU lies within its distance of 0, in float64.

    Returns what was moved: name → [[channel, bias], ...].
    """
    moved = {}
    relus = iter(zip(norms(network), distances))

    def move(_, arguments):
        (x,) = arguments
        name, distance = next(relus)
        bias = network.get_submodule(name).bias
        x = x.clone()
        for channel in range(x.shape[1]):
            place = free_place(x[:, channel].flatten().numpy(), distance)
            if place != 0:
                # A number that float32 holds.
                value = float(numpy.float32(bias[channel].item() - place))
                x[:, channel] += value - bias[channel].item()
                bias[channel] = value
                moved.setdefault(f"{name}.bias", []).append([channel, value])
        return x

    hooks = [m.register_forward_pre_hook(move) for m in network.modules() if isinstance(m, torch.nn.ReLU)]
    with torch.no_grad():
        network(images)
    for hook in hooks:
        hook.remove()
    return moved


def at_borders(network, images):
    """What enters each ReLU, and what enters the pooling."""
    relus, pooled = [], []
    kept = {torch.nn.ReLU: relus, torch.nn.MaxPool2d: pooled}
    hooks = [
        m.register_forward_pre_hook(lambda m, arguments: kept[type(m)].append(arguments[0].detach().clone()))
        for m in network.modules()
        if type(m) in kept
    ]
    logits = network(images)
    for hook in hooks:
        hook.remove()
    return logits, relus, pooled[0]


def prepared(name, batch, size, classes, margin, dtype, moved):
    """The network in training, and its images."""
    network = getattr(torchvision.models, name)(num_classes=classes)
    state = network.state_dict()
    for seed, key in enumerate([k for k in state if not k.endswith("num_batches_tracked")]):
        is_last_norm = key.endswith("bn2.bias" if name == "resnet18" else "bn3.bias")
        state[key] = formula(key, tuple(state[key].shape), seed + 1, margin, is_last_norm)
        for channel, value in moved.get(key, []):
            state[key][channel] = value
    network.load_state_dict(state)
    images = torch.from_numpy((4 * hashed(batch * 3 * size * size, 0)).astype(numpy.float32)).reshape(batch, 3, size, size)
    return network.to(dtype).train(), images.to(dtype)


def moves(*case):
    """What must be moved for a case (network, batch, size, classes, margin), measured by PyTorch's own float32."""
    with torch.no_grad():
        relus, single = (at_borders(*prepared(*case, dtype, {}))[1] for dtype in (torch.float64, torch.float32))
    distances = [CLEARANCE * (x - y).abs().max().item() for x, y in zip(relus, single)]
    return clear(*prepared(*case, torch.float64, {}), distances)


def step(*case, dtype, moved):
    """One training step of a case, with what enters its ReLUs and its pooling."""
    network, images = prepared(*case, dtype, moved)
    _, batch, _, classes, _ = case
    labels = torch.arange(batch) % classes
    with torch.no_grad():
        inferred = network.eval()(images)
    logits, *borders = at_borders(network.train(), images)
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    return network, loss, logits, inferred, borders


def clearances(borders, single):
    """How much larger the smallest number that enters a ReLU is than the largest rounding of PyTorch's float32 there; the same of
    the two largest numbers under a window of the pooling."""
    (relus, pooled), (single_relus, single_pooled) = borders, single
    of_relus = [(x.abs().min() / (x - y).abs().max()).item() for x, y in zip(relus, single_relus)]
    windows = torch.nn.functional.unfold(
        torch.nn.functional.pad(pooled, (1, 1, 1, 1)).flatten(0, 1).unsqueeze(1), 3, stride=2
    )
    largest = windows.topk(2, dim=1).values
    gap = (largest[:, 0] - largest[:, 1])[largest[:, 0] > 0].min()
    return min(of_relus), (gap / (2 * (pooled - single_pooled).abs().max())).item()


def relative(off, network, kept):
    """The L2 norm of what the kept gradients are off, as a share of their norm."""
    exact = numpy.concatenate([kept(p.grad) for p in network.parameters()])
    single = numpy.concatenate([kept(off[k]) for k, _ in network.named_parameters()])
    return float(numpy.linalg.norm(single - exact) / numpy.linalg.norm(exact))


def golden(name, batch, size, classes, margin):
    case = (name, batch, size, classes, margin)
    moved = moves(*case) if margin == 0 else {}
    network, loss, logits, inferred, borders = step(*case, dtype=torch.float64, moved=moved)
    single, _, _, _, single_borders = step(*case, dtype=torch.float32, moved=moved)
    of_relus, of_pooling = clearances(borders, single_borders)
    print(name, batch, size, margin, "clear of rounding by", of_relus, of_pooling, "moved", sum(map(len, moved.values())))
    if len(sys.argv) > 1:  # The whole gradients, for a closer look.
        with open(os.path.join(sys.argv[1], f"{name}-{size}-{margin}.gradients"), "wb") as file:
            for parameter in network.parameters():
                file.write(parameter.grad.numpy().tobytes())
    off = {k: p.grad.double() for k, p in single.named_parameters()}
    return {
        "network": name,
        "batch": batch,
        "sizePx": size,
        "classes": classes,
        "margin": margin,
        "biases": moved,
        "loss": loss.item(),
        "logits": sample(logits),
        "inferredLogits": sample(inferred),
        # Global relative L2 error of PyTorch's own float32 gradients: of all numbers, and of those kept here.
        "float32Error": relative(off, network, lambda x: x.double().flatten().tolist()),
        "float32SampleError": relative(off, network, sample),
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
print([(c["network"], c["loss"], c["float32Error"], c["float32SampleError"]) for c in content])
