"""Makes quantise.golden.json: a convolution, a ReLU and a shortcut on whole numbers of 8 bits, in exact integers.

/usr/bin/python3 test/graph/quantise.golden.py    (numpy)
"""

import json
import os

import numpy

f32 = numpy.float32


def hashed(count, seed):
    """count numbers in [-0.5, 0.5) from integers only, so that TypeScript gets the same ones."""
    h = (numpy.arange(1, count + 1, dtype=numpy.uint64) * 2654435761 + seed * 40503) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * 2246822519) & 0xFFFFFFFF
    h ^= h >> 13
    return h.astype(numpy.float64) / 2**32 - 0.5


def to_bytes(x, scale, zero):
    return numpy.clip(numpy.rint(x / f32(scale)) + zero, 0, 255).astype(numpy.int64)


def convolve(x, weight, padding=1):
    """Sums of products of whole numbers; x has its zero point taken off, so that the border is 0."""
    n, c, h, w = x.shape
    padded = numpy.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    out = numpy.zeros((n, weight.shape[0], h, w), numpy.int64)
    for i in range(3):
        for j in range(3):
            out += numpy.einsum("nchw,mc->nmhw", padded[:, :, i : i + h, j : j + w], weight[:, :, i, j])
    return out


n, c, m, size = 2, 16, 16, 9
x = (3 * hashed(n * c * size * size, 1)).astype(f32).reshape(n, c, size, size)
x[0] = 2  # As large as it gets: with weights as large, sums of two products need every bit that there is.
weight = numpy.rint(128 * hashed(m * c * 9, 2)).astype(numpy.int64).reshape(m, c, 3, 3)
weight[0], weight[1] = 64, -64
bias = numpy.rint(4000 * hashed(m, 3)).astype(numpy.int64)
scales = (0.002 * (1 + hashed(m, 4))).astype(f32)
seen = {"scale": float(f32(2.0 / 128)), "zeroPoint": 127}
given = {"scale": float(f32(0.02)), "zeroPoint": 0}
plain = {"scale": float(f32(0.04)), "zeroPoint": 100}
summed = {"scale": float(f32(0.03)), "zeroPoint": 0}

whole = to_bytes(x, seen["scale"], seen["zeroPoint"])
sums = convolve(whole - seen["zeroPoint"], weight) + bias[None, :, None, None]


def requantised(rounding):
    factors = (f32(seen["scale"]) * scales / f32(rounding["scale"])).astype(f32)
    values = numpy.rint(sums.astype(f32) * factors[None, :, None, None])
    return numpy.clip(values + rounding["zeroPoint"], 0, 255).astype(int)


def real(values, rounding):
    return (values - rounding["zeroPoint"]) * float(rounding["scale"])


branch = requantised(plain)
added = numpy.maximum(real(branch, plain) + real(whole, seen), 0)
content = {
    "shape": [n, c, size, size],
    "maps": m,
    "roundings": {"seen": seen, "given": given, "plain": plain, "summed": summed},
    "scales": [float(s) for s in scales],
    # Of relu(conv(x)), and of relu(conv(x) + x).
    "rectified": requantised(given).ravel().tolist(),
    "withShortcut": numpy.clip(numpy.rint(added / float(f32(summed["scale"]))), 0, 255).astype(int).ravel().tolist(),
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "quantise.golden.json"), "w") as file:
    json.dump(content, file, separators=(",", ":"))
    file.write("\n")
