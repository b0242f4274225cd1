"""The volumes of the NIfTI files of testNifti.ts by nibabel; run from the project's root:
/usr/bin/python3 src/intake/niftiOrientations.golden.py

Needs python3-nibabel and node. Voxels are turned to LPS and hashed as int16 [z, y, x]; the affine is given in LPS.
"""
import glob, hashlib, json, os, subprocess, tempfile
import nibabel, numpy
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, io_orientation, ornt_transform

folder = tempfile.mkdtemp()
subprocess.run(["node", "--input-type=module", "-e", f"""
import {{ writeFileSync }} from "node:fs";
import {{ niftiFile, niftiTable }} from "{os.getcwd()}/src/intake/testNifti.ts";
for (const [i, row] of niftiTable().entries()) {{
  writeFileSync(`{folder}/${{String(i).padStart(4, "0")}}.nii`, niftiFile(row));
  writeFileSync(`{folder}/${{String(i).padStart(4, "0")}}.txt`, row.name);
}}
"""], check=True, env={**os.environ, "PATH": "node_modules/.bin:" + os.environ["PATH"]})
golden = {}
for path in sorted(glob.glob(folder + "/*.nii")):
    image = nibabel.load(path)
    turn = ornt_transform(io_orientation(image.affine), axcodes2ornt("LPS"))
    voxels = apply_orientation(image.get_fdata(), turn)
    affine = numpy.diag([-1, -1, 1, 1]) @ image.affine @ inv_ornt_aff(turn, image.shape)
    hashed = hashlib.sha256(numpy.round(voxels).astype("<i2").transpose(2, 1, 0).tobytes()).hexdigest()[:16]
    golden[open(path[:-3] + "txt").read()] = [hashed, [round(float(part), 5) for part in affine[:3].ravel()]]
with open("src/intake/niftiOrientations.golden.json", "w") as out:
    out.write(json.dumps(golden).replace("]], ", "]],\n") + "\n")
print(len(golden), "files")
