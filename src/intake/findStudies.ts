import { dirname } from "node:path";
import { InputError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { noProgress } from "../base/progress.ts";
import { isCtImage } from "./chooseSeries.ts";
import type { IntakeFile } from "./intakeFile.ts";
import { type IntakeSettings, intakeSettingsOf } from "./intakeSettings.ts";
import { listFiles } from "./listFiles.ts";
import { isArchive, type Scan, type ScannedInstance, scanFiles } from "./scanFiles.ts";
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
 * onFault: takes what would otherwise be thrown because of a file, and hears of broken files and of DICOM studies without CT.
 * @throws InputError as listFiles and, without onFault, scanFiles.
 */
export async function findStudies(
  root: string,
  options: { intake?: Partial<IntakeSettings>; progress?: Progress; onFault?: OnFault } = {},
): Promise<FoundStudy[]> {
  const { progress = noProgress, onFault } = options;
  const settings = intakeSettingsOf({ maxFiles: 10_000_000, ...options.intake });
  const { files } = await listFiles(root, settings);
  const found: FoundStudy[] = [];
  const loose = new Map<string, LooseStudy>();
  const pictures = new Map<string, IntakeFile[]>();
  for (let i = 0; i < files.length; i += 256) {
    progress({ stage: "looking", done: i, total: files.length });
    const some = files.slice(i, i + 256);
    const isZip = await Promise.all(some.map(async (file) => isArchive(await file.head(4).catch(() => noBytes))));
    for (const [at, file] of some.entries()) {
      if (isZip[at]) found.push(...((await unlessFault(file, () => studiesInArchive(file, settings), onFault)) ?? []));
    }
    const scan = await scanUnlessFault(
      some.filter((_, at) => !isZip[at]),
      settings,
      onFault,
    );
    for (const file of scan.broken) onFault?.(file.path, broken(file));
    for (const [uid, instances] of studiesIn(scan.instances)) loose.set(uid, withInstances(loose.get(uid), instances));
    for (const file of scan.niftis) {
      found.push({ path: file.path, studyUid: await fileStudyUid([file]), kind: "nifti", files: 1 });
    }
    for (const file of scan.pictures) {
      const folder = dirname(file.path);
      pictures.set(folder, [...(pictures.get(folder) ?? []), file]);
    }
  }
  for (const [studyUid, { folder, files: count, hasCt, modalities }] of loose) {
    const path = folder.join("/") || ".";
    if (hasCt) found.push({ path, studyUid, kind: "dicom", files: count });
    else onFault?.(path, withoutCt(count, modalities));
  }
  for (const [path, own] of pictures) {
    found.push({ path, studyUid: await fileStudyUid(own), kind: "pictures", files: own.length });
  }
  return found.sort((a, b) => (a.path === b.path ? 0 : a.path < b.path ? -1 : 1));
}

const noBytes = new Uint8Array(0);

/** Called with the path of a file or folder below the root, and what is wrong with it. */
export type OnFault = (path: string, error: InputError) => void;

async function unlessFault<T>(file: IntakeFile, read: () => Promise<T>, onFault?: OnFault): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!onFault || !(error instanceof InputError)) throw error;
    onFault(file.path, error);
    return null;
  }
}

/** Where one of the files is at fault, each is scanned by itself. */
async function scanUnlessFault(
  files: readonly IntakeFile[],
  settings: IntakeSettings,
  onFault?: OnFault,
): Promise<Scan> {
  try {
    return await scanFiles(files, settings);
  } catch (error) {
    if (!onFault || !(error instanceof InputError)) throw error;
  }
  const scans: Scan[] = [];
  for (const file of files) {
    const scan = await unlessFault(file, () => scanFiles([file], settings), onFault);
    if (scan !== null) scans.push(scan);
  }
  return {
    instances: scans.flatMap((scan) => scan.instances),
    broken: scans.flatMap((scan) => scan.broken),
    niftis: scans.flatMap((scan) => scan.niftis),
    pictures: scans.flatMap((scan) => scan.pictures),
    others: scans.flatMap((scan) => scan.others),
  };
}

function broken({ path }: IntakeFile): InputError {
  return new InputError(
    "FILE_TRUNCATED",
    `${path} is no whole DICOM file: it was cut short or damaged. Copy it again.`,
  );
}

function withoutCt(files: number, modalities: ReadonlySet<string>): InputError {
  return new InputError(
    "NO_CT",
    `A DICOM study without CT images (${files} of ${[...modalities].sort().join(", ")}). Name a chest CT.`,
  );
}

/** What is kept of a study's files while others are looked for: little, so that a million files fit. */
interface LooseStudy {
  /** The deepest folder that holds all of its files, as its parts. */
  readonly folder: readonly string[];
  readonly files: number;
  readonly hasCt: boolean;
  readonly modalities: ReadonlySet<string>;
}

function withInstances(study: LooseStudy | undefined, instances: readonly ScannedInstance[]): LooseStudy {
  const folders = instances.map(({ file }) => file.path.split("/").slice(0, -1));
  const all = study === undefined ? folders : [study.folder, ...folders];
  const modalities = instances.map(({ instance }) => instance.modality || "no modality");
  return {
    folder: all.reduce(shared),
    files: (study?.files ?? 0) + instances.length,
    hasCt: (study?.hasCt ?? false) || instances.some(({ instance }) => isCtImage(instance)),
    modalities: new Set([...(study?.modalities ?? []), ...modalities]),
  };
}

/** What two paths have in common from their beginning. */
function shared(a: readonly string[], b: readonly string[]): readonly string[] {
  const differs = a.findIndex((part, i) => b[i] !== part);
  return differs < 0 ? a : a.slice(0, differs);
}

async function studiesInArchive(file: IntakeFile, settings: IntakeSettings): Promise<FoundStudy[]> {
  const scan = await scanFiles([file], settings);
  const studies = [...studiesIn(scan.instances)].filter(([, own]) => own.some(({ instance }) => isCtImage(instance)));
  const zip = { path: file.path, kind: "zip" as const };
  if (studies.length > 0) return studies.map(([studyUid, own]) => ({ ...zip, studyUid, files: own.length }));
  const images = scan.niftis.length > 0 ? scan.niftis : scan.pictures;
  return images.length > 0 ? [{ ...zip, studyUid: await fileStudyUid(images), files: images.length }] : [];
}
