import { InputError } from "../base/errors.ts";
import { readBytes } from "../base/files.ts";
import type { Random } from "../base/random.ts";
import { initialEntry } from "./initialState.ts";
import { namedParameters } from "./module.ts";
import type { NetworkSpec } from "./networkSpec.ts";
import { createNetwork } from "./resnet.ts";
import { decodeSafetensors } from "./safetensors.ts";
import type { StateDict } from "./stateDict.ts";

export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What became of a file of pretrained weights. */
export interface WeightsReport {
  /** Names in the network that the file filled. */
  readonly loaded: readonly string[];
  /** What the network has and the file has not, or in another shape: freshly drawn. */
  readonly missing: readonly NamedShape[];
  /** What the file has and the network has not, by the file's names and shapes. */
  readonly leftOver: readonly NamedShape[];
}

/**
 * A network's arrays from a safetensors file (F32, F16, BF16 or mixed) with torchvision's names, with or without a prefix
 * such as "module." before them; what the file lacks is drawn as in a fresh network.
 *
 * The last layer may have another number of classes: it is then drawn anew.
 * @throws InputError WEIGHTS_DO_NOT_FIT if no array fits or if the file is of another network; those of
 * decodeSafetensors; FILE_MISSING.
 */
export async function loadPretrained(
  spec: NetworkSpec,
  random: Random,
  path: string,
): Promise<{ state: StateDict; report: WeightsReport }> {
  const file = decodeSafetensors(await readBytes(path)).state;
  const parameters = namedParameters(createNetwork(spec));
  const prefix = commonPrefix([...file.keys()], [...parameters.keys()]);
  const fits: StateDict = new Map();
  const missing: NamedShape[] = [];
  const otherShapes: string[] = [];
  for (const [name, { shape }] of parameters) {
    const found = file.get(prefix + name);
    const doesFit = found !== undefined && String(found.shape) === String(shape);
    if (doesFit) {
      fits.set(name, found);
    } else {
      missing.push({ name, shape });
      if (found && !name.startsWith("fc.")) otherShapes.push(`${name} is [${found.shape}], not [${shape}]`);
    }
  }
  if (fits.size === 0 || otherShapes.length > 0) throw doNotFit(spec, path, otherShapes);
  const state: StateDict = new Map(
    [...parameters].map(([name, parameter]) => [name, fits.get(name) ?? initialEntry(name, parameter, random)]),
  );
  const loaded = [...fits.keys()];
  const used = new Set(loaded.map((name) => prefix + name));
  const leftOver = [...file]
    .filter(([name]) => !used.has(name) && !name.endsWith("num_batches_tracked"))
    .map(([name, { shape }]) => ({ name, shape }));
  return { state, report: { loaded, missing, leftOver } };
}

/** What stands before the network's names in the file: the prefix under which most of them are found. */
function commonPrefix(fileNames: readonly string[], names: readonly string[]): string {
  const known = new Set(names);
  const counts = new Map<string, number>([["", 0]]);
  for (const fileName of fileNames) {
    for (let start = 0; start >= 0; start = nextPart(fileName, start)) {
      if (!known.has(fileName.slice(start))) continue;
      const prefix = fileName.slice(0, start);
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/** Where the part after the next dot starts; −1 after the last. */
function nextPart(name: string, start: number): number {
  const dot = name.indexOf(".", start);
  return dot < 0 ? -1 : dot + 1;
}

function doNotFit(spec: NetworkSpec, path: string, otherShapes: readonly string[]): InputError {
  const [example] = otherShapes;
  const found = example
    ? `${otherShapes.length} arrays have other shapes, such as ${example}`
    : "none of its arrays has a name and a shape of this network";
  return new InputError(
    "WEIGHTS_DO_NOT_FIT",
    `${path} does not fit ${spec.name}: ${found}. Choose the network that the weights were made for, or other weights.`,
  );
}
