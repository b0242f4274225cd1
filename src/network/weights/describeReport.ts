import type { NamedShape, WeightsReport } from "../loadPretrained.ts";

/** At most so many arrays of a list are named. */
const mostNamed = 6;

/** What became of a file of weights, in lines for a person. all: name every array instead of the first ones. */
export function describeReport(report: WeightsReport, { all = false }: { readonly all?: boolean } = {}): string[] {
  const { network, format, types, dictionary, prefix, layout, loaded, missing, leftOver, changes, alsoAt } = report;
  const place = [
    dictionary === "" ? "" : `in its dictionary "${dictionary}"`,
    prefix === "" ? "" : `behind "${prefix}"`,
    layout === "torchvision" ? "" : `in the ${layout} layout`,
  ].filter((part) => part !== "");
  const head = missing.filter(({ name }) => name.startsWith("fc."));
  const other = missing.filter(({ name }) => !name.startsWith("fc."));
  const where = place.length === 0 ? "" : `, ${place.join(", ")}`;
  return [
    `${network} from ${format} (${types.join(", ")})${where}: ${loaded.length} of ${loaded.length + missing.length} arrays loaded.`,
    ...(head.length === 0 ? [] : ["The last layer is drawn anew: the file's has other outputs, or none."]),
    ...(other.length === 0 ? [] : [`Missing, so drawn at random: ${listed(other, all)}.`]),
    ...(leftOver.length === 0 ? [] : [`Left over in the file: ${listed(leftOver, all)}.`]),
    ...changes,
    ...(alsoAt.length === 0 ? [] : [`Such a network also stands at: ${alsoAt.join(", ")}.`]),
  ];
}

function listed(arrays: readonly NamedShape[], all: boolean): string {
  const named = (all ? arrays : arrays.slice(0, mostNamed)).map(({ name, shape }) => `${name} [${shape.join(", ")}]`);
  const more = arrays.length - named.length;
  return more === 0 ? named.join(", ") : `${named.join(", ")} and ${more} more`;
}
