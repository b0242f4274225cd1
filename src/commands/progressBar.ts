import { SingleBar } from "cli-progress";
import type { Progress, ProgressUpdate } from "../base/progress.ts";

/** A progress line on standard error with the time left: a bar on a terminal, a line every ten seconds elsewhere. */
export function progressBar(isShown: boolean): { progress: Progress; close(): void } {
  if (!isShown) return { progress: () => {}, close: () => {} };
  return process.stderr.isTTY ? terminalBar() : plainLines();
}

function terminalBar(): { progress: Progress; close(): void } {
  let bar: SingleBar | undefined;
  let stage = "";
  const close = () => {
    bar?.stop();
    bar = undefined;
  };
  const progress = (update: ProgressUpdate) => {
    if (update.line !== undefined) {
      const { done, total } = update;
      close();
      process.stderr.write(`${update.line}\n`);
      stage = "";
      if (done >= total) return;
    }
    if (!bar || update.stage !== stage) {
      close();
      stage = update.stage;
      bar = new SingleBar({
        format: "{stage} {bar} {percentage}% | {value}/{total} | {eta_formatted} left",
        stream: process.stderr,
        hideCursor: true,
        etaBuffer: 50,
        barsize: 30,
        autopadding: true,
        formatValue: (value, _options, type) =>
          type === "value" || type === "total" ? String(Math.round(value * 10) / 10) : String(value),
      });
      bar.start(update.total, update.done, { stage: stage.padEnd(12) });
    }
    bar.setTotal(update.total);
    bar.update(update.done);
    if (update.done >= update.total) close();
  };
  return { progress, close };
}

const plainIntervalMs = 10_000;

function plainLines(): { progress: Progress; close(): void } {
  let stage = "";
  let startedMs = 0;
  let startedAt = 0;
  let printedMs = 0;
  const progress = (update: ProgressUpdate) => {
    const nowMs = performance.now();
    if (update.line !== undefined) process.stderr.write(`${update.line}\n`);
    if (update.stage !== stage) {
      stage = update.stage;
      startedMs = nowMs;
      startedAt = update.done;
      printedMs = nowMs;
      return;
    }
    if (nowMs - printedMs < plainIntervalMs || update.done >= update.total) return;
    printedMs = nowMs;
    const pace = (nowMs - startedMs) / Math.max(update.done - startedAt, 1e-9);
    const left = update.done > startedAt ? `, ${duration((pace * (update.total - update.done)) / 1000)} left` : "";
    process.stderr.write(`${stage} ${Math.round(update.done)}/${Math.round(update.total)}${left}\n`);
  };
  return { progress, close: () => {} };
}

/** Seconds as "42 s", "3 min 05 s", "2 h 10 min". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
