import type { SideBySide } from "../../evaluation/comparison.ts";
import { percent, shorten } from "../words.ts";
import { type Figure, seriesColours, toCsv } from "./figure.ts";
import { svgDrawing, svgText } from "./svg.ts";

const pictureSide = 120;
const cellWidth = 150;
const rowGap = 18;

/**
 * The same images as each network sees them (the paper's Fig. 5): a row for each image, a column for each network, a bar for
 * each class. pictures: data URIs by "caseId sliceIndex", where the prepared data set is at hand.
 */
export function sideBySideFigure(
  images: readonly SideBySide[],
  classes: readonly string[],
  pictures: ReadonlyMap<string, string>,
): Figure | null {
  const [first] = images;
  if (first === undefined) return null;
  const caption =
    "The same images as each network sees them: the bars are the classes' probabilities, the call is in bold.";
  const rowHeight = Math.max(pictureSide, 40 + 22 * classes.length) + rowGap;
  const left = pictureSide + 16;
  const width = left + first.calls.length * (cellWidth + 12);
  const body = [
    ...first.calls.map(({ network }, c) =>
      svgText(shorten(network, 22), { x: left + c * (cellWidth + 12), y: 16, weight: 600 }),
    ),
    ...images.flatMap((image, row) => {
      const y = 30 + row * rowHeight;
      const uri = pictures.get(`${image.caseId} ${image.sliceIndex}`);
      const picture =
        uri === undefined
          ? [
              `<rect x="0" y="${y}" width="${pictureSide}" height="${pictureSide}" fill="currentColor" fill-opacity="0.06"/>`,
              svgText(image.caseId.slice(0, 17), { x: 6, y: y + 20, size: 11 }),
              svgText(`slice ${image.sliceIndex}`, { x: 6, y: y + 36, size: 11 }),
            ]
          : [`<image href="${uri}" x="0" y="${y}" width="${pictureSide}" height="${pictureSide}"/>`];
      return [
        ...picture,
        ...image.calls.flatMap((call, c) => {
          const x = left + c * (cellWidth + 12);
          const isRight = call.predicted === image.truth;
          return [
            svgText(isRight ? "right" : "wrong", {
              x,
              y: y + 12,
              size: 11,
              weight: 600,
              fill: isRight ? seriesColours[2] : seriesColours[1],
            }),
            ...classes.flatMap((name, k) => {
              const top = y + 22 + 26 * k;
              const probability = call.probabilities[k];
              return [
                svgText(shorten(name, 16), { x, y: top + 9, size: 11, weight: name === call.predicted ? 700 : 400 }),
                svgText(percent(probability, 0), { x: x + cellWidth, y: top + 9, anchor: "end", size: 11 }),
                `<rect x="${x}" y="${top + 13}" width="${(cellWidth * probability).toFixed(1)}" height="5" rx="2" fill="${seriesColours[name === image.truth ? 2 : 1]}"/>`,
              ];
            }),
          ];
        }),
        svgText(`Truth: ${shorten(image.truth, 14)}`, { x: 0, y: y + pictureSide + 13, size: 11 }),
      ];
    }),
  ];
  const csv = toCsv(
    ["case", "slice", "truth", "network", "called", ...classes],
    images.flatMap(({ caseId, sliceIndex, truth, calls }) =>
      calls.map((call) => [caseId, sliceIndex, truth, call.network, call.predicted, ...call.probabilities]),
    ),
  );
  const height = 30 + images.length * rowHeight;
  return { name: "side-by-side", caption, svg: svgDrawing(caption, { width, height }, body), csv };
}
