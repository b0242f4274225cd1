import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import sharp from "sharp";
import { InputError } from "../../base/errors.ts";
import { isThere, writeFileWhole, writeJson } from "../../base/files.ts";
import { noProgress, type Progress } from "../../base/progress.ts";
import { researchUseNotice, version } from "../../base/version.ts";
import { datasetPaths } from "../../dataset/dataset.ts";
import { type FoundStudy, findStudies } from "../../intake/findStudies.ts";
import { type IntakeSettings, intakeSettingsOf } from "../../intake/intakeSettings.ts";
import { defaultRecipe, type SliceRecipe } from "../../slices/sliceRecipe.ts";
import { type Figure, standaloneSvg } from "../figures/figure.ts";
import { splitFigure } from "../figures/splitFigure.ts";
import { type StageUri, stagesFigure, stageUris } from "../figures/stagesFigure.ts";
import { byAttention } from "./attention.ts";
import { type ContactSheet, createContactSheet } from "./contactSheet.ts";
import { inspectDataset } from "./inspectDataset.ts";
import type { InspectedStudy, Inspection } from "./inspection.ts";
import { type InspectionDrawings, inspectionPage } from "./inspectionPage.ts";
import { type DrawnStages, inspectStages, type StagesWanted } from "./inspectStages.ts";
import { inspectStudy, type StudyPlace, unreadable } from "./inspectStudy.ts";
import { drawPlanes } from "./planes.ts";

export interface InspectOptions {
  /** Folder for inspection.html, inspection.json and figures; nothing is written where it is left out. */
  readonly out?: string | undefined;
  /** Only the studies with these paths (relative to the data) or UIDs. */
  readonly studies?: readonly string[] | undefined;
  /** Read this series, where the study has it. */
  readonly seriesUid?: string | undefined;
  /** Its lung settings draw the outlines; method "none" leaves the lungs out, which is faster. */
  readonly recipe?: SliceRecipe | undefined;
  /** Settings of the reading that differ from the defaults. */
  readonly intake?: Partial<IntakeSettings> | undefined;
  /** The stages of lung isolation of a slice of each study, for the first few studies. */
  readonly stages?: StagesWanted | undefined;
  /** The most studies that the page shows in pictures. */
  readonly pictured?: number | undefined;
  readonly progress?: Progress | undefined;
}

/**
 * What lies under a path: every study with the series that would be read, its measures, its warnings or its error; or, of a
 * prepared dataset, its cases and its split. With `out` also a page to look at.
 *
 * data: a folder of studies of any nesting, one study, a zip, a NIfTI file, or a dataset. Studies are read one at a time: memory
 * is one study's. A study that cannot be read is a row with its code.
 * @throws InputError NO_IMAGES, STUDY_UNKNOWN; FILE_MISSING; as readDataset and writeFileWhole.
 */
export async function inspectData(data: string, options: InspectOptions = {}): Promise<Inspection> {
  const { out, pictured = 60, progress = noProgress } = options;
  const sheet = createContactSheet(out === undefined ? 0 : pictured);
  const isDataset = await isThere(datasetPaths(data).dataset);
  const found = isDataset
    ? await inspectDataset(data, sheet, progress)
    : await inspectStudies(data, sheet, { ...options, progress });
  const { drawn, ...rest } = found;
  const studies = [...found.studies].sort(byAttention);
  const inspection: Inspection = {
    format: "groundglass-inspection/1",
    groundglassVersion: version,
    ...rest,
    studies,
    stages: drawn.map(({ stages }) => stages),
    pictured: sheet.size(),
    notice: researchUseNotice,
  };
  if (out === undefined) return inspection;
  const drawings = await drawFigures(inspection, drawn, join(out, "figures"));
  await writeFileWhole(join(out, "inspection.html"), inspectionPage(inspection, sheet, drawings));
  await writeJson(join(out, "inspection.json"), inspection);
  return inspection;
}

/** Writes the figures as files of their own: SVG and CSV, and the stages as PNG too. */
async function drawFigures(
  { split }: Inspection,
  drawn: readonly DrawnStages[],
  folder: string,
): Promise<InspectionDrawings> {
  const figures: Figure[] = [];
  const splitDrawn = split && splitFigure(split);
  if (splitDrawn) figures.push(splitDrawn);
  const stages: { caption: string; uris: readonly StageUri[] }[] = [];
  for (const [i, one] of drawn.entries()) {
    const uris = await stageUris(one);
    const figure = stagesFigure(one, uris, `stages-${i + 1}-${one.stages.method}`);
    figures.push(figure);
    stages.push({ caption: figure.caption, uris });
    const png = await sharp(Buffer.from(standaloneSvg(figure)))
      .flatten({ background: "#ffffff" })
      .png()
      .toBuffer();
    await writeFileWhole(join(folder, `${figure.name}.png`), png);
  }
  for (const figure of figures) {
    await writeFileWhole(join(folder, `${figure.name}.svg`), standaloneSvg(figure));
    await writeFileWhole(join(folder, `${figure.name}.csv`), figure.csv);
  }
  return { split: splitDrawn, stages };
}

/** What is found before it is put in order, and what was drawn of stages. */
export interface Found extends Pick<Inspection, "of" | "studies" | "split" | "warnings"> {
  readonly drawn: readonly DrawnStages[];
}

/** A slice's stages are seven or eight pictures: so many slices are drawn, by one recipe each, and no more. */
const mostStaged = 10;

async function inspectStudies(
  data: string,
  sheet: ContactSheet,
  options: InspectOptions & { readonly progress: Progress },
): Promise<Found> {
  const { intake = {}, recipe = defaultRecipe, seriesUid, progress } = options;
  intakeSettingsOf(intake);
  const found = await findPlaces(data, options);
  const { places } = found;
  const studies: InspectedStudy[] = [];
  const drawn: DrawnStages[] = [];
  for (const [i, place] of places.entries()) {
    progress({ stage: "inspecting", done: i, total: places.length });
    const { study, seen } = await inspectStudy(place, { lungs: recipe.lungs, intake, seriesUid });
    studies.push(study);
    if (seen === null) continue;
    await sheet.offer(study, () => drawPlanes(seen.images, seen.mask));
    if (options.stages && drawn.length < mostStaged && seen.images.kind === "volume") {
      drawn.push(...(await inspectStages(study.path, seen.images.volume, seen.mask, options.stages)));
    }
  }
  progress({ stage: "inspecting", done: places.length, total: places.length });
  return { of: "studies", studies: [...studies, ...faultRows(found, studies)], split: null, warnings: [], drawn };
}

interface Fault {
  readonly path: string;
  readonly error: InputError;
}

async function findPlaces(
  data: string,
  { studies: wanted, intake = {}, progress = noProgress }: InspectOptions,
): Promise<{ places: StudyPlace[]; faults: Fault[]; root: string }> {
  const faults: Fault[] = [];
  const found = await findStudies(data, { intake, progress, onFault: (path, error) => faults.push({ path, error }) });
  const isFolder = (await stat(data)).isDirectory();
  const root = basename(resolve(data));
  const isShared = sharedFolders(found);
  const places = withOwnNames(found, root).map(({ sources, folder, ...study }): StudyPlace => {
    const isAlone = isFolder && !isShared(folder);
    return { ...study, fullPath: isAlone ? join(data, folder) : data, sources: isAlone ? undefined : sources };
  });
  if (wanted === undefined) {
    if (places.length + faults.length > 0) return { places, faults, root };
    throw new InputError(
      "NO_IMAGES",
      `No studies are at ${data}. Expected DICOM, NIfTI, PNG or JPEG files in folders of any nesting, or zips of them.`,
    );
  }
  const isNamed = ({ path, studyUid }: StudyPlace, asked: string) => {
    const name = asked === "." ? root : asked.replace(/\/+$/, "");
    return [studyUid, path].includes(name) || path.startsWith(`${name}/`) || path.startsWith(`${name} #`);
  };
  const missing = wanted.find((name) => !places.some((place) => isNamed(place, name)));
  if (missing !== undefined) {
    throw new InputError(
      "STUDY_UNKNOWN",
      `None of the ${places.length} studies under ${data} is "${missing}". Name a path below it, or a Study Instance UID.`,
    );
  }
  return { places: places.filter((place) => wanted.some((name) => isNamed(place, name))), faults: [], root };
}

/** Which folders hold several studies, so that each is read from its own files: not all of the folder for each of them. */
function sharedFolders(found: readonly FoundStudy[]): (folder: string) => boolean {
  const shared = new Set<string>();
  const own = new Set<string>();
  for (const { path } of found) {
    if (own.has(path)) shared.add(path);
    own.add(path);
    for (let above = path; above !== "."; ) {
      above = dirname(above);
      shared.add(above);
    }
  }
  return (folder) => shared.has(folder);
}

/** Studies that share a path are numbered; one that lies in the root itself has the root's name. */
function withOwnNames(found: readonly FoundStudy[], root: string): (FoundStudy & { readonly folder: string })[] {
  const counts = new Map<string, number>();
  for (const { path } of found) counts.set(path, (counts.get(path) ?? 0) + 1);
  const numbers = new Map<string, number>();
  return found.map((study) => {
    const folder = study.path;
    const name = folder === "." ? root : folder;
    if (counts.get(folder) === 1) return { ...study, folder, path: name };
    const number = (numbers.get(folder) ?? 0) + 1;
    numbers.set(folder, number);
    return { ...study, folder, path: `${name} #${number}` };
  });
}

/** Files at fault as rows: one for each folder and code, none where a study that could not be read says so already. */
function faultRows(
  { faults, root }: { readonly faults: readonly Fault[]; readonly root: string },
  studies: readonly InspectedStudy[],
): InspectedStudy[] {
  const groups = new Map<string, { path: string; faults: Fault[] }>();
  const failed = studies.filter((study) => study.error !== null);
  for (const fault of faults) {
    const { path, error } = fault;
    const isTold = failed.some(
      (study) => study.error?.code === error.code && study.error.message.includes(basename(path)),
    );
    if (isTold) continue;
    const place = error.code === "FILE_TRUNCATED" ? dirname(path) : path;
    const folder = place === "." ? root : place;
    const key = `${error.code} ${folder}`;
    const group = groups.get(key) ?? { path: folder, faults: [] };
    group.faults.push(fault);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ path, faults: own }) => {
    const [first] = own;
    const { code, message } = first.error;
    const isOne = own.length === 1;
    return unreadable(
      { path: isOne && first.path !== "." ? first.path : path },
      { code, message: isOne ? message : `${own.length} like it. The first: ${message}` },
    );
  });
}
