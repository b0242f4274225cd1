/** A way to say where in an image a network saw a class. */
export interface HeatMethod {
  /**
   * gradCam: each map weighs what its mean gradient is. gradCamPlusPlus: a mean that counts places with a gradient alike,
   * however few they are. layerCam: every place of a map weighs what its own gradient is.
   */
  readonly kind: "gradCam" | "gradCamPlusPlus" | "layerCam";
  /** Whose maps are weighed: layer1 … layer4 of the network. The earlier, the finer and the less they know of the class. */
  readonly layer: 1 | 2 | 3 | 4;
}

export const heatMethods = {
  /** As it was published: coarse. */
  gradCam: { kind: "gradCam", layer: 4 },
  /** Of those that lie well on lesions the one that changes when the network forgets; docs/evidence.md. */
  fineGradCam: { kind: "gradCam", layer: 2 },
} as const satisfies Readonly<Record<string, HeatMethod>>;
