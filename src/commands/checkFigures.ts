import { type CheckedFigure, checkFigures, readFigures } from "../evaluation/checkFigures.ts";
import { defineVerb } from "./verb.ts";

export const checkFiguresVerb = defineVerb({
  name: "check-figures",
  description: "Intervals of printed percentages, and whether they can be shares of so many",
  examples: ["groundglass check-figures table5.csv"],
  args: {
    figures: {
      type: "positional",
      required: true,
      description: "CSV file with the columns of, figure, n, and percent or right (or both)",
      valueHint: "CSV",
    },
  },
  async run(args) {
    const figures = checkFigures(await readFigures(args.figures));
    return { text: figures.map(lineOf).join("\n"), json: figures };
  },
});

function lineOf({ of, figure, n, right, percent, share, wilson, clopperPearson, notes }: CheckedFigure): string {
  const name = [of, figure].filter((part) => part !== "").join(", ");
  const value =
    right === null || share === null ? `${percent} % of ${n}` : `${right}/${n} = ${(100 * share).toFixed(2)} %`;
  const ends = (of: { low: number; high: number }) => `${(100 * of.low).toFixed(1)}–${(100 * of.high).toFixed(1)}`;
  const intervals =
    wilson === null || clopperPearson === null
      ? ""
      : `, 95 % interval ${ends(wilson)} % (Wilson), ${ends(clopperPearson)} % (exact)`;
  return [`${name}: ${value}${intervals}`, ...notes.map((note) => `  ${note}`)].join("\n");
}
