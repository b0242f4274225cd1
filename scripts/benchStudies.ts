// The studies that benchPrepare.ts measures with.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "../src/base/hash.ts";
import { encodeCtInstance } from "../src/dicom/encodeInstance.ts";
import { drawStudy } from "../src/phantom/drawStudy.ts";
import { planPhantoms } from "../src/phantom/planPhantoms.ts";
import type { Volume } from "../src/study/volume.ts";

interface Identity {
  /** Folder to write into. */
  readonly folder: string;
  /** Of which subject, study and series UIDs are made. */
  readonly name: string;
}

/** Writes a volume as uncompressed CT instances. slices: how many, taken evenly from the volume's and set nearer together. */
export function writeStudy(volume: Volume, { folder, name }: Identity, slices = volume.shape[0]): void {
  mkdirSync(folder, { recursive: true });
  const [depth, rows, columns] = volume.shape;
  const [stepZ, stepY, stepX] = volume.geometry.spacingMm;
  const nearMm = Math.round(((stepZ * depth) / slices) * 1e4) / 1e4;
  const [x, y, bottom] = volume.geometry.originMm;
  for (let z = 0; z < slices; z++) {
    const from = Math.floor((z * depth) / slices) * rows * columns;
    const bytes = encodeCtInstance(
      {
        patient: { name: `Bench^${name}`, id: `BENCH-${name}`, sex: "O", ageYears: 50 },
        study: {
          uid: uid(name),
          id: name.slice(0, 16),
          description: "Bench",
          date: { date: "20260101", time: "120000" },
        },
        series: {
          uid: uid(`${name}/series`),
          number: 1,
          description: "Bench",
          kernel: "B",
          manufacturer: "Bench",
          modelName: "Bench",
          kvp: 120,
          patientPosition: "HFS",
          frameOfReferenceUid: uid(`${name}/frame`),
        },
        instanceUid: uid(`${name}/${z}`),
        instanceNumber: z + 1,
        positionMm: [x, y, Math.round((bottom + z * nearMm) * 1e4) / 1e4],
        orientation: [1, 0, 0, 0, 1, 0],
        pixelSpacingMm: [stepY, stepX],
        sliceThicknessMm: nearMm,
        spacingBetweenSlicesMm: nearMm,
        windowLevel: { levelHu: -600, widthHu: 1500 },
        rows,
        columns,
      },
      volume.voxels.subarray(from, from + rows * columns),
    );
    writeFileSync(join(folder, `${String(z).padStart(4, "0")}.dcm`), bytes);
  }
}

/**
 * A data set of many studies, and its label file: a dozen drawn phantoms of 64², written again and again under other names.
 * Returns the slices in all.
 */
export function writeStudies(folder: string, studies: number): number {
  const drawn = planPhantoms({ subjects: 12, seed: 11, matrix: 64, sliceSpacingMm: 10 }).map((plan) => ({
    label: plan.label,
    volume: drawStudy(plan).volume,
  }));
  const lines = ["path,subject,label"];
  let slices = 0;
  for (let i = 0; i < studies; i++) {
    const { label, volume } = drawn[i % drawn.length] as (typeof drawn)[number];
    const name = `s${String(i).padStart(5, "0")}`;
    writeStudy(volume, { folder: join(folder, name), name });
    lines.push(`${name},subject-${i},${label}`);
    slices += volume.shape[0];
  }
  writeFileSync(join(folder, "labels.csv"), `${lines.join("\n")}\n`);
  return slices;
}

/** A phantom as large as a hospital's CT: 512², 148 slices or so of 2 mm. */
export function drawnVolume(): Volume {
  const [plan] = planPhantoms({ subjects: 1, seed: 3, matrix: 512, sliceSpacingMm: 2 });
  if (plan === undefined) throw new Error("No phantom was planned.");
  return drawStudy(plan).volume;
}

function uid(name: string): string {
  return `2.25.${BigInt(`0x${sha256Hex(`groundglass bench ${name}`).slice(0, 30)}`)}`;
}
