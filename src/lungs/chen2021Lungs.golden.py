"""Makes chen2021Lungs.golden.json with scikit-image 0.19: python3 chen2021Lungs.golden.py

The steps and sizes of the preset, written with scikit-image, on three real slices (their pixels are not ours to share:
the file holds the SHA-256 and the area of the masks).
"""
import hashlib
import json
import os

import numpy as np
from skimage import io, morphology, segmentation

here = os.path.dirname(os.path.abspath(__file__))
data = os.path.join(here, "../../../shared/data/lung-masks")
pixel = 0.7
names = ["ID_0022_Z_0131", "ID_0121_Z_0245", "ID_0226_Z_0066"]


def disc(radius):
    r = int(radius // pixel)
    y, x = np.mgrid[-r : r + 1, -r : r + 1]
    return (y * pixel) ** 2 + (x * pixel) ** 2 <= radius**2 + 1e-6


def pixels(area):
    return int(np.ceil(area / pixel**2))


def lungs(hu):
    body = hu > -850
    body = morphology.binary_erosion(body, disc(1))
    body = morphology.binary_opening(body, disc(3))
    body = morphology.binary_closing(body, disc(3))
    body = morphology.remove_small_objects(body, pixels(2000))
    # Flood fill of the air from every pixel of the border: pad by air, flood from a corner.
    padded = np.pad(body, 1).astype(np.uint8)
    outside = segmentation.flood(padded, (0, 0), connectivity=1)[1:-1, 1:-1]
    lung = (hu > -850) & (hu < 0) & ~outside
    lung = morphology.binary_erosion(lung, disc(0.8))
    lung = morphology.binary_closing(lung, disc(12))
    return morphology.remove_small_objects(lung, pixels(300))


cases = []
for name in names:
    hu = io.imread(os.path.join(data, f"{name}-hu2048.png")).astype(np.int32) - 2048
    mask = lungs(hu)
    cases.append(
        {"name": name, "area": int(mask.sum()), "sha256": hashlib.sha256(mask.astype(np.uint8).tobytes()).hexdigest()}
    )

with open(os.path.join(here, "chen2021Lungs.golden.json"), "w") as file:
    json.dump(cases, file)
