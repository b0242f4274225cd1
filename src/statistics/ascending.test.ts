import { expect, test } from "vitest";
import { createRandom } from "../base/random.ts";
import { ascending } from "./ascending.ts";

const random = createRandom(41);
const special = [0, -0, 1, -1, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, Infinity, -Infinity, 0.1, -0.1];

test.each([
  ["few", 50],
  ["many", 6000],
])("sorts %s values as comparing them does, equal ones in their order", (_, n) => {
  const kinds = [
    () => random.normal(),
    () => Math.round(10 * random.normal()) / 10,
    () => random.pick(special),
    () => random.uniform(),
    () => 7,
  ];
  for (const draw of kinds) {
    const values = Array.from({ length: n }, draw);
    const compare = (a: number, b: number) => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : a - b);
    expect([...ascending(values)]).toEqual([...values.keys()].sort(compare));
  }
});
