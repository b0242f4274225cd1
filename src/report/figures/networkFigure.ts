import { namedParameters } from "../../network/module.ts";
import type { NetworkSpec } from "../../network/networkSpec.ts";
import { createNetwork } from "../../network/resnet.ts";
import { type Figure, seriesColours, toCsv } from "./figure.ts";
import { svgBox, svgDrawing, svgText } from "./svg.ts";

/** One layer with weights, as the network defines it. */
interface Layer {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The network's stages and blocks (the paper's Fig. 3), read off its own definition. inputPx: the image's side. */
export function networkFigure(spec: NetworkSpec, inputPx: number): Figure {
  const layers = [...namedParameters(createNetwork(spec))].map(([name, { shape }]): Layer => ({ name, shape }));
  const weights = layers.filter(({ name, shape }) => name.endsWith(".weight") && shape.length > 1);
  const parameters = layers
    .filter(({ name }) => !name.includes("running_"))
    .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  const convolutions = weights.filter(({ shape, name }) => shape.length === 4 && !name.includes("downsample"));
  const title = spec.name.replace(/^resnet/, "ResNet");
  const caption = `${title}: ${convolutions.length + 1} layers with weights, ${(parameters / 1e6).toFixed(1)} million trainable numbers. Each stage after the first halves the picture; a block adds its input to what its convolutions make of it.`;
  const stages = [1, 2, 3, 4].map((stage) => blocksOf(convolutions, stage));
  const boxes = [
    { head: "Image", lines: [`3 × ${inputPx} × ${inputPx}`] },
    { head: "Convolution", lines: [sizeOf(weights[0]), "halved", "maximum of 3×3, halved"] },
    ...stages.map(({ count, block }, i) => ({
      head: `Stage ${i + 1}: ${count} blocks`,
      lines: [...block.map(sizeOf), "+ input"],
    })),
    { head: "Mean over the picture", lines: [] },
    { head: "Fully connected", lines: [`${weights.at(-1)?.shape[1]} → ${spec.classes} classes`] },
  ];
  const width = 320;
  let y = 4;
  const body = boxes.flatMap(({ head, lines }, i) => {
    const height = 26 + 18 * lines.length;
    const isStage = head.startsWith("Stage");
    const drawn = [
      ...(i === 0
        ? []
        : [
            `<path d="M${width / 2} ${y - 14} v10 m-4 -5 l4 5 l4 -5" fill="none" stroke="currentColor" stroke-width="1.25"/>`,
          ]),
      svgBox({ x: 40, y, width: width - 80, height }, seriesColours[isStage ? 0 : 2]),
      svgText(head, { x: width / 2, y: y + 18, anchor: "middle", weight: 600 }),
      ...lines.map((line, l) => svgText(line, { x: width / 2, y: y + 36 + 18 * l, anchor: "middle", opacity: 0.85 })),
      ...(isStage
        ? [
            `<path d="M${width - 40} ${y + 8} h14 v${height - 16} h-14" fill="none" stroke="currentColor" stroke-opacity="0.6"/>`,
          ]
        : []),
    ];
    y += height + 16;
    return drawn;
  });
  const csv = toCsv(
    ["layer", "outputs", "inputs", "height", "width"],
    weights.map(({ name, shape }) => [
      name.replace(/\.weight$/, ""),
      shape[0],
      shape[1],
      shape[2] ?? null,
      shape[3] ?? null,
    ]),
  );
  return { name: `network-${spec.name}`, caption, svg: svgDrawing(caption, { width, height: y }, body), csv };
}

/** How many blocks a stage has, and the convolutions of one. */
function blocksOf(convolutions: readonly Layer[], stage: number): { count: number; block: Layer[] } {
  const own = convolutions.filter(({ name }) => name.startsWith(`layer${stage}.`));
  const count = new Set(own.map(({ name }) => name.split(".")[1])).size;
  return { count, block: own.filter(({ name }) => name.startsWith(`layer${stage}.${count - 1}.`)) };
}

function sizeOf({ shape }: Layer): string {
  return `${shape[2]}×${shape[3]}, ${shape[0]} maps`;
}
