import * as Plot from "@observablehq/plot";
import { bestEpoch, type EpochRecord } from "../../training/history.ts";
import { drawFigure, type Figure, legend, seriesColours, toCsv } from "./figure.ts";

/** Loss and validation accuracy over the epochs, the chosen epoch marked. Empty without a history. */
export function trainingFigures(history: readonly EpochRecord[]): Figure[] {
  const best = bestEpoch(history);
  if (best === undefined) return [];
  const rows = history.map((one) => [
    one.epoch,
    one.trainingLoss,
    one.validationLoss,
    one.validationAccuracy,
    one.seconds,
  ]);
  const csv = toCsv(["epoch", "training_loss", "validation_loss", "validation_accuracy", "seconds"], rows);
  const last = history.at(-1)?.epoch ?? 1;
  const x = {
    domain: [Math.min(1, last - 1), Math.max(2, last)],
    label: "Epoch",
    labelAnchor: "center",
    labelArrow: "none",
    tickFormat: (epoch: number) => (Number.isInteger(epoch) ? String(epoch) : ""),
    ticks: Math.min(10, last),
  } as const;
  const chosen = Plot.ruleX([best.epoch], { stroke: "currentColor", strokeWidth: 1.25 });
  const line = (key: "trainingLoss" | "validationLoss" | "validationAccuracy", colour: string, scale = 1) => [
    Plot.line(history, { x: "epoch", y: (one: EpochRecord) => scale * one[key], stroke: colour, strokeWidth: 2 }),
    ...(last <= 20
      ? [Plot.dot(history, { x: "epoch", y: (one: EpochRecord) => scale * one[key], fill: colour, r: 2.5 })]
      : []),
  ];
  const lossCaption = `Cross entropy of training and validation images. The upright line is the epoch that was kept, ${best.epoch}.`;
  const loss = drawFigure(lossCaption, {
    height: 320,
    marginTop: 44,
    x,
    y: { label: "Loss", labelArrow: "none", grid: true, zero: true, ticks: 5, nice: true },
    marks: [
      chosen,
      ...line("trainingLoss", seriesColours[0]),
      ...line("validationLoss", seriesColours[1]),
      ...legend(
        [
          { label: "Training", colour: seriesColours[0] },
          { label: "Validation", colour: seriesColours[1] },
        ],
        { frameAnchor: "top-left", dx: 60, dy: -27, columnPx: 110, columns: 2 },
      ),
    ],
  });
  const accuracyCaption = `Share of the validation images called right after each epoch. Epoch ${best.epoch} was kept.`;
  const accuracy = drawFigure(accuracyCaption, {
    height: 320,
    marginTop: 44,
    x,
    y: { domain: [0, 100], label: null, tickFormat: (value: number) => `${value} %`, grid: true, ticks: 5 },
    marks: [chosen, ...line("validationAccuracy", seriesColours[1], 100)],
  });
  return [
    { name: "training-loss", caption: lossCaption, svg: loss, csv },
    { name: "training-accuracy", caption: accuracyCaption, svg: accuracy, csv },
  ];
}
