import { readdir } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { isThere, readJson, writeJson } from "../../base/files.ts";
import { type NetworkName, networkNames } from "../networkSpec.ts";
import { publishedWeights } from "./publishedWeights.ts";

/** Weights that are kept under a name: NAME.json, beside the file itself. */
export interface CachedWeights {
  readonly format: "groundglass-weights/1";
  readonly name: string;
  /** Name of the file beside it. */
  readonly file: string;
  readonly networks: readonly NetworkName[];
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly source: string;
  readonly license: string;
}

const cachedSchema: z.ZodType<CachedWeights> = z.strictObject({
  format: z.literal("groundglass-weights/1"),
  name: z.string(),
  file: z.string().regex(/^[^/\\]+$/),
  networks: z.array(z.enum(networkNames)),
  sizeBytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  source: z.string(),
  license: z.string(),
});

/** What decides where the cache is. */
export interface CachePlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly home: string;
}

/** The user's folder of weights: GROUNDGLASS_WEIGHTS, or groundglass/weights in the system's place for caches. */
export function weightsFolder({ env, platform, home }: CachePlace): string {
  const own = env.GROUNDGLASS_WEIGHTS;
  if (own !== undefined && own !== "") return resolve(own);
  const given = platform === "win32" ? env.LOCALAPPDATA : platform === "darwin" ? undefined : env.XDG_CACHE_HOME;
  const usual = { win32: ["AppData", "Local"], darwin: ["Library", "Caches"] }[platform] ?? [".cache"];
  // A relative XDG_CACHE_HOME is to be ignored, says its specification.
  const caches = given !== undefined && isAbsolute(given) ? given : join(home, ...usual);
  return join(caches, "groundglass", "weights");
}

/** What stands in a folder of weights, by name. @throws InputError FILE_INVALID. */
export async function listCached(folder: string): Promise<CachedWeights[]> {
  if (!(await isThere(folder))) return [];
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(names.map((name) => readJson(join(folder, name), cachedSchema)));
}

/** One line of `weights list`. */
export interface ListedWeights extends Omit<CachedWeights, "format" | "file" | "networks"> {
  readonly networks: readonly NetworkName[];
  /** Where the file is; null: not here. */
  readonly path: string | null;
  /** Where it can be pulled from; null: it was added by hand. */
  readonly url: string | null;
}

/** Weights in the cache and weights that can be pulled, by name. */
export async function listWeights(folder: string): Promise<ListedWeights[]> {
  const cached = await listCached(folder);
  const here = await Promise.all(
    cached.map(async ({ format, file, ...rest }) => {
      const path = join(folder, file);
      const url = publishedWeights.find(({ sha256 }) => sha256 === rest.sha256)?.url ?? null;
      return { ...rest, path: (await isThere(path)) ? path : null, url };
    }),
  );
  const known = new Set(here.map(({ name }) => name));
  const there = publishedWeights
    .filter(({ name }) => !known.has(name))
    .map(({ network, ...rest }) => ({ ...rest, networks: [network], path: null }));
  return [...here, ...there].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Puts a file that is whole and right into the cache. file: its name there, which must stand in the folder already. */
export async function keepCached(folder: string, entry: Omit<CachedWeights, "format">): Promise<CachedWeights> {
  const cached: CachedWeights = { format: "groundglass-weights/1", ...entry };
  await writeJson(join(folder, `${entry.name}.json`), cached);
  return cached;
}
