/** The parts of a network from images to logits; conv1 and bn1 are the stem, fc is the head. */
export const stages = ["stem", "layer1", "layer2", "layer3", "layer4", "head"] as const;

export type Stage = (typeof stages)[number];

/** Behind which stage the frozen part of a network ends; the stem is frozen with layer1. */
export const borders = ["layer1", "layer2", "layer3", "layer4"] as const;

export type Border = (typeof borders)[number];

/** How deep an array of a ResNet lies, by its name: 0 for the stem to 5 for the head. */
export function depthOf(name: string): number {
  if (name.startsWith("fc.")) return stages.indexOf("head");
  return Math.max(
    0,
    stages.findIndex((stage) => name.startsWith(`${stage}.`)),
  );
}

/** Whether an array belongs to what comes behind the border; everything does behind null. */
export function isBehind(name: string, border: Border | null): boolean {
  return border === null || depthOf(name) > stages.indexOf(border);
}
