"""Writes distort.golden.json: crops turned and scaled by PyTorch's grid_sample, their brightness and contrast changed by torchvision.

/usr/bin/python3 src/dataset/distort.golden.py    (PyTorch 1.13, torchvision 0.14)
"""
import json
import math
import pathlib

import torch
from torchvision.transforms.functional import adjust_brightness, adjust_contrast

STORED, INPUT = 12, 8
torch.manual_seed(5)
IMAGE = torch.randint(0, 256, (STORED, STORED))


def case(top, left, degrees=0.0, scale=1.0, brightness=1.0, contrast=1.0):
    # A thing turned counterclockwise, as it is seen with rows going down, is looked up clockwise.
    angle = math.radians(degrees)
    y, x = torch.meshgrid(torch.arange(INPUT), torch.arange(INPUT), indexing="ij")
    dy, dx = y - (INPUT - 1) / 2, x - (INPUT - 1) / 2
    column = left + (INPUT - 1) / 2 + (math.cos(angle) * dx - math.sin(angle) * dy) / scale
    row = top + (INPUT - 1) / 2 + (math.sin(angle) * dx + math.cos(angle) * dy) / scale
    grid = torch.stack([(2 * column + 1) / STORED - 1, (2 * row + 1) / STORED - 1], dim=-1)[None]
    crop = torch.nn.functional.grid_sample(
        IMAGE[None, None].double() / 255, grid.double(), mode="bilinear", padding_mode="border", align_corners=False)[0]
    crop = adjust_contrast(adjust_brightness(crop, brightness), contrast)
    return {"top": top, "left": left, "rotationDegrees": degrees, "scale": scale, "brightness": brightness,
            "contrast": contrast, "grey": [round(255 * v, 4) for v in crop.flatten().tolist()]}


CASES = [case(1, 3), case(2, 2, degrees=90.0), case(4, 0, degrees=-17.0), case(0, 4, scale=1.3), case(2, 1, scale=0.6),
         case(2, 2, brightness=1.4), case(2, 2, contrast=0.5), case(3, 1, 8.0, 0.9, 1.2, 1.3)]
pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps({"storedPx": STORED, "inputPx": INPUT, "image": IMAGE.flatten().tolist(), "cases": CASES},
               separators=(",", ":")) + "\n")
