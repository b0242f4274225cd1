"""Makes frozenPart.golden.json: one training step of torchvision's ResNets whose first stages are frozen (no gradient, batch norm in
inference mode), in float64, from the weights and images of resnet.golden.py.

/usr/bin/python3 test/network/frozenPart.golden.py    (PyTorch 1.13.1, torchvision 0.14.1, numpy)
"""
import importlib.util
import json
import os

import torch
import torchvision

FOLDER = os.path.dirname(os.path.abspath(__file__))
source = open(os.path.join(FOLDER, "resnet.golden.py")).read().split("torch.manual_seed(0)")[0]
formulas = importlib.util.module_from_spec(importlib.util.spec_from_loader("formulas", None))
exec(source, formulas.__dict__)
STAGES = ["conv1", "bn1", "layer1", "layer2", "layer3", "layer4"]


def golden(name, border, batch, size, classes, margin):
    network = getattr(torchvision.models, name)(num_classes=classes)
    state = network.state_dict()
    for seed, key in enumerate([k for k in state if not k.endswith("num_batches_tracked")]):
        is_last_norm = key.endswith("bn2.bias" if name == "resnet18" else "bn3.bias")
        state[key] = formulas.formula(key, tuple(state[key].shape), seed + 1, margin, is_last_norm)
    network.load_state_dict(state)
    network.to(torch.float64).train()
    for stage in STAGES[: STAGES.index(border) + 1]:
        part = getattr(network, stage).eval()
        for parameter in part.parameters():
            parameter.requires_grad_(False)
    images = torch.from_numpy((4 * formulas.hashed(batch * 3 * size * size, 0)).astype("float32")).reshape(batch, 3, size, size)
    labels = torch.arange(batch) % classes
    logits = network(images.double())
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    trained = {k: p for k, p in network.named_parameters() if p.requires_grad}
    frozen = set(state) - set(trained)
    running = {k: v for k, v in network.state_dict().items() if k.endswith(("running_mean", "running_var"))}
    moved = {k: formulas.sample(v) for k, v in running.items() if not torch.equal(v, state[k].double())}
    return {"network": name, "border": border, "batch": batch, "sizePx": size, "classes": classes, "margin": margin,
            "loss": loss.item(), "logits": formulas.sample(logits), "running": moved,
            "gradients": {k: {"norm": float(f"{p.grad.norm().item():.9g}"), "sample": formulas.sample(p.grad)}
                          for k, p in trained.items()}}


content = [
    golden("resnet18", "layer1", 3, 70, 3, 7),
    golden("resnet18", "layer3", 16, 64, 3, 7),
    golden("resnet18", "layer4", 4, 64, 2, 0),
    golden("resnet50", "layer2", 16, 48, 2, 7),
    golden("resnet50", "layer3", 3, 70, 3, 7),
]
with open(os.path.join(FOLDER, "frozenPart.golden.json"), "w") as file:
    json.dump(content, file, separators=(",", ":"))
    file.write("\n")
print([(c["network"], c["border"], c["loss"], len(c["gradients"]), len(c["running"])) for c in content])
