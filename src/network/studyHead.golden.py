# Writes studyHead.golden.json with PyTorch: gated attention (Ilse et al. 2018) over studies of different length, its weighted
# cross entropy and the gradients of it: /usr/bin/python3 src/network/studyHead.golden.py
import json
import os

import torch

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)
features, hidden, classes, images = 6, 4, 3, 5
lengths = [5, 1, 3]
truths = [2, 0, 1]
weights = [0.5, 2.0, 0.5]


def drawn(*shape):
    return torch.randn(*shape, dtype=torch.float64).float().double().requires_grad_()


parameters = {
    "attention.look.weight": drawn(hidden, features),
    "attention.look.bias": drawn(hidden),
    "attention.gate.weight": drawn(hidden, features),
    "attention.gate.bias": drawn(hidden),
    "attention.attend": drawn(1, hidden),
    "fc.weight": drawn(classes, features),
    "fc.bias": drawn(classes),
}
p = parameters
x = torch.randn(len(lengths), images, features).float().double()
rows = []
for study, length in zip(x, lengths):
    h = study[:length]
    seen = torch.tanh(torch.nn.functional.linear(h, p["attention.look.weight"], p["attention.look.bias"]))
    gate = torch.sigmoid(torch.nn.functional.linear(h, p["attention.gate.weight"], p["attention.gate.bias"]))
    attention = torch.softmax(torch.nn.functional.linear(seen * gate, p["attention.attend"]), dim=0)
    gathered = (attention * h).sum(dim=0)
    rows.append(torch.nn.functional.linear(gathered, p["fc.weight"], p["fc.bias"]))
logits = torch.stack(rows)
each = torch.nn.functional.cross_entropy(logits, torch.tensor(truths), reduction="none")
w = torch.tensor(weights)
loss = (each * w).sum() / w.sum()
loss.backward()


def flat(tensor):
    return [float("%.9g" % value) for value in tensor.detach().reshape(-1)]


golden = {
    "shape": {"features": features, "hidden": hidden, "classes": classes},
    "images": images,
    "lengths": lengths,
    "truths": truths,
    "weights": weights,
    "parameters": {name: {"shape": list(value.shape), "data": flat(value)} for name, value in parameters.items()},
    "features": flat(x),
    "logits": flat(logits),
    "loss": float("%.9g" % loss.item()),
    "gradients": {name: flat(value.grad) for name, value in parameters.items()},
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "studyHead.golden.json")
with open(path, "w") as file:
    file.write(json.dumps(golden, indent=1) + "\n")
