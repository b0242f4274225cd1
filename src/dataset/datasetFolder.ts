import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { readText, writeJson } from "../base/files.ts";
import { type Dataset, datasetPaths } from "./dataset.ts";
import type { Splits } from "./splits.ts";

const stalePiece =
  /^(?:\.groundglass\.lock|(?:dataset|splits)\.json|case-[0-9a-f]{12}\.(?:json|u8|lungs\.gz|whole\.u8))\.[0-9a-f]{8}\.part$/;
const caseFile = /^(case-[0-9a-f]{12})\.(?:json|u8|lungs\.gz|whole\.u8)$/;

/** Removes what a killed run left half-written. */
export async function removeStalePieces(folder: string): Promise<void> {
  for (const place of [folder, datasetPaths(folder).prepared]) {
    const names = await namesIn(place);
    for (const name of names.filter((one) => stalePiece.test(one))) await rm(join(place, name), { force: true });
  }
}

/** Takes the mark off a dataset that is about to change: without dataset.json it is not read as whole. */
export async function unmark(folder: string): Promise<void> {
  await rm(datasetPaths(folder).dataset, { force: true });
}

/**
 * Writes splits.json and, last, dataset.json; removes prepared cases that are not the dataset's. A folder that holds this
 * very dataset stays untouched.
 * @throws as writeFileWhole.
 */
export async function writeDataset(
  folder: string,
  made: { readonly dataset: Dataset; readonly splits: Splits },
): Promise<void> {
  const paths = datasetPaths(folder);
  const known = new Set(made.dataset.cases.map(({ caseId }) => caseId));
  const strays = (await namesIn(paths.prepared)).filter((name) => {
    const caseId = caseFile.exec(name)?.[1];
    return caseId !== undefined && !known.has(caseId);
  });
  const isSame =
    strays.length === 0 && (await holds(paths.dataset, made.dataset)) && (await holds(paths.splits, made.splits));
  if (isSame) return;
  await unmark(folder);
  for (const name of strays) await rm(join(paths.prepared, name), { force: true });
  await writeJson(paths.splits, made.splits);
  await writeJson(paths.dataset, made.dataset);
}

/** Removes the folders of a dataset that nothing came into. */
export async function removeEmptyFolders(folder: string): Promise<void> {
  for (const place of [datasetPaths(folder).prepared, folder]) await rmdir(place).catch(() => {});
}

async function holds(path: string, value: unknown): Promise<boolean> {
  const standing = await readText(path).catch(() => null);
  return standing === `${JSON.stringify(value, null, 2)}\n`;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
