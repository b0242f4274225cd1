"""Pictures of each kind and their grey by Pillow; run from the project's root: /usr/bin/python3 src/intake/readPicture.golden.py"""
import base64, io, json
import numpy
from PIL import Image

random = numpy.random.default_rng(1)
colour = Image.fromarray(random.integers(0, 256, (6, 5, 3), dtype=numpy.uint8))
alpha = Image.fromarray(random.integers(0, 256, (6, 5), dtype=numpy.uint8))
grey = Image.fromarray(random.integers(0, 256, (6, 5), dtype=numpy.uint8))
smooth = Image.fromarray(numpy.linspace(0, 255, 24 * 20).reshape(24, 20).astype(numpy.uint8))
deep = random.integers(0, 65536, (6, 5), dtype=numpy.uint16)
clear = colour.copy()
clear.putalpha(alpha)
greyClear = grey.copy()
greyClear.putalpha(alpha)

def over_black(image):
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), image).convert("L")

pictures = {
    "colour.png": (colour, colour.convert("L")),
    "colour with alpha.png": (clear, over_black(clear)),
    "grey.png": (grey, grey),
    "grey with alpha.png": (greyClear, over_black(greyClear)),
    "palette.png": (colour.quantize(8), colour.quantize(8).convert("RGB").convert("L")),
    "bits.png": (grey.convert("1"), grey.convert("1").convert("L")),
    "deep.png": (Image.fromarray(deep), Image.fromarray((deep >> 8).astype(numpy.uint8))),
    "grey.jpg": (smooth, None),
    "colour.jpg": (colour.resize((20, 24), Image.BICUBIC), None),
}
golden = {}
for name, (picture, expected) in pictures.items():
    file = io.BytesIO()
    picture.save(file, "JPEG" if name.endswith("jpg") else "PNG")
    if expected is None:
        expected = Image.open(io.BytesIO(file.getvalue())).convert("L")
    golden[name] = {"file": base64.b64encode(file.getvalue()).decode(), "shape": [expected.height, expected.width],
                    "grey": numpy.asarray(expected).ravel().tolist()}
with open("src/intake/readPicture.golden.json", "w") as out:
    json.dump(golden, out)
    out.write("\n")
