// Reads the files that its parent names, one after the other, and answers how each went.
import { waysToRead } from "./readWholly.ts";

/** How reading a file went. */
export interface ReadAnswer {
  /** "read", the code of the first InputError, or null where the program is at fault. */
  readonly code: string | null;
  readonly fault?: string;
  /** Of all threads of the process, for the slower way to read it. */
  readonly processorMs: number;
  /** The most memory that the process has ever had. */
  readonly peakMb: number;
}

process.on("message", async (path: string) => {
  let code: string | null = "read";
  let fault: string | undefined;
  let processorMs = 0;
  for (const read of waysToRead) {
    const before = process.cpuUsage();
    try {
      const own = await read(path);
      if (code === "read") code = own;
    } catch (error) {
      code = null;
      fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    const { user, system } = process.cpuUsage(before);
    processorMs = Math.max(processorMs, (user + system) / 1000);
  }
  const peakMb = process.resourceUsage().maxRSS / 1024;
  const answer: ReadAnswer = { code, processorMs, peakMb, ...(fault && { fault }) };
  process.send?.(answer);
});

/** Threads of its own start before the first file, so that they count for none. */
process.send?.("ready");
