import { dirname } from "node:path";
import { InputError } from "../base/errors.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { isCtImage } from "./chooseSeries.ts";
import type { DiskFile, IntakeFile } from "./intakeFile.ts";
import { type IntakeSettings, intakeSettingsOf } from "./intakeSettings.ts";
import { listFiles } from "./listFiles.ts";
import { isArchive, type OnFault, type ScannedInstance, scanFiles } from "./scanFiles.ts";
import { archiveSource, diskSourceOf, type StudySource } from "./studySource.ts";
import { fileStudyUid, studiesIn } from "./studyUid.ts";

/** A study that lies somewhere under a folder. */
export interface FoundStudy {
  /** The deepest folder that holds all of it, or its file, relative to the root; "." is the root itself. */
  readonly path: string;
  readonly studyUid: string;
  readonly kind: "dicom" | "nifti" | "pictures" | "zip";
  readonly files: number;
  /** The files to read it from, which others may lie beside. A file that cannot be read is among those that it lies with. */
  readonly sources: readonly StudySource[];
  /** SHA-256 of each of its Accession Numbers, which themselves go no further. */
  readonly accessionsSha256: readonly string[];
}

export interface FindOptions {
  readonly intake?: Partial<IntakeSettings> | undefined;
  readonly progress?: Progress | undefined;
  /** Takes what would otherwise be thrown because of a file, and hears of broken files and of DICOM studies without CT. */
  readonly onFault?: OnFault | undefined;
}

/**
 * The studies under a folder, in the order of their paths: each DICOM study with CT images, each NIfTI file, each folder of
 * pictures, and each study in a zip archive. Two studies in one folder have the same path.
 *
 * root: a folder, an archive, a DICOMDIR or another file. Of each file the header is read, once, and little of it kept, so
 * that a million files fit.
 * @throws InputError as listFiles and, without onFault, scanFiles.
 */
export async function findStudies(root: string, options: FindOptions = {}): Promise<FoundStudy[]> {
  const { progress = noProgress, onFault } = options;
  const settings = intakeSettingsOf({ maxFiles: 10_000_000, ...options.intake });
  const { files } = await listFiles(root, settings);
  const found: FoundStudy[] = [];
  const loose = new Map<string, LooseStudy>();
  const pictures = new Map<string, Picture[]>();
  const faulty: DiskFile[] = [];
  for (let i = 0; i < files.length; i += 256) {
    progress({ stage: "looking", done: i, total: files.length });
    const some = files.slice(i, i + 256);
    const onDisk = new Map(some.map((file) => [file.path, file]));
    const diskFileOf = ({ path }: IntakeFile) => onDisk.get(path) as DiskFile;
    const isZip = await Promise.all(some.map(async (file) => isArchive(await file.head(4).catch(() => noBytes))));
    for (const file of some.filter((_, at) => isZip[at])) {
      found.push(...(await studiesInArchive(file, settings, onFault)));
    }
    const unzipped = some.filter((_, at) => !isZip[at]);
    const scan = await scanFiles(unzipped, settings, { onFault: onFault && tell });
    for (const file of scan.broken) tell(file.path, broken(file.path));
    const { told, untold } = byIdentity(scan.instances);
    for (const { file } of untold) tell(file.path, broken(file.path));
    for (const [uid, instances] of studiesIn(told)) {
      const study = loose.get(uid) ?? newStudy();
      loose.set(uid, study);
      addTo(study, instances);
      study.sources.push(...instances.map(({ file }) => diskSourceOf(diskFileOf(file))));
      tellOfCut(instances, onFault);
    }
    for (const file of scan.niftis) {
      found.push({
        ...{ path: file.path, studyUid: await fileStudyUid([file]), kind: "nifti", files: 1 },
        ...{ sources: [diskSourceOf(diskFileOf(file))], accessionsSha256: [] },
      });
    }
    for (const file of scan.pictures) {
      const picture = { file, source: diskSourceOf(diskFileOf(file)) };
      const own = pictures.get(dirname(file.path));
      if (own) own.push(picture);
      else pictures.set(dirname(file.path), [picture]);
    }

    function tell(path: string, error: InputError): void {
      const file = onDisk.get(path);
      if (file) faulty.push(file);
      onFault?.(path, error);
    }
  }
  progress({ stage: "looking", done: files.length, total: files.length });
  addFaulty(faulty, loose);
  for (const [studyUid, study] of loose) {
    if (study.hasCt) found.push({ ...whatIsKnown(study), path: pathOf(study), studyUid, kind: "dicom" });
    else onFault?.(pathOf(study), withoutCt(study), studyUid);
  }
  for (const [path, own] of pictures) {
    const studyUid = await fileStudyUid(own.map(({ file }) => file));
    const sources = own.map(({ source }) => source);
    found.push({ path, studyUid, kind: "pictures", files: own.length, sources, accessionsSha256: [] });
  }
  return found.sort((a, b) => (a.path === b.path ? 0 : a.path < b.path ? -1 : 1));
}

const noBytes = new Uint8Array(0);

interface Picture {
  readonly file: IntakeFile;
  readonly source: StudySource;
}

/** What is kept of a study's files while others are looked for. */
interface LooseStudy {
  /** The deepest folder that holds all of its files, as its parts; null before the first. */
  folder: readonly string[] | null;
  files: number;
  hasCt: boolean;
  readonly sources: StudySource[];
  readonly modalities: Set<string>;
  readonly accessions: Set<string>;
}

const newStudy = (): LooseStudy => ({
  folder: null,
  files: 0,
  hasCt: false,
  sources: [],
  modalities: new Set(),
  accessions: new Set(),
});

function addTo(study: LooseStudy, instances: readonly ScannedInstance[]): void {
  for (const { file, instance } of instances) {
    const folder = foldersOf(file.path);
    study.folder = study.folder === null ? folder : shared(study.folder, folder);
    study.hasCt ||= isCtImage(instance);
    study.modalities.add(instance.modality || "no modality");
    if (instance.accessionSha256 !== undefined) study.accessions.add(instance.accessionSha256);
  }
  study.files += instances.length;
}

const foldersOf = (path: string) => path.split("/").slice(0, -1);

/** What two paths have in common from their beginning. */
function shared(a: readonly string[], b: readonly string[]): readonly string[] {
  const differs = a.findIndex((part, i) => b[i] !== part);
  return differs < 0 ? a : a.slice(0, differs);
}

const pathOf = ({ folder }: LooseStudy) => folder?.join("/") || ".";

const whatIsKnown = ({ files, sources, accessions }: LooseStudy) => ({
  files,
  sources,
  accessionsSha256: [...accessions].sort(),
});

/** A file that tells no study belongs to the one whose folder it lies in; to none, where several share the folder. */
function addFaulty(faulty: readonly DiskFile[], studies: ReadonlyMap<string, LooseStudy>): void {
  if (faulty.length === 0) return;
  const byFolder = new Map<string, LooseStudy[]>();
  for (const study of studies.values()) {
    const path = pathOf(study);
    byFolder.set(path, [...(byFolder.get(path) ?? []), study]);
  }
  for (const file of faulty) {
    const folders = foldersOf(file.path);
    let owners: readonly LooseStudy[] | undefined;
    for (let depth = folders.length; depth >= 0 && owners === undefined; depth--) {
      owners = byFolder.get(folders.slice(0, depth).join("/") || ".");
    }
    if (owners?.length === 1) owners[0]?.sources.push(diskSourceOf(file));
  }
}

async function studiesInArchive(file: DiskFile, settings: IntakeSettings, onFault?: OnFault): Promise<FoundStudy[]> {
  const scan = await scanFiles([file], settings, { onFault });
  const { told, untold } = byIdentity(scan.instances);
  const lost = [...scan.broken, ...filesOf(untold)];
  for (const { path } of lost) onFault?.(path, broken(path));
  const found: FoundStudy[] = [];
  const zip = { path: file.path, kind: "zip" as const };
  for (const [studyUid, instances] of studiesIn(told)) {
    const study = newStudy();
    addTo(study, instances);
    study.sources.push(archiveSource(file, filesOf(instances)));
    tellOfCut(instances, onFault);
    if (study.hasCt) found.push({ ...whatIsKnown(study), ...zip, studyUid });
    else onFault?.(file.path, withoutCt(study), studyUid);
  }
  const images = scan.niftis.length > 0 ? scan.niftis : scan.pictures;
  if (found.length > 0 || images.length === 0) return withBroken(found, file, lost);
  const studyUid = await fileStudyUid(images);
  return [{ ...zip, studyUid, files: images.length, sources: [archiveSource(file, images)], accessionsSha256: [] }];
}

/** A file cut short before it says which study it is of is a study of its own to nobody. */
function byIdentity(instances: readonly ScannedInstance[]) {
  const isTold = ({ instance }: ScannedInstance) =>
    instance.studyUid !== "" || !(instance.isCut || (isCtImage(instance) && instance.pixels === undefined));
  return { told: instances.filter(isTold), untold: instances.filter((scanned) => !isTold(scanned)) };
}

const filesOf = (instances: readonly ScannedInstance[]) => instances.map(({ file }) => file);

/** Broken files of an archive belong to the only study in it. */
function withBroken(found: readonly FoundStudy[], zip: DiskFile, broken: readonly IntakeFile[]): FoundStudy[] {
  const [only, ...others] = found;
  if (only === undefined || others.length > 0 || broken.length === 0) return [...found];
  return [{ ...only, sources: [...only.sources, archiveSource(zip, broken)] }];
}

function tellOfCut(instances: readonly ScannedInstance[], onFault?: OnFault): void {
  for (const { file, instance } of instances) if (instance.isCut) onFault?.(file.path, broken(file.path));
}

function broken(path: string): InputError {
  return new InputError(
    "FILE_TRUNCATED",
    `${path} is no whole DICOM file: it was cut short or damaged. Copy it again.`,
  );
}

function withoutCt({ files, modalities }: LooseStudy): InputError {
  return new InputError(
    "NO_CT",
    `A DICOM study without CT images (${files} of ${[...modalities].sort().join(", ")}). Name a chest CT.`,
  );
}
