import { statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { sha256Hex } from "../base/hash.ts";
import { version } from "../base/version.ts";
import type { StudySource } from "../intake/studySource.ts";
import { portableRecipe } from "../slices/recipeFiles.ts";
import type { LabelledStudy } from "./labels.ts";
import type { CaseJob } from "./prepareCase.ts";

/**
 * What has to be done for a study of a label file. Its key changes with anything that changes the result: the program's
 * version, the recipe, the settings of the reading, the study's files (name, size, time of change), the slices that carry a label.
 */
export async function caseJob(
  study: LabelledStudy,
  options: Pick<CaseJob, "data" | "out" | "recipe" | "intake" | "isFaultThrown" | "keepsAll"> &
    Omit<CaseJob["source"], "line">,
): Promise<CaseJob> {
  const { data, out, recipe, intake, isFaultThrown, keepsAll = false, labelFile, sliceLabelFile } = options;
  const labelledSlices = study.sliceLabels?.map(({ slice, line }) => ({ slice, line })) ?? null;
  const sources = study.sources
    ? [study.sources.map(printOfSource)]
    : await Promise.all((study.pictures ?? [study.path]).map((path) => fingerprint(join(data, path))));
  const labelled = labelledSlices?.map(({ slice }) => slice).sort() ?? null;
  const asked = keepsAll ? { all: labelled } : labelled;
  const settings = [sortedKeys(portableRecipe(recipe)), sortedKeys(intake)];
  return {
    caseId: caseIdOf(study),
    key: sha256Hex(JSON.stringify([version, ...settings, study.path, study.seriesUid, study.pictures, sources, asked])),
    data,
    out,
    path: study.path,
    pictures: study.pictures,
    ...(study.sources && { sources: study.sources }),
    seriesUid: study.seriesUid ?? null,
    labelledSlices,
    source: { labelFile, sliceLabelFile, line: study.line },
    isFaultThrown,
    keepsAll,
    recipe,
    intake,
    bytes: (study.sources?.map(({ sizeBytes }) => sizeBytes) ?? sources.flat().map(([, bytes]) => bytes)).reduce(
      (sum, bytes) => sum + bytes,
      0,
    ),
  };
}

/** The case's name: of its place in the data folder, or the UID that it is named by, so that it stays when rows are added or moved. */
export function caseIdOf(study: Pick<LabelledStudy, "path" | "pictures" | "studyId" | "name">): string {
  const { path, pictures, studyId, name } = study;
  const place = name !== undefined ? `uid ${path}` : pictures === null ? `path ${path}` : `study ${studyId}`;
  return `case-${sha256Hex(place).slice(0, 12)}`;
}

type Print = readonly [path: string, bytes: number, changedMs: number];

/** Of a file that is there already when the folder is looked through; one that has gone since is found out when it is read. */
function printOfSource({ diskPath, path, inside }: StudySource): Print {
  const found = statSync(diskPath, { throwIfNoEntry: false });
  return [[path, ...(inside ?? [])].join("\n"), found?.size ?? 0, Math.floor(found?.mtimeMs ?? 0)];
}

/** Of the file, or of each file below the folder; hidden files are no part of a study. */
async function fingerprint(root: string): Promise<Print[]> {
  const top = await stat(root);
  if (!top.isDirectory()) return [["", top.size, Math.floor(top.mtimeMs)]];
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const isHidden = (file: string) =>
    relative(root, file)
      .split(sep)
      .some((name) => name.startsWith("."));
  const seen = files.sort().filter((file) => !isHidden(file));
  // A thousand studies have a hundred thousand files: to ask for each and wait costs thirty times as much as asking.
  return seen.map((file): Print => {
    const { size, mtimeMs } = statSync(file);
    return [relative(root, file), size, Math.floor(mtimeMs)];
  });
}

function sortedKeys(settings: object): [string, unknown][] {
  return Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
}
