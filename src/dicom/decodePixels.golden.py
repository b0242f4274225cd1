"""Stored values of real DICOM files by pydicom with GDCM; run from the project's root: /usr/bin/python3 src/dicom/decodePixels.golden.py

Needs python3-pydicom, python3-gdcm and, for the JPEG processes that GDCM does not know (.53, .55), dcmtk; and the files in ../shared/data. Values are hashed as little-endian int32.
"""
import glob, hashlib, json, os, subprocess, tempfile, warnings
import numpy, pydicom

warnings.filterwarnings("ignore")
pydicom.config.pixel_data_handlers = [pydicom.pixel_data_handlers.gdcm_handler, pydicom.pixel_data_handlers.rle_handler, pydicom.pixel_data_handlers.numpy_handler]
root = "../shared/data/"
files = sorted(glob.glob(root + "dicom-corpus/*.dcm")) + [sorted(glob.glob(root + f"ct-studies/{s}/*"))[0] for s in ("P001", "cap001", "normal001")]
golden = {}
for path in files:
    try:
        data = pydicom.dcmread(path, force=True)
        if data.get("SamplesPerPixel") != 1 or data.get("BitsAllocated") not in (8, 16) or data.get("PhotometricInterpretation") == "PALETTE COLOR":
            continue
        if data.file_meta.TransferSyntaxUID in ("1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55"):
            plain = tempfile.mktemp()
            subprocess.run(["dcmdjpeg", path, plain], check=True)
            data = pydicom.dcmread(plain)
        values = data.pixel_array.astype("<i4")
    except Exception as error:
        print(os.path.basename(path), "not read:", str(error)[:100])
        continue
    first = values[0] if values.ndim == 3 else values
    golden[path[len(root):]] = {"shape": list(values.shape), "lowest": int(values.min()), "highest": int(values.max()),
                                "sha256": hashlib.sha256(first.tobytes()).hexdigest()}
with open("src/dicom/decodePixels.golden.json", "w") as out:
    json.dump(golden, out, indent=1)
    out.write("\n")
