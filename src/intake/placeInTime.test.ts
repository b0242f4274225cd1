import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawPhantoms } from "../phantom/drawPhantoms.ts";
import { placeInTime } from "./placeInTime.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-time-"));
  await drawPhantoms(folder, { subjects: 2, followUp: 3, seed: 5, matrix: 64, sliceSpacingMm: 20, workers: 1 });
});
afterAll(() => rm(folder, { recursive: true }));
const study = (name: string) => ({ path: join(folder, "studies", name) });

test("puts a subject's studies in the order of time, whatever order they are given in, and tells days, no dates", async () => {
  const placed = await placeInTime([study("p0001-3"), study("p0001-1"), study("p0001-2")]);
  expect(placed).toEqual({ days: [10, 0, 5], order: [1, 2, 0], subjects: 1 });
  expect(JSON.stringify(placed)).not.toMatch(/20[0-9]{2}/);
});

test("counts the subjects", async () => {
  expect((await placeInTime([study("p0001-1"), study("p0002-1")])).subjects).toBe(2);
});
