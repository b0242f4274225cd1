import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Audit } from "../../src/audit/audit.ts";
import { readRun } from "../../src/classifier/run.ts";
import { trainClassifier } from "../../src/classifier/trainClassifier.ts";
import { drawDataset } from "../training/drawDataset.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "groundglass-audited-"));
  await drawDataset(join(root, "dataset"), { subjects: 14 });
});
afterAll(() => rm(root, { recursive: true }));

it("leaves the findings, those accepted and the whole audit in the run", async () => {
  const leak = {
    code: "AUDIT_LEAK_IMAGES",
    severity: "blocking",
    message: "Two studies show the same images.",
    act: "Remove one.",
    caseIds: [],
  } as const;
  const audit: Audit = {
    format: "groundglass-audit/1",
    groundglassVersion: "0.0.0",
    dataset: { sha256: "", splitsSha256: "" },
    subjects: 20,
    studies: 20,
    slices: 120,
    findings: [leak],
    shortcuts: [],
    selfTests: null,
    notTested: [],
  };
  const settings = { epochs: 1, batchSize: 8, seed: 5, threads: 1, slicesPerStudy: 1, out: join(root, "run") };
  await trainClassifier(join(root, "dataset"), { ...settings, audit: { audit, overridden: [leak.code] } });
  expect((await readRun(settings.out)).audit).toEqual({ findings: [leak], overridden: [leak.code] });
  expect(JSON.parse(await readFile(join(settings.out, "audit.json"), "utf8"))).toEqual(audit);

  // A run that goes on is the same run, whatever the audit says by now.
  await trainClassifier(join(root, "dataset"), settings);
});
