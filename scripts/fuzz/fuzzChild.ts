// Reads the files that its parent names, one after the other, and answers how each went.
import { readWholly } from "./readWholly.ts";

/** How reading a file went. */
export interface ReadAnswer {
  /** "read", the code of an InputError, or null where the program is at fault. */
  readonly code: string | null;
  readonly fault?: string;
  /** Of all threads of the process. */
  readonly processorMs: number;
  /** The most memory that the process has ever had. */
  readonly peakMb: number;
}

process.on("message", async (path: string) => {
  const before = process.cpuUsage();
  let code: string | null = null;
  let fault: string | undefined;
  try {
    code = await readWholly(path);
  } catch (error) {
    fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const { user, system } = process.cpuUsage(before);
  const peakMb = process.resourceUsage().maxRSS / 1024;
  const answer: ReadAnswer = { code, processorMs: (user + system) / 1000, peakMb, ...(fault && { fault }) };
  process.send?.(answer);
});

/** Threads of its own start before the first file, so that they count for none. */
process.send?.("ready");
