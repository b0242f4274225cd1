"""The peer of trialPaper.ts: trains torchvision's network in PyTorch on the batches that FOLDER holds.

python3 trialPaper.py FOLDER reads job.json, first.safetensors, training.i32 and validation.i32 and writes result.json: the
history, and the validation images' probabilities of the first class under the best epoch's weights. A checkpoint after each
epoch lets it go on where it was stopped.
"""
import json
import os
import struct
import sys
import time

import numpy as np
import torch
import torchvision

folder = sys.argv[1]
job = json.load(open(os.path.join(folder, "job.json")))
side, size = job["storedPx"], job["inputPx"]


def read_safetensors(path):
    """Little-endian length, JSON header, bytes; all arrays here are F32."""
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    state = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + length + at for at in entry["data_offsets"])
        state[name] = torch.from_numpy(np.frombuffer(data[start:end], "<f4").copy().reshape(entry["shape"]))
    return state


def rows(name):
    return np.fromfile(os.path.join(folder, name), "<i4").reshape(-1, 6)


mean = torch.tensor(job["mean"]).reshape(3, 1, 1)
std = torch.tensor(job["std"]).reshape(3, 1, 1)


def batch_of(some):
    images = []
    for case, index, _, top, left, flipped in some:
        plane = np.fromfile(job["pixels"][case], np.uint8, side * side, offset=index * side * side).reshape(side, side)
        view = plane[top : top + size, left : left + size]
        images.append(torch.from_numpy((view[:, ::-1] if flipped else view).copy()))
    grey = torch.stack(images).to(torch.float32).unsqueeze(1) / 255
    return (grey - mean) / std, torch.from_numpy(some[:, 2].astype(np.int64))


model = getattr(torchvision.models, job["name"])(num_classes=job["classes"])
found = model.load_state_dict(read_safetensors(os.path.join(folder, "first.safetensors")), strict=False)
assert not found.unexpected_keys and all("num_batches" in key for key in found.missing_keys), found
head = list(model.fc.parameters())
body = [p for name, p in model.named_parameters() if not name.startswith("fc.")]
rate = job["learningRate"]
groups = [{"params": body}, {"params": head, "lr": job["headLearningRate"] or rate}]
optimiser = torch.optim.Adam(groups, lr=rate, weight_decay=job["weightDecay"])

checkpoint = os.path.join(folder, "last.pt")
history, best = [], None
if os.path.exists(checkpoint):
    kept = torch.load(checkpoint)
    model.load_state_dict(kept["model"])
    optimiser.load_state_dict(kept["optimiser"])
    history, best = kept["history"], kept["best"]

training = rows("training.i32").reshape(job["epochs"], job["batches"], job["batchSize"], 6)
validation = rows("validation.i32")
for epoch in range(len(history), job["epochs"]):
    started = time.perf_counter()
    model.train()
    total = 0.0
    for some in training[epoch]:
        images, labels = batch_of(some)
        optimiser.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimiser.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(batch_of(validation[at : at + 32])[0]) for at in range(0, len(validation), 32)])
    labels = torch.from_numpy(validation[:, 2].astype(np.int64))
    record = {
        "epoch": epoch + 1,
        "trainingLoss": total / job["batches"],
        "validationLoss": torch.nn.functional.cross_entropy(logits.double(), labels).item(),
        "validationAccuracy": (logits.argmax(1) == labels).double().mean().item(),
        "seconds": time.perf_counter() - started,
    }
    history.append(record)
    order = (record["validationAccuracy"], -record["validationLoss"])
    if best is None or order > best["order"]:
        scores = torch.softmax(logits.double(), 1)[:, 0].tolist()
        best = {"order": order, "scores": scores, "positive": (labels == 0).long().tolist()}
    print(json.dumps(record), flush=True)
    partial = checkpoint + ".partial"
    torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "history": history, "best": best}, partial)
    os.replace(partial, checkpoint)

with open(os.path.join(folder, "result.partial"), "w") as file:
    json.dump({"history": history, "scores": best["scores"], "positive": best["positive"]}, file)
os.replace(os.path.join(folder, "result.partial"), os.path.join(folder, "result.json"))
