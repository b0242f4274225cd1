"""Writes adam.golden.json: weights after each step of torch.optim.Adam with two parameter groups."""
import json
import pathlib
import torch

torch.manual_seed(7)
shapes = {"conv1.weight": [2, 1, 3, 3], "bn1.bias": [5], "fc.weight": [3, 4], "fc.bias": [3]}
steps = 6
cases = []
for learning_rate, head_rate, decay in [(1e-3, None, 0.0), (5e-5, 5e-4, 0.0), (1e-2, 3e-2, 0.1)]:
    weights = {name: torch.randn(shape, requires_grad=True) for name, shape in shapes.items()}
    first = {name: w.detach().flatten().tolist() for name, w in weights.items()}
    head = [w for name, w in weights.items() if name.startswith("fc.")]
    body = [w for name, w in weights.items() if not name.startswith("fc.")]
    groups = [{"params": body}, {"params": head, "lr": head_rate or learning_rate}]
    adam = torch.optim.Adam(groups, lr=learning_rate, weight_decay=decay)
    gradients, after = [], []
    for step in range(steps):
        for w in weights.values():
            w.grad = torch.randn_like(w) * 10.0 ** (step - 4)
        gradients.append({name: w.grad.flatten().tolist() for name, w in weights.items()})
        adam.step()
        after.append({name: w.detach().flatten().tolist() for name, w in weights.items()})
    cases.append({"learningRate": learning_rate, "headLearningRate": head_rate, "weightDecay": decay,
                  "weights": first, "gradients": gradients, "after": after})
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"torch": torch.__version__, "shapes": shapes, "cases": cases}))
