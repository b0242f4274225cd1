/** One named array of a network: a weight, a bias or a running statistic. Row-major. */
export interface StateEntry {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A network's weights and running statistics by torchvision's names, such as "layer1.0.conv1.weight". */
export type StateDict = Map<string, StateEntry>;

/** False for a batch norm's running statistics, which the step computes; true for what an optimiser moves. */
export function isTrainable(name: string): boolean {
  return !/(^|\.)(running_mean|running_var|num_batches_tracked)$/.test(name);
}

/** How many numbers an array of this shape holds; 1 for a scalar, []. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A copy whose arrays can be filled without touching the original's. */
export function copyState(state: StateDict): StateDict {
  return new Map([...state].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}
