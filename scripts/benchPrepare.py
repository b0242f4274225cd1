"""The peer of benchPrepare.ts: the same steps as a Python pipeline of pydicom (with GDCM), scikit-image and Pillow.

python3 benchPrepare.py FOLDER prints one line of JSON: slices, the seconds of each stage, and the area of the masks, by
which the two can be seen to do the same work. Imports are not counted.
"""
import io
import json
import os
import sys
import time

try:
    import gdcm  # noqa: F401  JPEG Lossless for pydicom
    import numpy as np
    import pydicom
    from PIL import Image
    from skimage import morphology, segmentation
except ImportError as error:
    print(json.dumps({"missing": error.name}))
    sys.exit(0)

folder = sys.argv[1]
seconds = {}
started = time.perf_counter()


def lap(stage):
    global started
    now = time.perf_counter()
    seconds[stage] = now - started
    started = now


paths = [os.path.join(root, name) for root, _, names in os.walk(folder) for name in names]
sets = [pydicom.dcmread(path) for path in paths]
sets.sort(key=lambda one: float(one.ImagePositionPatient[2]))


def hounsfield(one):
    hu = one.pixel_array * float(one.RescaleSlope) + float(one.RescaleIntercept)
    return np.clip(np.rint(hu), -1024, 32767).astype(np.int16)


volume = np.stack([hounsfield(one) for one in sets])
lap("read")

step_y, step_x = (float(mm) for mm in sets[0].PixelSpacing)


def disc(radius):
    ry, rx = int(radius // step_y), int(radius // step_x)
    y, x = np.mgrid[-ry : ry + 1, -rx : rx + 1]
    return (y * step_y) ** 2 + (x * step_x) ** 2 <= radius**2 + 1e-6


def pixels(area):
    return int(np.ceil(area / (step_y * step_x)))


def lungs(hu):
    body = hu > -850
    body = morphology.binary_erosion(body, disc(1))
    body = morphology.binary_opening(body, disc(3))
    body = morphology.binary_closing(body, disc(3))
    body = morphology.remove_small_objects(body, pixels(2000))
    padded = np.pad(body, 1).astype(np.uint8)
    outside = segmentation.flood(padded, (0, 0), connectivity=1)[1:-1, 1:-1]
    lung = (hu > -850) & (hu < 0) & ~outside
    lung = morphology.binary_erosion(lung, disc(0.8))
    lung = morphology.binary_closing(lung, disc(12))
    return morphology.remove_small_objects(lung, pixels(300))


masks = [lungs(hu) for hu in volume]
lap("lungs")


def picture(hu, mask):
    grey = np.zeros(hu.shape, np.uint8)
    if mask.any():
        values = hu[mask].astype(np.float64)
        low, high = values.min(), values.max()
        if high > low:
            grey[mask] = np.floor((values - low) * (255 / (high - low)) + 0.5)
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "JPEG", quality=95)
    return np.asarray(Image.open(file).resize((224, 224), Image.BILINEAR))


pictures = np.stack([picture(hu, mask) for hu, mask in zip(volume, masks)])
lap("slices")
print(json.dumps({"slices": len(sets), "seconds": seconds, "maskPixels": int(sum(mask.sum() for mask in masks))}))
