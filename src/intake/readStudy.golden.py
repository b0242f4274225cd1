"""Hounsfield volumes of the real studies by pydicom with GDCM; run from the project's root: /usr/bin/python3 src/intake/readStudy.golden.py

Needs python3-pydicom and python3-gdcm, and ../shared/data/ct-studies. Volumes are hashed as little-endian int16, slices
by rising z of Image Position Patient.
"""
import glob, hashlib, json
import numpy, pydicom

pydicom.config.pixel_data_handlers = [pydicom.pixel_data_handlers.gdcm_handler]
golden = {}
for study in ("P001", "cap001", "normal001"):
    slices = sorted((pydicom.dcmread(path) for path in glob.glob(f"../shared/data/ct-studies/{study}/*")),
                    key=lambda data: data.ImagePositionPatient[2])
    hu = numpy.stack([data.pixel_array * data.RescaleSlope + data.RescaleIntercept for data in slices])
    first, last = slices[0], slices[-1]
    golden[study] = {
        "shape": list(hu.shape),
        "origin": [float(mm) for mm in first.ImagePositionPatient],
        "spacing": [float(last.ImagePositionPatient[2] - first.ImagePositionPatient[2]) / (len(slices) - 1),
                    *[float(mm) for mm in first.PixelSpacing]],
        "firstSlice": str(first.SOPInstanceUID),
        "sha256": hashlib.sha256(numpy.clip(numpy.rint(hu), -1024, 32767).astype("<i2").tobytes()).hexdigest(),
    }
with open("src/intake/readStudy.golden.json", "w") as out:
    json.dump(golden, out, indent=1)
    out.write("\n")
