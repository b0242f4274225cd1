import { windowedSize } from "../ops/convColumns.ts";
import { reshape } from "../ops/shape.ts";
import { type Attribute, apply, type Shape, sizesOf4, type Tensor } from "../tensor.ts";
import { blockedDomain } from "./blockedMaps.ts";

/** Zeros around a map. */
export interface Border {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** What else happens to a convolution's result while it is written. */
export interface Finish {
  /** [M], added to each map. */
  readonly bias?: Tensor | undefined;
  /** Blocked maps of the result's shape that are added, abreast where it is. */
  readonly plus?: Tensor | undefined;
  /** Whether negative numbers become 0, at last. */
  readonly isRelu?: boolean | undefined;
}

export interface BlockedWalk extends Finish {
  readonly kernel: readonly [y: number, x: number];
  readonly stride?: number;
  /** Pixels from one tap to the next. */
  readonly dilation?: readonly [y: number, x: number];
  readonly border?: Border;
  /** How many images stand abreast in x; then stride and dilation along the row are 1. */
  readonly abreast?: number | undefined;
}

const noBorder: Border = { top: 0, left: 0, bottom: 0, right: 0 };

/** The convolution of blocked maps by a packed weight, to `maps` blocked maps. It carries no gradient of its own. */
export function blockedConv(x: Tensor, packed: Tensor, maps: number, walk: BlockedWalk): Tensor {
  const {
    kernel,
    stride = 1,
    dilation: [down, along] = [1, 1],
    border: around = noBorder,
    abreast = 1,
    ...finish
  } = walk;
  const dilation = [down, along * abreast] as const;
  const border = { ...around, left: around.left * abreast, right: around.right * abreast };
  const [n, , height, width] = sizesOf4(x);
  const reach = kernel.map((taps, axis) => (taps - 1) * (axis === 0 ? dilation[0] : dilation[1]) + 1) as [
    number,
    number,
  ];
  const shape = [
    n,
    maps,
    windowedSize(height + border.top + border.bottom, reach[0], { stride, padding: 0 }),
    windowedSize(width + border.left + border.right, reach[1], { stride, padding: 0 }),
  ];
  const attributes = {
    kernel_shape: kernel,
    strides: [stride, stride],
    dilations: dilation,
    pads: [border.top, border.left, border.bottom, border.right],
  };
  const finished = (how: Finish): Tensor => ({
    ...convolution(x, packed, { shape, finish: how, attributes }),
    ...(abreast > 1 && { abreast }),
  });
  const isOpen = finish.plus === undefined && !finish.isRelu;
  return { ...finished(finish), ...(isOpen && { plus: (other: Tensor) => finished({ ...finish, plus: other }) }) };
}

/** x · factor + offset for each channel, both [C], finished as told: one pass over blocked maps. */
export function blockedAffine(x: Tensor, factor: Tensor, offset: Tensor, finish: Finish = {}): Tensor {
  const [, channels] = sizesOf4(x);
  const attributes = { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], group: channels };
  const y = convolution(x, reshape(factor, [channels, 1, 1, 1]), {
    shape: x.shape,
    finish: { ...finish, bias: offset },
    attributes,
  });
  return { ...y, ...(x.abreast && { abreast: x.abreast }) };
}

function convolution(
  x: Tensor,
  weight: Tensor,
  result: {
    readonly shape: Shape;
    readonly finish: Finish;
    readonly attributes: Readonly<Record<string, Attribute>>;
  },
): Tensor {
  const { shape, finish, attributes } = result;
  const { bias = null, plus, isRelu = false } = finish;
  return apply(
    `${blockedDomain}.Conv`,
    [x, weight, ...(bias || plus ? [bias] : []), ...(plus ? [plus] : [])],
    { shape },
    { ...attributes, ...(isRelu && { activation: "Relu" }) },
  );
}
