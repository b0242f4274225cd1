"""The other side of benchEngine.ts: PyTorch and torchvision.

Sets up one workload, then runs it once for each line on its standard input and answers with a line of JSON:
{"ms", "peakMb"}. Arguments: WORK NETWORK BATCH, where WORK is train, infer or infer8 (which is float32 here).
"""

import json
import resource
import sys
import time

import torch
import torchvision

work, name, batch = sys.argv[1], sys.argv[2], int(sys.argv[3])
torch.set_num_threads(2)
torch.manual_seed(0)
network = getattr(torchvision.models, name)(num_classes=3)
images = torch.randn(batch, 3, 224, 224)
labels = torch.arange(batch) % 3


def training():
    network.train()
    adam = torch.optim.Adam(network.parameters(), lr=1e-4)

    def step():
        adam.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(network(images), labels)
        loss.backward()
        adam.step()
        return loss.item()

    return step


def inference():
    network.eval()

    def predict():
        with torch.inference_mode():
            return torch.softmax(network(images), 1)

    return predict


run = training() if work == "train" else inference()
for _ in sys.stdin:
    start = time.perf_counter()
    run()
    ms = 1000 * (time.perf_counter() - start)
    # ru_maxrss counts KiB.
    print(json.dumps({"ms": ms, "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)
