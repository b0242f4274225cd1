import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { listSupportedBackends } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readClassifier } from "../../src/classifier/classifier.ts";
import { readBestWeights, readCheckpoint } from "../../src/training/checkpoint.ts";
import { drawDataset } from "./drawDataset.ts";

const groundglass = join(import.meta.dirname, "..", "..", "bin", "groundglass.js");
const standIn = pathToFileURL(join(import.meta.dirname, "standInDevice.ts")).href;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "device-lost-"));
  await drawDataset(join(root, "dataset"), { subjects: 7 });
});
afterAll(() => rm(root, { recursive: true }));

/** Trains with the command line: two epochs of two steps. lostAt: the step in which the device is lost. */
function train(device: string, lostAt?: number) {
  const args = ["train", join(root, "dataset"), "-o", join(root, "run"), "--device", device];
  const small = ["--epochs", "2", "--batch", "4", "--slices-per-study", "3", "--threads", "2"];
  const withDevice = { NODE_OPTIONS: `--import ${standIn}`, DEVICE_LOST_AT: String(lostAt) };
  const env = { ...process.env, ...(lostAt !== undefined && withDevice) };
  return spawnSync(process.execPath, [groundglass, ...args, ...small], { encoding: "utf8", env });
}

// Where ONNX Runtime's package knows no webgpu, --device webgpu is refused before anything is opened.
const hasWebgpu = listSupportedBackends().some(({ name }) => name === "webgpu");

describe("a device that is lost while it trains", () => {
  it.skipIf(!hasWebgpu)(
    "ends the command with what to do, and the same command on the CPU goes on from the last whole epoch",
    async () => {
      const run = join(root, "run");
      const checkpoints = join(run, "checkpoints");
      const lost = train("webgpu", 4);
      expect(lost.stderr).toMatch(
        /^groundglass: DEVICE_FAILED: The device webgpu failed: The device was lost, as a test/m,
      );
      expect(lost.stderr).toContain(
        "Run the same command with --device cpu: a training goes on from its last whole epoch.",
      );
      expect(lost.status).toBe(2);

      const kept = await readCheckpoint(checkpoints);
      expect(kept).toMatchObject({ epoch: 1, steps: 2, history: [{ epoch: 1, device: "webgpu" }] });
      expect((await readBestWeights(checkpoints))?.epoch).toBe(1);
      for (const part of [kept?.state, kept?.firstMoments, kept?.secondMoments]) {
        expect([...(part ?? [])].every(([, { data }]) => data.every(Number.isFinite))).toBe(true);
      }
      expect(kept?.firstMoments.size).toBe(62);
      expect((await readdir(run, { recursive: true })).filter((name) => name.endsWith(".part"))).toEqual([]);

      const resumed = train("cpu");
      expect(resumed.stderr).not.toContain("epoch 1/2");
      expect(resumed.status).toBe(0);
      const lines = (await readFile(join(run, "history.jsonl"), "utf8")).trim().split("\n");
      const history = lines.map((line) => JSON.parse(line));
      expect(history.map(({ epoch, device }) => [epoch, device])).toEqual([
        [1, "webgpu"],
        [2, "cpu"],
      ]);
      expect(history[0]).toEqual(kept?.history[0]);
      expect((await readCheckpoint(checkpoints))?.steps).toBe(4);
      expect((await readClassifier(join(run, "classifier"))).classifier.classes).toEqual(["blob", "stripes"]);
    },
  );
});
