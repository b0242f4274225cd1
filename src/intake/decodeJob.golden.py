"""Stored values and Hounsfield units of the files of testPixelTable.ts by other programs; run from the project's root:
/usr/bin/python3 src/intake/decodeJob.golden.py

Needs python3-pydicom, python3-gdcm, openjph-tools (High-Throughput JPEG 2000, which GDCM cannot read) and node. Stored
values are hashed as little-endian int32, Hounsfield units as int16; each line also has the hash of the file itself.
"""
import glob, hashlib, json, os, subprocess, tempfile, warnings
import numpy, pydicom
from pydicom.encaps import generate_pixel_data_frame

warnings.filterwarnings("ignore")
pydicom.config.pixel_data_handlers = [pydicom.pixel_data_handlers.gdcm_handler, pydicom.pixel_data_handlers.rle_handler, pydicom.pixel_data_handlers.numpy_handler]
folder = tempfile.mkdtemp()
subprocess.run(["node", "--input-type=module", "-e", f"""
import {{ writeFileSync }} from "node:fs";
import {{ pixelTable, fileOf }} from "{os.getcwd()}/src/intake/testPixelTable.ts";
for (const [i, row] of pixelTable().entries()) {{
  writeFileSync(`{folder}/${{String(i).padStart(4, "0")}}.dcm`, await fileOf(row));
  writeFileSync(`{folder}/${{String(i).padStart(4, "0")}}.txt`, row.name);
}}
"""], check=True, env={**os.environ, "PATH": "node_modules/.bin:" + os.environ["PATH"]})

plain = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"]
highThroughput = ["1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203"]


def expanded(data):
    """Frames of High-Throughput JPEG 2000 by OpenJPH."""
    frames = []
    for encoded in generate_pixel_data_frame(data.PixelData, 1):
        with open(folder + "/frame.j2c", "wb") as out:
            out.write(encoded)
        subprocess.run(["ojph_expand", "-i", folder + "/frame.j2c", "-o", folder + "/frame.rawl"], check=True, stdout=subprocess.DEVNULL)
        depth = encoded[42]  # SIZ: sign and bits of the component
        size = "1" if (depth & 0x7F) + 1 <= 8 else "2"
        frames.append(numpy.fromfile(folder + "/frame.rawl", "<" + ("i" if depth & 0x80 else "u") + size).reshape(data.Rows, data.Columns))
    return frames


def stored(data):
    if data.file_meta.TransferSyntaxUID in highThroughput:
        frames = expanded(data)
    else:
        array = data.pixel_array
        frames = [array] if array.ndim == 2 else list(array)
    # PS3.5 8.1.1: only the stored bits count, the rest may be anything
    shift = 0 if data.file_meta.TransferSyntaxUID not in plain else data.HighBit + 1 - data.BitsStored
    values = [(frame.astype(numpy.int64) >> shift) & ((1 << data.BitsStored) - 1) for frame in frames]
    if data.PixelRepresentation == 1:
        values = [numpy.where(value >> (data.BitsStored - 1), value - (1 << data.BitsStored), value) for value in values]
    return values


def hounsfield(data, values, frame):
    """PS3.3 C.11.1 (Modality LUT), C.7.5.1.1.2 (padding)."""
    if "ModalityLUTSequence" in data:
        item = data.ModalityLUTSequence[0]
        count, first, depth = item.LUTDescriptor
        entries = item.LUTData if data.is_little_endian else numpy.frombuffer(item.LUTData, ">u2").astype("<u2").tobytes()
        lut = numpy.frombuffer(entries, "<u1" if depth == 8 else "<u2")[:count].astype(numpy.int64)
        hu = lut[numpy.clip(values - first, 0, count - 1)]
    else:
        holder = data
        if "PerFrameFunctionalGroupsSequence" in data:
            holder = data.PerFrameFunctionalGroupsSequence[frame].PixelValueTransformationSequence[0]
        hu = numpy.floor(values * float(holder.get("RescaleSlope", 1)) + float(holder.get("RescaleIntercept", 0)) + 0.5)
    hu = numpy.clip(hu, -1024, 32767)
    if "PixelPaddingValue" in data:
        ends = [int(data.PixelPaddingValue), int(data.get("PixelPaddingRangeLimit", data.PixelPaddingValue))]
        hu = numpy.where((values >= min(ends)) & (values <= max(ends)), -1024, hu)
    return hu


golden = {}
for path in sorted(glob.glob(folder + "/*.dcm")):
    data = pydicom.dcmread(path, force=True)
    values = stored(data)
    hu = [hounsfield(data, value, frame) for frame, value in enumerate(values)]
    digest = lambda arrays, kind: "" if not arrays else hashlib.sha256(b"".join(array.astype(kind).tobytes() for array in arrays)).hexdigest()[:16]
    if data.file_meta.TransferSyntaxUID in highThroughput and data.PixelRepresentation == 1:
        values = hu = []  # ojph_expand writes no negative values
    isDeflated = data.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1.99"  # versions of zlib differ
    golden[open(path[:-3] + "txt").read()] = ["" if isDeflated else hashlib.sha256(open(path, "rb").read()).hexdigest()[:16], digest(values, "<i4"), digest(hu, "<i2")]
with open("src/intake/decodeJob.golden.json", "w") as out:
    out.write(json.dumps(golden).replace("], ", "],\n"))
    out.write("\n")
print(len(golden), "files")
