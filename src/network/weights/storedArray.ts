import type { NumberType } from "./numberTypes.ts";

/** One array of a file of weights; its numbers are made only when they are asked for. */
export interface StoredArray {
  readonly shape: readonly number[];
  readonly type: NumberType;
  /** The numbers as float32, row-major, in a buffer of their own. */
  read(): Float32Array<ArrayBuffer>;
}

/** Arrays by name that belong together, such as one model of a checkpoint that holds several things. */
export interface StoredDict {
  /** Where in the file they are, such as "state_dict"; "" for the file itself. */
  readonly path: string;
  readonly arrays: ReadonlyMap<string, StoredArray>;
}
