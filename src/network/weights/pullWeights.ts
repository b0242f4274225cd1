import { extname, join } from "node:path";
import { isThere, readBytes } from "../../base/files.ts";
import { sha256Hex } from "../../base/hash.ts";
import { withFolderLocked } from "../../base/lockFolder.ts";
import { type DownloadOptions, download } from "./download.ts";
import { type PublishedWeights, publishedWeights } from "./publishedWeights.ts";
import { unknownWeights } from "./resolvePretrained.ts";
import { type CachedWeights, keepCached, listCached } from "./weightsCache.ts";

export interface PullOptions extends DownloadOptions {
  /** The folder of the cache. */
  readonly folder: string;
  readonly table?: readonly PublishedWeights[] | undefined;
}

/**
 * Fetches published weights into the cache and returns their entry; at once where they are there and whole.
 *
 * @throws InputError WEIGHTS_UNKNOWN; FOLDER_IN_USE; as download.
 */
export async function pullWeights(
  name: string,
  options: PullOptions,
): Promise<{ weights: CachedWeights; isNew: boolean }> {
  const { folder, table = publishedWeights, ...downloading } = options;
  const published = table.find((one) => one.name === name);
  if (published === undefined) throw unknownWeights(name, table);
  return withFolderLocked(folder, async () => {
    const standing = (await listCached(folder)).find((one) => one.name === name);
    if (standing !== undefined && (await isWhole(join(folder, standing.file), published))) {
      return { weights: standing, isNew: false };
    }
    const file = `${name}${extname(new URL(published.url).pathname)}`;
    await download(published, join(folder, file), downloading);
    const { sizeBytes, sha256, source, license, network } = published;
    const entry = { name, file, networks: [network], sizeBytes, sha256, source, license };
    return { weights: await keepCached(folder, entry), isNew: true };
  });
}

async function isWhole(path: string, { sha256 }: PublishedWeights): Promise<boolean> {
  return (await isThere(path)) && sha256Hex(await readBytes(path)) === sha256;
}
