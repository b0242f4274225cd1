/**
 * groundglass/graph: networks written as in PyTorch, differentiated, and run by any ONNX runtime.
 *
 * Ops make symbolic tensors, `gradient` adds the backward pass, `encodeModel` gives the ONNX bytes. docs/graph.md trains a small
 * network with it.
 */
export { encodeModel, type Graph } from "./encodeModel.ts";
export { gradient } from "./gradient.ts";
export { add, div, mul, neg, scale, sub } from "./ops/arithmetic.ts";
export { batchNorm, batchNormByStatistics, type NormalisedBatch } from "./ops/batchNorm.ts";
export { binaryCrossEntropy, softplus } from "./ops/binaryCrossEntropy.ts";
export { conv2d } from "./ops/conv2d.ts";
export type { Window } from "./ops/convColumns.ts";
export { gemm, linear, matmul } from "./ops/matmul.ts";
export { exp, log, relu, sigmoid, sqrt, tanh } from "./ops/pointwise.ts";
export { globalAveragePool, maxPool2d } from "./ops/pooling.ts";
export { mean, type ReduceOptions, sum } from "./ops/reduce.ts";
export { type AxisRange, concat, expand, flatten, flip, pad, permute, reshape, slice } from "./ops/shape.ts";
export { crossEntropy, logSoftmax, oneHot, softmax } from "./ops/softmax.ts";
export { constant, type ElementType, input, integers, type Shape, type Tensor } from "./tensor.ts";
