import { blockedGlobalAveragePool } from "../graph/blocked/blockedPooling.ts";
import { relu } from "../graph/ops/pointwise.ts";
import { globalAveragePool, maxPool2d } from "../graph/ops/pooling.ts";
import { flatten } from "../graph/ops/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { BatchNorm2d, Conv2d, convThenNorm, Linear } from "./layers.ts";
import { Module, type Pass } from "./module.ts";
import type { NetworkSpec } from "./networkSpec.ts";
import { isPaired, meanOfPairs } from "./pairedRows.ts";
import { type Border, borders } from "./stages.ts";

/**
 * A residual network as torchvision's, with its names of parameters.
 *
 * forward: images [N, 3, S, S] → logits [N, classes].
 * @source He et al. 2016, Deep residual learning for image recognition.
 */
export class ResNet extends Module {
  readonly conv1 = new Conv2d(3, 64, 7, 2);
  readonly bn1 = new BatchNorm2d(64);
  readonly layer1: readonly Module[];
  readonly layer2: readonly Module[];
  readonly layer3: readonly Module[];
  readonly layer4: readonly Module[];
  readonly fc: Linear;

  constructor(blocks: readonly [number, number, number, number], block: BlockKind, classes: number) {
    super();
    this.layer1 = stage(block, 64, 64, blocks[0], 1);
    this.layer2 = stage(block, 64 * block.expansion, 128, blocks[1], 2);
    this.layer3 = stage(block, 128 * block.expansion, 256, blocks[2], 2);
    this.layer4 = stage(block, 256 * block.expansion, 512, blocks[3], 2);
    this.fc = new Linear(512 * block.expansion, classes);
  }

  forward(images: Tensor, pass: Pass): Tensor {
    return this.classify(this.features(images, pass), pass);
  }

  /** The last maps: [N, 3, S, S] → [N, maps, S / 32, S / 32], rounded up. */
  features(images: Tensor, pass: Pass): Tensor {
    return this.stages(images, pass)[3];
  }

  /** The maps that layer1 … layer4 leave: each half as high and wide as those before, from S / 4 to S / 32. */
  stages(images: Tensor, pass: Pass): readonly [Tensor, Tensor, Tensor, Tensor] {
    const through = (x: Tensor, blocks: readonly Module[]) => blocks.reduce((y, block) => block.forward(y, pass), x);
    const stem = pass.plain(convThenNorm(images, [this.conv1, this.bn1], pass));
    // Cutting off below 0 after pooling instead of before gives the same numbers, from a quarter of the pixels.
    const pooled = relu(maxPool2d(stem, 3, { stride: 2, padding: 1, isPortable: pass.isPortable }));
    const first = through(pass.kept(pooled), this.layer1);
    const second = through(first, this.layer2);
    const third = through(second, this.layer3);
    return [first, second, third, through(third, this.layer4)];
  }

  /**
   * What leaves the part of the network up to and with a border: the maps of layer1, layer2 or layer3 [N, maps, height, width],
   * or what the linear layer sees [N, maps] behind layer4.
   */
  featuresAt(border: Border, images: Tensor, pass: Pass): Tensor {
    const maps = this.stages(images, pass);
    return border === "layer4" ? this.pool(maps[3], pass) : pass.plain(maps[borders.indexOf(border)] ?? maps[3]);
  }

  /** The logits from what leaves the part up to a border, as featuresAt gives it. */
  classifyFrom(border: Border, features: Tensor, pass: Pass): Tensor {
    if (border === "layer4") return this.fc.forward(features, pass);
    const rest = [this.layer2, this.layer3, this.layer4].slice(borders.indexOf(border)).flat();
    return this.classify(
      rest.reduce((y, block) => block.forward(y, pass), pass.kept(features)),
      pass,
    );
  }

  /** The logits from the last maps, [N, classes]: each map's mean, then one linear layer. */
  classify(features: Tensor, pass: Pass): Tensor {
    return this.fc.forward(this.pool(features, pass), pass);
  }

  /** The mean of each of the last maps, [N, maps]: what the linear layer sees of an image. */
  pool(features: Tensor, pass: Pass): Tensor {
    if (pass.block > 1) return blockedGlobalAveragePool(features, pass.block);
    if (isPaired(features)) return meanOfPairs(features);
    return flatten(globalAveragePool(features));
  }
}

/** The network that a spec names. */
export function createNetwork({ name, classes }: NetworkSpec): ResNet {
  if (name === "resnet18") return new ResNet([2, 2, 2, 2], BasicBlock, classes);
  return new ResNet([3, 4, 6, 3], Bottleneck, classes);
}

interface BlockKind {
  /** How many times more maps leave a block than its inner convolutions have. */
  readonly expansion: number;
  new (inputs: number, width: number, stride: number): Module;
}

/** Two 3×3 convolutions beside a shortcut. */
class BasicBlock extends Module {
  static readonly expansion = 1;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly downsample: Shortcut;

  constructor(inputs: number, width: number, stride: number) {
    super();
    this.conv1 = new Conv2d(inputs, width, 3, stride);
    this.bn1 = new BatchNorm2d(width);
    this.conv2 = new Conv2d(width, width, 3);
    this.bn2 = new BatchNorm2d(width);
    this.downsample = shortcut(inputs, width, stride);
  }

  forward(x: Tensor, pass: Pass): Tensor {
    const y = convThenNorm(x, [this.conv1, this.bn1], pass, { isRelu: true, mayPair: true });
    const plus = throughShortcut(x, this.downsample, pass);
    return convThenNorm(y, [this.conv2, this.bn2], pass, { plus, isRelu: true, mayPair: true });
  }
}

/** 1×1, 3×3 (which carries the stride) and 1×1 convolutions beside a shortcut. */
class Bottleneck extends Module {
  static readonly expansion = 4;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm2d;
  readonly downsample: Shortcut;

  constructor(inputs: number, width: number, stride: number) {
    super();
    const outputs = width * Bottleneck.expansion;
    this.conv1 = new Conv2d(inputs, width, 1);
    this.bn1 = new BatchNorm2d(width);
    this.conv2 = new Conv2d(width, width, 3, stride);
    this.bn2 = new BatchNorm2d(width);
    this.conv3 = new Conv2d(width, outputs, 1);
    this.bn3 = new BatchNorm2d(outputs);
    this.downsample = shortcut(inputs, outputs, stride);
  }

  forward(x: Tensor, pass: Pass): Tensor {
    let y = convThenNorm(x, [this.conv1, this.bn1], pass, { isRelu: true });
    y = convThenNorm(y, [this.conv2, this.bn2], pass, { isRelu: true });
    const plus = throughShortcut(x, this.downsample, pass);
    return convThenNorm(y, [this.conv3, this.bn3], pass, { plus, isRelu: true });
  }
}

/** Where sizes change, a 1×1 convolution and its normalisation; else nothing. */
type Shortcut = readonly [Conv2d, BatchNorm2d] | readonly [];

function shortcut(inputs: number, outputs: number, stride: number): Shortcut {
  return stride === 1 && inputs === outputs ? [] : [new Conv2d(inputs, outputs, 1, stride), new BatchNorm2d(outputs)];
}

function throughShortcut(x: Tensor, downsample: Shortcut, pass: Pass): Tensor {
  const [conv, norm] = downsample;
  return conv && norm ? convThenNorm(x, [conv, norm], pass) : x;
}

function stage(block: BlockKind, inputs: number, width: number, count: number, stride: number): Module[] {
  const outputs = width * block.expansion;
  return Array.from({ length: count }, (_, i) => new block(i === 0 ? inputs : outputs, width, i === 0 ? stride : 1));
}
