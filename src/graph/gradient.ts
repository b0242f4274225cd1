import { add } from "./ops/arithmetic.ts";
import { constant, elementCount, type Tensor } from "./tensor.ts";

/**
 * The gradients of a scalar loss by each of the parameters, as tensors of the same graph: in a list as the parameters are, or by
 * their names.
 *
 * Walks from the loss to the parameters in reverse topological order, adds the contributions of each path and builds
 * nothing that no parameter needs.
 * @throws Error if a parameter has no differentiable path to the loss.
 */
export function gradient(loss: Tensor, parameters: readonly Tensor[]): Tensor[];
export function gradient<Name extends string>(
  loss: Tensor,
  parameters: Readonly<Record<Name, Tensor>>,
): Record<Name, Tensor>;
export function gradient(
  loss: Tensor,
  parameters: readonly Tensor[] | Readonly<Record<string, Tensor>>,
): Tensor[] | Record<string, Tensor> {
  if (isList(parameters)) return gradients(loss, parameters);
  const found = gradients(loss, Object.values(parameters));
  return Object.fromEntries(Object.keys(parameters).flatMap((name, i) => (found[i] ? [[name, found[i]]] : [])));
}

function isList<T>(items: readonly T[] | Readonly<Record<string, T>>): items is readonly T[] {
  return Array.isArray(items);
}

function gradients(loss: Tensor, parameters: readonly Tensor[]): Tensor[] {
  if (elementCount(loss.shape) !== 1) throw new Error(`The loss must be one number, not of shape [${loss.shape}]`);
  const order = topologicalOrder(loss);
  const needed = neededTensors(order, parameters);
  const found = new Map<Tensor, Tensor>([[loss, constant([1], loss.shape)]]);
  for (const tensor of order.toReversed()) {
    const dy = found.get(tensor);
    if (!dy) continue;
    for (const [argument, rule] of tensor.derivation) {
      if (!needed.has(argument)) continue;
      if (!rule) throw new Error("A parameter reaches the loss through an op that is not differentiable by it");
      const contribution = rule(dy);
      if (String(contribution.shape) !== String(argument.shape)) {
        throw new Error(`A gradient has shape [${contribution.shape}], its tensor [${argument.shape}]`);
      }
      const sum = found.get(argument);
      // What the rule only passes on is wanted elsewhere too, and would be computed twice.
      const summed = sum && ((contribution !== dy && contribution.plus?.(sum)) || add(sum, contribution));
      found.set(argument, summed ?? contribution);
    }
  }
  return parameters.map((parameter) => {
    const result = found.get(parameter);
    if (result) return result;
    throw new Error(`A parameter of shape [${parameter.shape}] has no path to the loss`);
  });
}

/** The tensors that lead to the last one by their derivations, each after what it was made from. */
function topologicalOrder(last: Tensor): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  const stack: { tensor: Tensor; isReady: boolean }[] = [{ tensor: last, isReady: false }];
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (top.isReady) {
      order.push(top.tensor);
    } else if (!seen.has(top.tensor)) {
      seen.add(top.tensor);
      stack.push({ tensor: top.tensor, isReady: true });
      for (const [argument] of top.tensor.derivation) stack.push({ tensor: argument, isReady: false });
    }
  }
  return order;
}

/** The parameters and every tensor that depends on one of them. */
function neededTensors(order: readonly Tensor[], parameters: readonly Tensor[]): Set<Tensor> {
  const needed = new Set(parameters);
  for (const tensor of order) {
    if (tensor.derivation.some(([argument]) => needed.has(argument))) needed.add(tensor);
  }
  return needed;
}
