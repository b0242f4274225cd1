"""Makes morphology.golden.json with scikit-image 0.19 and scipy: python3 morphology.golden.py"""
import json
import os

import numpy as np
from scipy import ndimage
from skimage import measure, morphology


def disc(radius_mm, step_y, step_x):
    ry, rx = int(radius_mm // step_y), int(radius_mm // step_x)
    y, x = np.mgrid[-ry : ry + 1, -rx : rx + 1]
    return (y * step_y) ** 2 + (x * step_x) ** 2 <= radius_mm**2 + 1e-6


def hex_of(mask):
    return np.packbits(mask.astype(np.uint8).ravel()).tobytes().hex()


def each(function, mask):
    return hex_of(np.stack([function(plane) for plane in mask]))


random = np.random.default_rng(7)


def blobs(shape, share, sigma):
    noise = ndimage.gaussian_filter(random.standard_normal(shape), (0, sigma, sigma))
    return noise > np.quantile(noise, 1 - share)


def border_points(shape):
    """Single voxels at and near the left and right borders, and their complement."""
    points = np.zeros(shape, bool)
    for y, x in [(3, 0), (12, 1), (21, -1), (30, -2), (40, -5), (48, 4)]:
        points[:, y, x] = True
    points[1] = ~points[1]
    return points


masks = [blobs((2, 30, 64), 0.5, 0), blobs((2, 41, 70), 0.5, 2), blobs((3, 25, 33), 0.7, 1), blobs((1, 50, 129), 0.2, 3),
         np.zeros((1, 4, 5), bool), np.ones((1, 6, 40), bool),
         border_points((2, 52, 64))]
discs = [(0.5, 0.7, 0.7), (0.7, 0.7, 0.7), (2.2, 0.7, 0.7), (3, 0.5, 1.0), (9, 0.75, 0.75), (30, 0.8, 0.6), (12, 0.7, 0.7)]

cases = []
for index, mask in enumerate(masks):
    shape = list(mask.shape)
    operations = []
    for radius, step_y, step_x in discs[: 7 if index in (1, 6) else 5]:
        d = disc(radius, step_y, step_x)
        operations.append(
            {
                "radiusMm": radius,
                "spacingMm": [1, step_y, step_x],
                "dilate": each(lambda m: morphology.binary_dilation(m, d), mask),
                "erode": each(lambda m: morphology.binary_erosion(m, d), mask),
                "open": each(lambda m: morphology.binary_opening(m, d), mask),
                "close": each(lambda m: morphology.binary_closing(m, d), mask),
            }
        )
    cases.append(
        {
            "shape": shape,
            "mask": hex_of(mask),
            "operations": operations,
            "sizes": {
                "slice4": [int(n) for m in mask for n in np.bincount(measure.label(m, connectivity=1).ravel())[1:]],
                "slice8": [int(n) for m in mask for n in np.bincount(measure.label(m, connectivity=2).ravel())[1:]],
                "volume6": [int(n) for n in np.bincount(measure.label(mask, connectivity=1).ravel())[1:]],
            },
            "largestOfVolume": hex_of(
                (lambda l: l == 1 + np.argmax(np.bincount(l.ravel())[1:]) if l.any() else l > 0)(measure.label(mask, connectivity=1))
            ),
            "withoutSmall": each(lambda m: morphology.remove_small_objects(m, 12), mask),
            "fillHoles": each(ndimage.binary_fill_holes, mask),
        }
    )

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "morphology.golden.json"), "w") as file:
    json.dump(cases, file)
