import { describe, expect, it } from "vitest";
import { deviceFailed, reasonOf } from "./device.ts";
import { chooseDevice, findDevices } from "./findDevices.ts";

describe("findDevices", () => {
  it("finds the CPU, and of every device either its speed or the reason why not with what to do", async () => {
    const found = await findDevices();
    expect(found.map(({ device }) => device)).toEqual(["cpu", "webgpu", "cuda"]);
    expect(found[0]).toMatchObject({ works: true, reason: null, remedy: null });
    for (const { works, gflops, reason, remedy } of found) {
      if (works) expect(gflops).toBeGreaterThan(0);
      else
        expect([gflops, reason, remedy]).toEqual([
          null,
          expect.stringMatching(/\.$/),
          expect.stringMatching(/\.$|cuda12/),
        ]);
    }
  }, 130_000);

  it("takes the CPU where nothing is asked for, and refuses a device that it does not know", async () => {
    expect(await chooseDevice(undefined)).toBe("cpu");
    await expect(chooseDevice("tpu")).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: '--device is "tpu"; it may be cpu, webgpu, cuda, auto.',
    });
  });
});

describe("deviceFailed", () => {
  it("says what ONNX Runtime said without the places in its source, and what to do", () => {
    const said =
      "/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize(const onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n\nmore";
    expect(reasonOf(new Error(said))).toBe("Failed to get a WebGPU adapter: No supported adapters.");
    const error = deviceFailed("webgpu", new Error("Out of memory"));
    expect(error.code).toBe("DEVICE_FAILED");
    expect(error.message).toMatch(/^The device webgpu failed: Out of memory\. Run the same command with --device cpu:/);
  });
});
