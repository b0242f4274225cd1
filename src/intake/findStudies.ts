import { dirname } from "node:path";
import type { Progress } from "../base/progress.ts";
import { noProgress } from "../base/progress.ts";
import { isCtImage } from "./chooseSeries.ts";
import type { IntakeFile } from "./intakeFile.ts";
import { type IntakeSettings, intakeSettingsOf } from "./intakeSettings.ts";
import { listFiles } from "./listFiles.ts";
import { isArchive, type ScannedInstance, scanFiles } from "./scanFiles.ts";
import { fileStudyUid, studiesIn } from "./studyUid.ts";

/** A study that lies somewhere under a folder. */
export interface FoundStudy {
  /** What readStudy can be given, relative to the root; "." is the root itself. */
  readonly path: string;
  readonly studyUid: string;
  readonly kind: "dicom" | "nifti" | "pictures" | "zip";
  readonly files: number;
}

/**
 * The studies under a folder, in the order of their paths: each DICOM study with CT images, each NIfTI file, each folder of
 * pictures, and each study in a zip archive. Two studies in one folder have the same path.
 * @throws InputError as listFiles and scanFiles.
 */
export async function findStudies(
  root: string,
  options: { intake?: Partial<IntakeSettings>; progress?: Progress } = {},
): Promise<FoundStudy[]> {
  const { progress = noProgress } = options;
  const settings = intakeSettingsOf({ maxFiles: 10_000_000, ...options.intake });
  const { files } = await listFiles(root, settings);
  const found: FoundStudy[] = [];
  const loose = new Map<string, ScannedInstance[]>();
  const pictures = new Map<string, IntakeFile[]>();
  for (let i = 0; i < files.length; i += 256) {
    progress({ stage: "looking", done: i, total: files.length });
    const some = files.slice(i, i + 256);
    const isZip = await Promise.all(some.map(async (file) => isArchive(await file.head(4))));
    for (const [at, file] of some.entries()) {
      if (isZip[at]) found.push(...(await studiesInArchive(file, settings)));
    }
    const scan = await scanFiles(
      some.filter((_, at) => !isZip[at]),
      settings,
    );
    for (const [uid, instances] of studiesIn(scan.instances)) loose.set(uid, [...(loose.get(uid) ?? []), ...instances]);
    for (const file of scan.niftis) {
      found.push({ path: file.path, studyUid: await fileStudyUid([file]), kind: "nifti", files: 1 });
    }
    for (const file of scan.pictures) {
      const folder = dirname(file.path);
      pictures.set(folder, [...(pictures.get(folder) ?? []), file]);
    }
  }
  for (const [studyUid, instances] of loose) {
    if (!instances.some(({ instance }) => isCtImage(instance))) continue;
    const path = commonFolder(instances.map(({ file }) => file.path));
    found.push({ path, studyUid, kind: "dicom", files: instances.length });
  }
  for (const [path, own] of pictures) {
    found.push({ path, studyUid: await fileStudyUid(own), kind: "pictures", files: own.length });
  }
  return found.sort((a, b) => (a.path === b.path ? 0 : a.path < b.path ? -1 : 1));
}

async function studiesInArchive(file: IntakeFile, settings: IntakeSettings): Promise<FoundStudy[]> {
  const scan = await scanFiles([file], settings);
  const studies = [...studiesIn(scan.instances)].filter(([, own]) => own.some(({ instance }) => isCtImage(instance)));
  const zip = { path: file.path, kind: "zip" as const };
  if (studies.length > 0) return studies.map(([studyUid, own]) => ({ ...zip, studyUid, files: own.length }));
  const images = scan.niftis.length > 0 ? scan.niftis : scan.pictures;
  return images.length > 0 ? [{ ...zip, studyUid: await fileStudyUid(images), files: images.length }] : [];
}

/** The deepest folder that holds all paths. */
function commonFolder(paths: readonly string[]): string {
  const folders = paths.map((path) => path.split("/").slice(0, -1));
  const [first = []] = folders;
  const depth = first.findIndex((part, i) => folders.some((folder) => folder[i] !== part));
  const shared = depth < 0 ? first : first.slice(0, depth);
  return shared.join("/") || ".";
}
