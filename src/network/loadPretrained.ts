import { InputError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { initialEntry } from "./initialState.ts";
import { namedParameters } from "./module.ts";
import { type NetworkName, type NetworkSpec, networkNames } from "./networkSpec.ts";
import { createNetwork } from "./resnet.ts";
import type { StateDict } from "./stateDict.ts";
import { changeChannels } from "./weights/changeChannels.ts";
import { type FoundArray, matchWeights, type WeightsMatch } from "./weights/matchWeights.ts";
import type { NumberType } from "./weights/numberTypes.ts";
import { readWeights, type WeightsFile, type WeightsFormat } from "./weights/readWeights.ts";

export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What became of a file of pretrained weights. */
export interface WeightsReport {
  readonly network: NetworkName;
  readonly format: WeightsFormat;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Which dictionary of a checkpoint was taken, such as "state_dict"; "" for the file itself. */
  readonly dictionary: string;
  /** What stands before the network's names there, such as "module.". */
  readonly prefix: string;
  readonly layout: WeightsMatch["layout"];
  /** Other places in the file that hold such a network. */
  readonly alsoAt: readonly string[];
  /** How the numbers that were loaded are stored. */
  readonly types: readonly NumberType[];
  /** What the file filled, by the network's names and shapes, and the file's name of it. */
  readonly loaded: readonly (NamedShape & { readonly from: string })[];
  /** What the network has and the file has not, or in another shape: freshly drawn. */
  readonly missing: readonly NamedShape[];
  /** What the file has and the network has not, by the file's names and shapes. */
  readonly leftOver: readonly NamedShape[];
  /** Sentences on what was changed on the way: channels of the first layer, biases of convolutions. */
  readonly changes: readonly string[];
}

/**
 * A network's arrays from a file of weights (safetensors, PyTorch, ONNX), under torchvision's, timm's or another known
 * naming, with or without a prefix such as "module." before them; what the file lacks is drawn as in a fresh network.
 *
 * The last layer may have another number of classes: it is then drawn anew.
 * @throws InputError WEIGHTS_DO_NOT_FIT if no array fits or if the file is of another network; WEIGHTS_FOLDED; those of
 * readWeights.
 */
export async function loadPretrained(
  spec: NetworkSpec,
  random: Random,
  path: string,
): Promise<{ state: StateDict; report: WeightsReport }> {
  const file = await readWeights(path);
  const { state, report } = fitWeights(spec, file);
  const parameters = namedParameters(createNetwork(spec));
  const whole: StateDict = new Map(
    [...parameters].map(([name, parameter]) => [name, state.get(name) ?? initialEntry(name, parameter, random)]),
  );
  return { state: whole, report };
}

/** What a file of weights fills of a network, and a report. @throws as loadPretrained. */
export function fitWeights(spec: NetworkSpec, file: WeightsFile): { state: StateDict; report: WeightsReport } {
  const match = matchOrExplain(spec, file);
  const { dict, prefix, layout, found, missing, leftOver, alsoAt } = match;
  const state: StateDict = new Map();
  for (const [name, one] of found) state.set(name, { shape: one.shape, data: numbersOf(name, one, file.path) });
  const shapeOf = (name: string) => dict.arrays.get(name)?.shape ?? [];
  const report: WeightsReport = {
    network: spec.name,
    format: file.format,
    sizeBytes: file.sizeBytes,
    sha256: file.sha256,
    dictionary: dict.path,
    prefix,
    layout,
    alsoAt,
    types: [...new Set([...found.values()].map(({ array }) => array.type))],
    loaded: [...found].map(([name, { from, shape }]) => ({ name, shape, from })),
    missing: [...missing].map(([name, shape]) => ({ name, shape })),
    leftOver: leftOver.map((name) => ({ name, shape: shapeOf(name) })),
    changes: changesOf(found),
  };
  return { state, report };
}

/** The match; where there is none, an error that names the network which the weights do fit. */
function matchOrExplain(spec: NetworkSpec, { path, dicts }: WeightsFile): WeightsMatch {
  try {
    return matchWeights(spec, dicts);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const others = networkNames.filter((name) => name !== spec.name && doesFit({ ...spec, name }, dicts));
    const hint = error.code === "WEIGHTS_DO_NOT_FIT" && others.length > 0 ? ` They fit ${others.join(" and ")}.` : "";
    throw new InputError(error.code, `${path}: ${error.message}${hint}`, { cause: error });
  }
}

function doesFit(spec: NetworkSpec, dicts: WeightsFile["dicts"]): boolean {
  try {
    return matchWeights(spec, dicts).found.size > 0;
  } catch {
    return false;
  }
}

function numbersOf(name: string, { array, shape, bias }: FoundArray, path: string): Float32Array {
  let data: Float32Array = array.read();
  if (shape.length === 4 && array.shape[1] !== shape[1]) data = changeChannels(data, array.shape, shape[1] ?? 0);
  // norm(conv + bias) = norm with its mean lowered by the bias.
  if (bias !== undefined) {
    const offsets = bias.read();
    data = data.map((mean, i) => mean - (offsets[i] ?? 0));
  }
  const isVariance = name.endsWith("running_var");
  const wrong = firstWrong(data, isVariance ? 0 : Number.NEGATIVE_INFINITY);
  if (wrong === undefined) return data;
  throw new InputError(
    "WEIGHTS_DAMAGED",
    `${path}: ${name} holds ${wrong}, where ${isVariance ? "variances" : "finite numbers"} belong. Get the file again, or weights from an earlier epoch.`,
  );
}

/** The first number that is not finite or is below the lowest; undefined where there is none. */
function firstWrong(data: Float32Array, lowest: number): number | undefined {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    if (!Number.isFinite(value) || value < lowest) return value;
  }
  return undefined;
}

function changesOf(found: WeightsMatch["found"]): string[] {
  const changes: string[] = [];
  const stem = found.get("conv1.weight");
  const [from, to] = [stem?.array.shape[1], stem?.shape[1]];
  if (from !== to) {
    const how = to === 1 ? "summed into one" : "repeated and divided, so that grey images give what they gave";
    changes.push(`conv1.weight: ${from} channel${from === 1 ? "" : "s"} ${how}.`);
  }
  const biases = [...found.values()].filter(({ bias }) => bias !== undefined).length;
  if (biases > 0) {
    changes.push(
      biases === 1
        ? "1 bias of a convolution worked into the running mean of its norm."
        : `${biases} biases of convolutions worked into the running means of their norms.`,
    );
  }
  return changes;
}
