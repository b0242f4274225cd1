"""Small files of torch.save and torch.onnx.export, and what PyTorch reads from them.

Run: /usr/bin/python3 torchFile.golden.py > torchFile.golden.json   (PyTorch 1.13.1)
"""

import base64
import collections
import io
import json
import warnings

import numpy
import torch

warnings.filterwarnings("ignore")
torch.manual_seed(1)

base = torch.arange(24, dtype=torch.float32) / 8 - 1
state = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2)).state_dict()
optimizer = torch.optim.Adam([torch.nn.Parameter(torch.ones(2))])
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 4])

contents = {
    "a state dict": state,
    "every number type": collections.OrderedDict(
        f64=base.double() / 3,
        f32=base / 3,
        f16=(base / 3).half(),
        bf16=(base / 3).bfloat16(),
        i64=torch.tensor([-(2**40), 7]),
        i32=torch.tensor([-5, 6], dtype=torch.int32),
        i16=torch.tensor([-5, 6], dtype=torch.int16),
        i8=torch.tensor([-5, 6], dtype=torch.int8),
        u8=torch.tensor([5, 250], dtype=torch.uint8),
        bool=torch.tensor([True, False]),
    ),
    "views of one storage": {
        "whole": base,
        "transposed": base.reshape(4, 6).t(),
        "part": base[5:11],
        "stepped": base[1::3],
        "permuted": base.reshape(2, 3, 4).permute(2, 0, 1),
        "channels_last": base.reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last),
        "empty": base[:0].reshape(0, 3),
        "scalar": base[7],
    },
    "a parameter": {"weight": torch.nn.Parameter(base.reshape(3, 8).t())},
    "a checkpoint": {
        "epoch": 3,
        "arch": "resnet18",
        "state_dict": state,
        "best": numpy.float64(0.75),
        "sizes": torch.Size([1, 2]),
        "seen": {1, 2},
        "none": None,
        "huge": 2**80,
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
    },
    "a model within a model": {"model": {"net": state}},
}


def described(value, path=""):
    """Every dictionary of tensors, as {path: {name: [shape, numbers]}}, the outer before the inner ones."""
    found, level = {}, [(path, value)]
    while level:
        below = []
        for where, one in level:
            tensors = {str(k): v for k, v in one.items() if isinstance(v, torch.Tensor)}
            if tensors:
                found[where] = {k: [list(v.shape), v.detach().float().flatten().tolist()] for k, v in tensors.items()}
            for k, v in one.items():
                if isinstance(v, dict):
                    below.append((f"{where}.{k}" if where else str(k), v))
        level = below
    return found


def saved(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return base64.b64encode(file.getvalue()).decode()


def exported(**options):
    file = io.BytesIO()
    network = torch.nn.Sequential(collections.OrderedDict(conv1=torch.nn.Conv2d(1, 2, 3), bn1=torch.nn.BatchNorm2d(2)))
    network.bn1.running_mean += 0.5
    torch.onnx.export(network, torch.zeros(2, 1, 5, 5), file, **options)
    return base64.b64encode(file.getvalue()).decode(), described(network.state_dict())


kept, kept_state = exported(training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
folded, _ = exported(do_constant_folding=True)
files = []
for name, content in contents.items():
    expected = described(content)
    files.append({"name": name, "format": "pytorch", "base64": saved(content), "dicts": expected})
    legacy = saved(content, _use_new_zipfile_serialization=False)
    files.append({"name": name, "format": "pytorch before 1.6", "base64": legacy, "dicts": expected})
    four = saved(content, pickle_protocol=4)
    files.append({"name": f"{name}, protocol 4", "format": "pytorch", "base64": four, "dicts": expected})

print(json.dumps({"torch": torch.__version__, "files": files, "onnx": {"kept": kept, "state": kept_state, "folded": folded}}))
