"""Makes morphology.golden.json with scikit-image 0.19 and scipy: python3 morphology.golden.py

Distances are of every 37th voxel; the hull is that of the voxels' centres, by Qhull.
"""
import json
import os

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError
from skimage import measure, morphology, segmentation


def disc(radius_mm, step_y, step_x):
    ry, rx = (int(radius_mm / step + 1e-9) for step in (step_y, step_x))
    y, x = np.mgrid[-ry : ry + 1, -rx : rx + 1]
    return (y * step_y) ** 2 + (x * step_x) ** 2 <= radius_mm**2 + 1e-6


def ball(radius_mm, step_z, step_y, step_x):
    rz, ry, rx = (int(radius_mm / step + 1e-9) for step in (step_z, step_y, step_x))
    z, y, x = np.mgrid[-rz : rz + 1, -ry : ry + 1, -rx : rx + 1]
    return (z * step_z) ** 2 + (y * step_y) ** 2 + (x * step_x) ** 2 <= radius_mm**2 + 1e-6


def distances(mask, spacing):
    if mask.all():
        return None
    far = ndimage.distance_transform_edt(mask, sampling=spacing)
    return {"sum": float(far.sum()), "most": float(far.max()), "every37th": [round(float(d), 5) for d in far.ravel()[::37]]}


def hull(plane):
    points = np.argwhere(plane)
    if len(points) < 3:
        return None
    try:
        equations = ConvexHull(points).equations
    except QhullError:
        return None
    every = np.argwhere(np.ones_like(plane))
    return (every @ equations[:, :2].T + equations[:, 2] <= 1e-9).all(axis=1).reshape(plane.shape)


def flooded(mask, seed, connectivity):
    """skimage.morphology.flood of the mask's value at the seed, where that is 1."""
    return morphology.flood(mask.astype(np.uint8), seed, connectivity=connectivity) & mask


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
balls = [(1, [1, 0.7, 0.7]), (2.5, [1.25, 0.7, 0.8]), (4, [2, 0.8, 0.8]), (3, [5, 1, 1])]
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
    in_space = []
    for radius, spacing in balls:
        b = ball(radius, *spacing)
        in_space.append(
            {
                "radiusMm": radius,
                "spacingMm": spacing,
                "dilate": hex_of(ndimage.binary_dilation(mask, b)),
                "erode": hex_of(morphology.binary_erosion(mask, b)),
                "open": hex_of(morphology.binary_opening(mask, b)),
                "close": hex_of(morphology.binary_closing(mask, b)),
            }
        )
    seeds = [] if not mask.any() else [[int(i) for i in np.argwhere(mask)[k * len(np.argwhere(mask)) // 3]] for k in range(3)]
    hulls = [hull(plane) for plane in mask]
    cases.append(
        {
            "shape": shape,
            "mask": hex_of(mask),
            "operations": operations,
            "inSpace": in_space,
            "withoutSmallHoles": each(lambda m: morphology.remove_small_holes(m, 9, connectivity=1), mask),
            "withoutSmallHolesOfVolume": hex_of(morphology.remove_small_holes(mask, 30, connectivity=1)),
            "withoutSmallOfVolume": hex_of(morphology.remove_small_objects(mask, 30, connectivity=3)),
            "clearBorder": each(lambda m: segmentation.clear_border(measure.label(m, connectivity=1)) > 0, mask),
            "floods": [
                {
                    "seed": seed,
                    "slice4": hex_of(np.stack([flooded(m, tuple(seed[1:]), 1) if z == seed[0] else np.zeros_like(m) for z, m in enumerate(mask)])),
                    "volume26": hex_of(flooded(mask, tuple(seed), 3)),
                }
                for seed in seeds
            ],
            "hulls": [None if h is None else hex_of(h) for h in hulls],
            "distances": {
                "spacingMm": [1.25, 0.7, 0.8],
                "volume": distances(mask, [1.25, 0.7, 0.8]),
                "slices": [distances(m, [0.7, 0.8]) for m in mask],
            },
            "sizes": {
                "slice4": [int(n) for m in mask for n in np.bincount(measure.label(m, connectivity=1).ravel())[1:]],
                "slice8": [int(n) for m in mask for n in np.bincount(measure.label(m, connectivity=2).ravel())[1:]],
                "volume26": [int(n) for n in np.bincount(measure.label(mask, connectivity=3).ravel())[1:]],
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
