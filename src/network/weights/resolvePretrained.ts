import { join } from "node:path";
import { InputError } from "../../base/errors.ts";
import { isThere, readBytes } from "../../base/files.ts";
import { sha256Hex } from "../../base/hash.ts";
import { networkNames } from "../networkSpec.ts";
import { notPulled, publishedWeights } from "./publishedWeights.ts";
import { type CachedWeights, listCached } from "./weightsCache.ts";

/**
 * The path of what --pretrained names: a file, or weights in the cache, which are checked by their SHA-256. "imagenet" is
 * imagenet-NETWORK.
 *
 * @throws InputError WEIGHTS_NOT_HERE with the command that fetches them; WEIGHTS_UNKNOWN; WEIGHTS_CHECKSUM.
 */
export async function resolvePretrained(
  text: string,
  { folder, network }: { readonly folder: string; readonly network?: string | undefined },
): Promise<string> {
  if (!isName(text) || (await isThere(text))) return text;
  const name = text === "imagenet" && network !== undefined ? `imagenet-${network}` : text;
  const cached = await listCached(folder);
  const found = cached.find((one) => one.name === name);
  const path = found === undefined ? undefined : join(folder, found.file);
  if (found !== undefined && path !== undefined && (await isThere(path))) {
    await checkSha256(path, found);
    return path;
  }
  if (publishedWeights.some((one) => one.name === name)) {
    throw new InputError(
      "WEIGHTS_NOT_HERE",
      `${name} is published and not on this machine. Fetch it once: groundglass weights pull ${name}`,
    );
  }
  throw unknownWeights(name, [...cached, ...publishedWeights]);
}

/** A name that is neither published nor in the cache. */
export function unknownWeights(name: string, known: readonly { readonly name: string }[]): InputError {
  const why = Object.hasOwn(notPulled, name) ? notPulled[name] : undefined;
  const names = [...new Set(known.map((one) => one.name))].sort().join(", ");
  return new InputError(
    "WEIGHTS_UNKNOWN",
    why ??
      `There is no file ${name} and there are no weights of that name. Known: ${names}. Name one, or give a file's path.`,
  );
}

/** @throws InputError WEIGHTS_CHECKSUM. */
async function checkSha256(path: string, { name, sha256 }: CachedWeights): Promise<void> {
  const found = sha256Hex(await readBytes(path));
  if (found === sha256) return;
  throw new InputError(
    "WEIGHTS_CHECKSUM",
    `${path} has SHA-256 ${found.slice(0, 12)}…, and ${sha256.slice(0, 12)}… was kept as ${name}. It was changed: remove it and pull or add it again.`,
  );
}

/** Whether a text can be a name of weights rather than a path. */
export function isName(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(text) && !/\.(safetensors|pth?|onnx|ckpt|bin|tar)$/.test(text);
}

/**
 * The entries of --pretrained with paths for the names in them: each "none", a file or name, or NETWORK=FILE. "imagenet" is
 * imagenet-NETWORK of each network that is trained.
 *
 * @throws as resolvePretrained.
 */
export async function resolveStarts(
  entries: readonly string[],
  { folder, networks }: { readonly folder: string; readonly networks: readonly string[] },
): Promise<string[]> {
  const [network] = networks;
  const resolved = entries.map(async (entry) => {
    const owner = networkNames.find((name) => entry.startsWith(`${name}=`));
    if (entry === "none") return [entry];
    if (owner !== undefined) {
      const path = await resolvePretrained(entry.slice(owner.length + 1), { folder, network: owner });
      return [`${owner}=${path}`];
    }
    if (entry !== "imagenet" || networks.length === 1) return [await resolvePretrained(entry, { folder, network })];
    const each = networks.map(async (one) => `${one}=${await resolvePretrained(entry, { folder, network: one })}`);
    return Promise.all(each);
  });
  return (await Promise.all(resolved)).flat();
}
