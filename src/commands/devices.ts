import { deviceChoices, findDevices } from "../runtime/findDevices.ts";
import { defineVerb } from "./verb.ts";

/** --device, as every verb has it that runs a network. */
export const deviceArg = {
  type: "string",
  description: `Where the network runs: ${deviceChoices.join(", ")}; groundglass devices says what works (cpu)`,
  valueHint: "NAME",
} as const;

export const devicesVerb = defineVerb({
  name: "devices",
  description:
    "What networks can run on here: tries the processor and every graphics device, and says why one does not work",
  examples: ["groundglass devices", "groundglass devices --json"],
  args: {},
  async run() {
    const found = await findDevices();
    const lines = found.map(({ device, works, gflops, reason, remedy }) =>
      works
        ? `${device.padEnd(7)} works; a convolution at ${gflops?.toPrecision(2)} thousand million operations a second`
        : `${device.padEnd(7)} does not work: ${reason} ${remedy}`,
    );
    const fastest = found.toSorted((a, b) => (b.gflops ?? 0) - (a.gflops ?? 0))[0];
    return {
      text: [...lines, `--device auto takes ${fastest?.device ?? "cpu"}.`].join("\n"),
      json: { devices: found, auto: fastest?.device ?? "cpu" },
    };
  },
});
