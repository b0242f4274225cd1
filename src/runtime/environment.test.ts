import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { currentEnvironment } from "./environment.ts";

it("names the versions that node and the package of ONNX Runtime state of themselves", () => {
  const stated = execFileSync(process.execPath, ["--version"], { encoding: "utf8" }).trim();
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
  const { node, onnxRuntime, machine } = currentEnvironment();
  expect([`v${node}`, onnxRuntime]).toEqual([stated, version]);
  expect(machine).toMatch(/^\w+ \w+$/);
});
