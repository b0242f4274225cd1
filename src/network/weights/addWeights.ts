import { copyFile, link, mkdir, open, rename, rm, symlink } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { InputError } from "../../base/errors.ts";
import { fileError } from "../../base/files.ts";
import { withFolderLocked } from "../../base/lockFolder.ts";
import type { WeightsReport } from "../loadPretrained.ts";
import { checkFile } from "./checkWeights.ts";
import { publishedWeights } from "./publishedWeights.ts";
import { readWeights } from "./readWeights.ts";
import { isName } from "./resolvePretrained.ts";
import { type CachedWeights, keepCached, listCached } from "./weightsCache.ts";

export interface AddOptions {
  readonly folder: string;
  /** By default the published name where the SHA-256 is known, else the file's own name. */
  readonly name?: string | undefined;
  /** Keep a link to the file instead of a copy. */
  readonly isLinked?: boolean | undefined;
  readonly source?: string | undefined;
  readonly license?: string | undefined;
}

/**
 * Checks a file of weights and puts it into the cache, so that its name can be given to `--pretrained`.
 *
 * @throws InputError WEIGHTS_DO_NOT_FIT if it fits no network; WEIGHTS_NAME_INVALID; WEIGHTS_NAME_TAKEN; as readWeights.
 */
export async function addWeights(
  path: string,
  options: AddOptions,
): Promise<{ weights: CachedWeights; reports: readonly WeightsReport[] }> {
  const { folder, isLinked = false } = options;
  const file = await readWeights(path);
  const reports = checkFile(file);
  const published = publishedWeights.find(({ sha256 }) => sha256 === file.sha256);
  const name = options.name ?? published?.name ?? basename(path, extname(path)).toLowerCase();
  refuseName(name, file.sha256);
  const entry = {
    name,
    file: `${name}${extname(path).toLowerCase() || ".weights"}`,
    networks: reports.map(({ network }) => network),
    sizeBytes: file.sizeBytes,
    sha256: file.sha256,
    source: options.source ?? published?.source ?? `added from ${basename(path)}`,
    license: options.license ?? published?.license ?? "not said",
  };
  return withFolderLocked(folder, async () => {
    const standing = (await listCached(folder)).find((one) => one.name === name);
    if (standing !== undefined && standing.sha256 !== file.sha256) {
      throw new InputError(
        "WEIGHTS_NAME_TAKEN",
        `The cache holds other weights as ${name} (SHA-256 ${standing.sha256.slice(0, 12)}…). Choose another name with --name.`,
      );
    }
    await (isLinked ? linkFile(path, join(folder, entry.file)) : copyWhole(path, join(folder, entry.file)));
    return { weights: await keepCached(folder, entry), reports };
  });
}

function refuseName(name: string, sha256: string): void {
  const published = publishedWeights.find((one) => one.name === name);
  if (published !== undefined && published.sha256 !== sha256) {
    throw new InputError(
      "WEIGHTS_NAME_TAKEN",
      `${name} is the name of published weights with another SHA-256. Choose another name with --name.`,
    );
  }
  if (isName(name) && name !== "none" && name !== "imagenet") return;
  throw new InputError(
    "WEIGHTS_NAME_INVALID",
    `"${name.slice(0, 64)}" cannot be a name of weights: lower-case letters, digits, ".", "_" and "-", at most 64. Choose one with --name.`,
  );
}

async function linkFile(from: string, to: string): Promise<void> {
  try {
    await mkdir(resolve(to, ".."), { recursive: true });
    await rm(to, { force: true });
    // Windows lets only administrators make symbolic links; a hard link does there.
    await symlink(resolve(from), to).catch(() => link(from, to));
  } catch (error) {
    throw fileError(to, error);
  }
}

async function copyWhole(from: string, to: string): Promise<void> {
  if (resolve(from) === resolve(to)) return;
  const part = `${to}.part`;
  try {
    await copyFile(from, part);
    const file = await open(part, "r+");
    await file.sync();
    await file.close();
    await rename(part, to);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw fileError(to, error);
  }
}
