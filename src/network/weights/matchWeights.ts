import { InputError } from "../../base/errors.ts";
import { namedParameters } from "../module.ts";
import type { NetworkSpec } from "../networkSpec.ts";
import { createNetwork } from "../resnet.ts";
import { type Layout, layouts, normAfter } from "./layouts.ts";
import type { StoredArray, StoredDict } from "./storedArray.ts";

/** What of a file goes where in a network; nothing has been read yet. */
export interface WeightsMatch {
  readonly dict: StoredDict;
  /** What stands before the network's names in the dictionary, such as "module.encoder_q.". */
  readonly prefix: string;
  readonly layout: Layout["name"];
  /** By the network's names, in its order. */
  readonly found: ReadonlyMap<string, FoundArray>;
  /** Shapes of what the network has and the file has not. */
  readonly missing: ReadonlyMap<string, readonly number[]>;
  /** Names in the dictionary that are not used, batch counters left out. */
  readonly leftOver: readonly string[];
  /** Other places in the file that hold such a network. */
  readonly alsoAt: readonly string[];
}

export interface FoundArray {
  /** Its name in the file. */
  readonly from: string;
  readonly array: StoredArray;
  /** The network's shape. Differs from the array's in a grey first layer only. */
  readonly shape: readonly number[];
  /** Of a running mean: the bias of the convolution before it, where that has one. */
  readonly bias?: StoredArray;
}

/**
 * Where a network's arrays stand in a file.
 *
 * The place with the most arrays of the right name and shape is taken: any dictionary of a checkpoint, any prefix, any of
 * the known layouts; of two alike the trained encoder before its momentum copy. The last layer may have other outputs.
 * @throws InputError WEIGHTS_DO_NOT_FIT, WEIGHTS_FOLDED.
 */
export function matchWeights(spec: NetworkSpec, dicts: readonly StoredDict[]): WeightsMatch {
  const shapes = new Map([...namedParameters(createNetwork(spec))].map(([name, { shape }]) => [name, shape as Shape]));
  const places = dicts.flatMap((dict) => layouts.flatMap((layout) => placesIn(dict, layout, shapes)));
  const [best, ...others] = places.sort(betterFirst);
  if (best === undefined) throw doNotFit(spec, "none of its arrays has a name of this network");
  const match = matchAt(best, shapes);
  const alsoAt = others.filter(({ fitting }) => fitting >= best.fitting * 0.9).map(placeName);
  refuseOtherNetworks(spec, best, match, shapes);
  return { ...match, alsoAt };
}

type Shape = readonly number[];

interface Place {
  readonly dict: StoredDict;
  readonly layout: Layout;
  readonly prefix: string;
  /** Arrays of the network whose name is here, and those whose shape is right as well. */
  readonly named: number;
  readonly fitting: number;
}

/** Copies that follow the trained network slowly, or that it was taught by: used only where nothing else fits as well. */
const secondary = /(^|[._])(encoder_k|momentum\w*|ema|target\w*|student)([._]|$)/;

function betterFirst(a: Place, b: Place): number {
  const rank = (place: Place) => Number(secondary.test(placeName(place)));
  return b.fitting - a.fitting || b.named - a.named || rank(a) - rank(b);
}

const placeName = ({ dict, prefix }: Pick<Place, "dict" | "prefix">) =>
  [dict.path, prefix.replace(/\.$/, "")].filter((part) => part !== "").join(".");

/** No name that is looked for has more parts, prefix aside. */
const mostParts = 10;

/** The prefixes under which arrays of the network stand in a dictionary. */
function placesIn(dict: StoredDict, layout: Layout, shapes: ReadonlyMap<string, Shape>): Place[] {
  const trunk = new Map(
    [...shapes].filter(([name]) => !isHead(name)).map(([n, shape]) => [layout.fileNameOf(n), shape]),
  );
  const counts = new Map<string, { named: number; fitting: number }>();
  for (const [name, array] of dict.arrays) {
    for (const start of lastParts(name)) {
      const shape = trunk.get(name.slice(start));
      if (shape === undefined) continue;
      const prefix = name.slice(0, start);
      const count = counts.get(prefix) ?? { named: 0, fitting: 0 };
      count.named++;
      if (fits(array.shape, shape)) count.fitting++;
      counts.set(prefix, count);
    }
  }
  return [...counts].map(([prefix, count]) => ({ dict, layout, prefix, ...count }));
}

/** Where the last parts of a dotted name start, the longest first; where the whole starts, 0, if it has no more parts. */
function lastParts(name: string): number[] {
  const starts: number[] = [];
  for (let dot = name.length; dot >= 0 && starts.length < mostParts; ) {
    dot = dot === 0 ? -1 : name.lastIndexOf(".", dot - 1);
    starts.push(dot + 1);
  }
  return starts.reverse();
}

function matchAt(place: Place, shapes: ReadonlyMap<string, Shape>): Omit<WeightsMatch, "alsoAt"> {
  const { dict, layout, prefix } = place;
  const at = (name: string) => dict.arrays.get(prefix + name);
  const head = layout.heads.find((one) => at(`${one}.weight`)?.shape.length === 2);
  const found = new Map<string, FoundArray>();
  const missing = new Map<string, Shape>();
  const used = new Set<string>();
  for (const [name, shape] of shapes) {
    const own = isHead(name) ? name.replace(/^fc\b/, head ?? "fc") : layout.fileNameOf(name);
    const array = at(own);
    if (array === undefined || !fits(array.shape, shape)) {
      missing.set(name, shape);
      continue;
    }
    const biasName = biasBefore(name, layout);
    const bias = biasName === undefined ? undefined : at(biasName);
    found.set(name, { from: prefix + own, array, shape, ...(bias === undefined ? {} : { bias }) });
    used.add(prefix + own);
    if (biasName !== undefined && bias !== undefined) used.add(prefix + biasName);
  }
  const leftOver = [...dict.arrays.keys()].filter((name) => !used.has(name) && !name.endsWith("num_batches_tracked"));
  return { dict, prefix, layout: layout.name, found, missing, leftOver };
}

/** The file's name of the bias of the convolution before a running mean; undefined for any other array. */
function biasBefore(name: string, layout: Layout): string | undefined {
  const norm = /^(.*)\.running_mean$/.exec(name)?.[1];
  if (norm === undefined) return undefined;
  const convolution = norm.replace(/bn(\d+)$/, "conv$1").replace(/downsample\.1$/, "downsample.0");
  return layout.fileNameOf(`${convolution}.bias`);
}

function refuseOtherNetworks(
  spec: NetworkSpec,
  { dict, layout, prefix }: Place,
  { found, missing, leftOver }: Omit<WeightsMatch, "alsoAt">,
  shapes: ReadonlyMap<string, Shape>,
): void {
  const at = (name: string) => dict.arrays.get(prefix + layout.fileNameOf(name));
  const trunk = [...shapes.keys()].filter((name) => !isHead(name));
  const otherShapes = trunk.filter((name) => missing.has(name) && at(name) !== undefined);
  const [other] = otherShapes;
  if (other !== undefined) {
    const example = `${prefix + layout.fileNameOf(other)} is [${at(other)?.shape}], not [${missing.get(other)}]`;
    throw doNotFit(spec, `${otherShapes.length} arrays have other shapes, such as ${example}`);
  }
  const folded = trunk.find((name) => isFolded(name, found, at));
  if (folded !== undefined) {
    throw new InputError(
      "WEIGHTS_FOLDED",
      `The weights have a bias for ${folded.replace(/\.weight$/, "")} and no batch norm after it: they were folded for inference, and what the norms were cannot be had back from them. Use the weights before folding.`,
    );
  }
  const bare = trunk.find(
    (name) => name.endsWith("running_mean") && missing.has(name) && found.has(weightBeside(name)),
  );
  if (bare !== undefined) {
    throw doNotFit(
      spec,
      `its norm ${bare.replace(".running_mean", "")} has no running statistics: it is no batch norm`,
    );
  }
  const foreign = leftOver.filter((name) => name.startsWith(prefix) && layout.trunk.test(name.slice(prefix.length)));
  if (foreign.length > 0) {
    const example = `${foreign[0]} [${dict.arrays.get(foreign[0] ?? "")?.shape}]`;
    throw doNotFit(
      spec,
      `it has ${foreign.length} arrays more in its layers, such as ${example}: a deeper or another network`,
    );
  }
}

function isFolded(
  name: string,
  found: ReadonlyMap<string, FoundArray>,
  at: (name: string) => StoredArray | undefined,
): boolean {
  const convolution = found.get(name)?.shape.length === 4 ? name.replace(/\.weight$/, "") : undefined;
  if (convolution === undefined || at(`${convolution}.bias`) === undefined) return false;
  return !found.has(`${normAfter(convolution)}.running_mean`);
}

const weightBeside = (name: string) => name.replace("running_mean", "weight");

const isHead = (name: string) => name.startsWith("fc.");

/** Equal, or a first layer for grey images where the network's has colours, or the reverse. */
function fits(from: Shape, to: Shape): boolean {
  if (String(from) === String(to)) return true;
  const [outputs, channels, height] = from;
  if (from.length !== 4 || to.length !== 4 || height !== 7 || to[2] !== 7 || from[3] !== 7) return false;
  const isGrey = (channels === 1 && to[1] === 3) || (channels === 3 && to[1] === 1);
  return outputs === to[0] && isGrey;
}

function doNotFit(spec: NetworkSpec, found: string): InputError {
  return new InputError(
    "WEIGHTS_DO_NOT_FIT",
    `The weights do not fit ${spec.name}: ${found}. Choose the network that the weights were made for, or other weights.`,
  );
}
