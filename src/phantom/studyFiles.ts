import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { isThere, readJson, writeFileWhole, writeJson } from "../base/files.ts";
import { encodeCtInstance } from "../dicom/encodeInstance.ts";
import { voxelMl } from "../study/volume.ts";
import { lungWindow, mediastinalWindow } from "../study/windowLevel.ts";
import { type DrawnStudy, phantomUid } from "./drawStudy.ts";
import type { StudyPlan } from "./planPhantoms.ts";
import { type StudyTruth, studyTruthSchema } from "./truth.ts";

/** Where unfinished studies stand, below the set's folder, until they are renamed into place. */
export const workFolder = ".drawing";

/** Paths of a study relative to the set's folder, with "/". */
export function studyPaths(name: string) {
  return {
    study: `studies/${name}`,
    truth: `truth/${name}.json`,
    lungs: `truth/${name}.lungs.u8.gz`,
    lesions: `truth/${name}.lesions.u8.gz`,
  };
}

/**
 * Writes a study: its DICOM files as a whole folder, then its masks, and last `truth/<name>.json`, which says that it is
 * complete. What an earlier, stopped run left of this study is replaced.
 * @throws as writeFileWhole.
 */
export async function writeStudy(out: string, drawn: DrawnStudy): Promise<StudyTruth> {
  const { plan } = drawn;
  const paths = studyPaths(plan.name);
  const unfinished = join(out, workFolder, plan.name);
  const finished = join(out, paths.study);
  await rm(unfinished, { recursive: true, force: true });
  const [count] = drawn.volume.shape;
  try {
    for (let first = 0; first < count; first += 8) {
      const some = Array.from({ length: Math.min(8, count - first) }, (_, i) => first + i);
      await Promise.all(some.map((z) => writeFileWhole(join(unfinished, fileName(drawn, z)), encodeSlice(drawn, z))));
    }
    await mkdir(join(out, "studies"), { recursive: true });
    await rm(finished, { recursive: true, force: true });
    await rename(unfinished, finished);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
  await writeFileWhole(join(out, paths.lungs), gzipSync(drawn.lungs, { level: 3 }));
  await writeFileWhole(join(out, paths.lesions), gzipSync(drawn.lesions, { level: 3 }));
  const truth = truthOf(drawn);
  await writeJson(join(out, paths.truth), truth);
  return truth;
}

/** The truth of a study that is wholly there; null where it must be drawn (again). */
export async function readFinishedStudy(out: string, plan: StudyPlan): Promise<StudyTruth | null> {
  const paths = studyPaths(plan.name);
  for (const path of [paths.truth, paths.lungs, paths.lesions]) if (!(await isThere(join(out, path)))) return null;
  const truth = await readJson(join(out, paths.truth), studyTruthSchema).catch(() => null);
  if (truth === null || truth.slices.some(({ shows }) => shows === undefined)) return null;
  const files = await readdir(join(out, paths.study)).catch(() => []);
  return files.filter((file) => file.endsWith(".dcm")).length === truth.slices.length ? truth : null;
}

/** The PatientID of a drawn subject. */
export function phantomId(subject: number): string {
  return `PHANTOM-${String(subject).padStart(4, "0")}`;
}

function truthOf(drawn: DrawnStudy): StudyTruth {
  const { plan, volume } = drawn;
  const paths = studyPaths(plan.name);
  const voxels = [0, 0, 0];
  for (const side of drawn.lungs) voxels[side] = (voxels[side] as number) + 1;
  const ml = (side: 1 | 2) => Math.round((voxels[side] as number) * voxelMl(volume.geometry) * 10) / 10;
  return {
    format: "groundglass-phantom-truth/1",
    name: plan.name,
    path: paths.study,
    subject: phantomId(plan.subject),
    studyUid: volume.series.studyUid,
    label: plan.label,
    ...(plan.course !== undefined && { course: plan.course }),
    day: plan.day,
    daysAfterFirst: plan.daysAfterFirst,
    shape: [...volume.shape],
    spacingMm: [...volume.geometry.spacingMm],
    lungsMl: { right: ml(1), left: ml(2) },
    lesions: [...drawn.lesionVolumes],
    masks: { lungs: paths.lungs, lesions: paths.lesions },
    slices: volume.sliceNames.map((uid, z) => ({
      uid,
      label: drawn.sliceLabels[z] ?? null,
      shows: [...(drawn.sliceShows[z] ?? [])],
    })),
  };
}

function fileName(drawn: DrawnStudy, z: number): string {
  return `${String(drawn.instanceNumbers[z]).padStart(4, "0")}.dcm`;
}

function encodeSlice(drawn: DrawnStudy, z: number): Uint8Array {
  const { plan, volume } = drawn;
  const { geometry, series } = volume;
  const [, rows, columns] = volume.shape;
  const [x, y, bottom] = geometry.originMm;
  const [stepZ, stepY, stepX] = geometry.spacingMm;
  const isSharp = plan.kernel.sharpening > 0.2;
  return encodeCtInstance(
    {
      patient: {
        name: `Phantom^${String(plan.subject).padStart(4, "0")}`,
        id: phantomId(plan.subject),
        sex: drawn.sex,
        ageYears: drawn.ageYears,
      },
      study: { uid: series.studyUid, id: plan.name, description: "Drawn chest phantom", date: plan.date },
      series: {
        uid: series.seriesUid,
        number: 2,
        description: isSharp ? "Thorax lung" : "Thorax",
        kernel: plan.kernel.name,
        manufacturer: plan.manufacturer,
        modelName: plan.model,
        kvp: 120,
        patientPosition: "HFS",
        frameOfReferenceUid: phantomUid(`${series.seriesUid}/frame`),
      },
      instanceUid: volume.sliceNames[z] as string,
      instanceNumber: drawn.instanceNumbers[z] as number,
      positionMm: [x, y, Math.round((bottom + z * stepZ) * 1e4) / 1e4],
      orientation: [1, 0, 0, 0, 1, 0],
      pixelSpacingMm: [stepY, stepX],
      sliceThicknessMm: stepZ,
      spacingBetweenSlicesMm: stepZ,
      windowLevel: isSharp ? lungWindow : mediastinalWindow,
      rows,
      columns,
    },
    volume.voxels.subarray(z * rows * columns, (z + 1) * rows * columns),
  );
}
