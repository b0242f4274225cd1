"""Files of weights as people have them, made with PyTorch, torchvision and torch.onnx, and what they hold.

Run by trialWeights.ts: python3 trialWeights.py FOLDER
"""

import hashlib
import json
import os
import sys
import warnings

import torch
import torchvision

warnings.filterwarnings("ignore")
folder = sys.argv[1]
torch.manual_seed(1)
trials = []


def trial(file, network, state, classes, refused=None):
    """What the network must hold afterwards, in float32: a hash of each array by torchvision's names."""
    arrays = {} if refused else {
        name: hashlib.sha256(value.detach().float().contiguous().numpy().tobytes()).hexdigest()
        for name, value in state.items()
        if not name.endswith("num_batches_tracked")
    }
    trials.append({"file": file, "network": network, "classes": classes, "arrays": arrays, "refused": refused})


def save(file, network, content, state, classes=3, refused=None, **options):
    torch.save(content, os.path.join(folder, file), **options)
    trial(file, network, state, classes, refused)


def without_head(state):
    return {name: value for name, value in state.items() if not name.startswith("fc.")}


for network in ("resnet18", "resnet50"):
    model = getattr(torchvision.models, network)()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.normal_(module.weight)
    state = model.state_dict()
    body = without_head(state)
    save(f"{network}.pth", network, state, state, classes=1000)
    save(f"{network}-other-head.pth", network, state, body)
    save(f"{network}-legacy.pth", network, state, body, _use_new_zipfile_serialization=False)
    half = {name: value.half() if value.is_floating_point() else value for name, value in state.items()}
    save(f"{network}-half.pth", network, half, without_head(half))
    brain = {name: value.bfloat16() if value.is_floating_point() else value for name, value in state.items()}
    save(f"{network}-bfloat16.pth", network, brain, without_head(brain))

    parallel = torch.nn.DataParallel(model)
    optimizer = torch.optim.AdamW(parallel.parameters())
    for parameter in parallel.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    stepped = without_head({name: value.clone() for name, value in model.state_dict().items()})
    checkpoint = {"epoch": 9, "state_dict": parallel.state_dict(), "optimizer": optimizer.state_dict()}
    save(f"{network}-checkpoint.pth.tar", network, checkpoint, stepped)

    backbone = torch.nn.Module()
    backbone.backbone = torch.nn.Sequential(*list(model.children())[:9])
    save(f"{network}-radimagenet-layout.pt", network, backbone.state_dict(), stepped)

    twin = getattr(torchvision.models, network)()
    moco = {f"module.encoder_k.{name}": value for name, value in twin.state_dict().items()}
    moco.update({f"module.encoder_q.{name}": value for name, value in model.state_dict().items()})
    moco["module.queue"] = torch.zeros(128, 64)
    save(f"{network}-moco.pth", network, {"arch": network, "state_dict": moco}, stepped)

    grey = getattr(torchvision.models, network)()
    grey.conv1 = torch.nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    repeated = without_head(dict(grey.state_dict()))
    repeated["conv1.weight"] = (grey.conv1.weight.double() / 3).float().repeat(1, 3, 1, 1)
    save(f"{network}-grey.pth", network, grey.state_dict(), repeated)

    image = torch.zeros(2, 3, 64, 64)
    options = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
    torch.onnx.export(model.train(), image, os.path.join(folder, f"{network}-kept.onnx"), **options)
    trial(f"{network}-kept.onnx", network, without_head(model.state_dict()), 3)
    torch.onnx.export(model.eval(), image, os.path.join(folder, f"{network}-folded.onnx"))
    trial(f"{network}-folded.onnx", network, {}, 3, refused="WEIGHTS_FOLDED")
    save(f"{network}-whole-model.pth", network, model, {}, refused="WEIGHTS_UNSAFE")
    traced = torch.jit.trace(model, image)
    torch.jit.save(traced, os.path.join(folder, f"{network}-script.pt"))
    trial(f"{network}-script.pt", network, {}, 3, refused="WEIGHTS_TYPE_UNSUPPORTED")

for deeper, network in (("resnet34", "resnet18"), ("resnet101", "resnet50"), ("wide_resnet50_2", "resnet50")):
    other = getattr(torchvision.models, deeper)().state_dict()
    save(f"{deeper}.pth", network, other, {}, refused="WEIGHTS_DO_NOT_FIT")

print(json.dumps({"torch": torch.__version__, "torchvision": torchvision.__version__, "trials": trials}))
