"""Makes resizeGrey.golden.json with Pillow 9.4: python3 resizeGrey.golden.py

The pictures come from a formula that the test repeats; the golden file holds the SHA-256 of Pillow's result, and the
smallest results whole.
"""
import hashlib
import json
import os

import numpy as np
from PIL import Image

sizes = [([5, 7], [3, 4]), ([4, 4], [9, 6]), ([8, 8], [8, 8]), ([512, 512], [256, 256]), ([512, 512], [224, 224]),
         ([331, 331], [256, 256]), ([300, 417], [256, 256]), ([100, 90], [256, 256]), ([1, 6], [4, 2]), ([767, 768], [256, 256])]


def picture(rows, columns):
    y, x = np.mgrid[0:rows, 0:columns].astype(np.int64)
    return ((x * x * 7 + y * y * 13 + x * y * 5 + (x ^ y) * 3) % 256).astype(np.uint8)


cases = []
for shape, to in sizes:
    image = Image.fromarray(picture(*shape)).resize((to[1], to[0]), Image.Resampling.BILINEAR)
    data = image.tobytes()
    case = {"shape": shape, "to": to, "sha256": hashlib.sha256(data).hexdigest()}
    if len(data) <= 64:
        case["pixels"] = list(data)
    cases.append(case)

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "resizeGrey.golden.json"), "w") as file:
    json.dump(cases, file)
