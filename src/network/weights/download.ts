import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InputError, UnavailableError } from "../../base/errors.ts";
import { fileError } from "../../base/files.ts";
import { noProgress, type Progress } from "../../base/progress.ts";

/** A file that is known before it is fetched. */
export interface KnownFile {
  readonly url: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface DownloadOptions {
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Which addresses may be asked, those of redirects included. */
  readonly isAllowed?: ((url: URL) => boolean) | undefined;
  /** Without a byte for so long, the connection is given up and tried again. */
  readonly stallMs?: number | undefined;
  readonly totalMs?: number | undefined;
  /** Pause before another try. */
  readonly pauseMs?: number | undefined;
}

const mostTries = 20;
/** So many tries in a row may bring nothing new. */
const mostIdleTries = 3;
const mostRedirects = 5;

/**
 * Fetches a known file to a path: whole and with its SHA-256, or not at all.
 *
 * What has come is kept in PATH.download, so that another call goes on there, by Range where the server knows it. Never more
 * than the file's size is taken, and only from addresses that are allowed: https.
 * @throws InputError WEIGHTS_CHECKSUM if another file is served; DISK_FULL, NOT_WRITABLE. UnavailableError
 * WEIGHTS_PULL_FAILED if the server cannot be reached, stalls or stops early.
 */
export async function download(known: KnownFile, path: string, options: DownloadOptions = {}): Promise<void> {
  const { totalMs = 3 * 3_600_000, pauseMs = 1000, signal } = options;
  const part = `${path}.download`;
  const timeout = AbortSignal.timeout(totalMs);
  const whole = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  let furthest = await sizeOfFile(part);
  let isResumed = furthest > 0;
  let idleTries = 0;
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => Promise.reject(fileError(path, error)));
  for (let tries = 1; ; tries++) {
    const reason = await fetchRest(known, part, { ...options, signal: whole });
    const size = await sizeOfFile(part);
    if (size === known.sizeBytes) {
      if ((await sha256OfFile(part)) === known.sha256) break;
      await rm(part, { force: true });
      // What an earlier call left may have been of another file; begin once more without it.
      if (!isResumed) throw wrongFile(known, `its SHA-256 is not ${known.sha256.slice(0, 12)}…`);
      isResumed = false;
      furthest = 0;
      continue;
    }
    idleTries = size > furthest ? 0 : idleTries + 1;
    furthest = Math.max(furthest, size);
    if (whole.aborted || tries >= mostTries || idleTries >= mostIdleTries) throw failed(known, size, reason);
    await sleep(pauseMs * (idleTries + 1), undefined, { signal: whole }).catch(() => {});
  }
  await rename(part, path).catch((error: unknown) => Promise.reject(fileError(path, error)));
}

/** Asks once for what is missing and appends it; returns why it stopped, "" when nothing is missing any more. */
async function fetchRest(known: KnownFile, part: string, options: DownloadOptions): Promise<string> {
  const { progress = noProgress, stallMs = 30_000, signal } = options;
  let from = await sizeOfFile(part);
  if (from === known.sizeBytes) return "";
  if (from > known.sizeBytes) from = 0;
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stallMs);
  const file = await open(part, from > 0 ? "r+" : "w").catch((error: unknown) =>
    Promise.reject(fileError(part, error)),
  );
  try {
    const either = signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]);
    const response = await ask(known.url, from, { ...options, signal: either });
    const start = startOf(response, from, known);
    if (start === undefined) {
      await response.body?.cancel();
      // A range that the server cannot give, or another one than was asked for: begin again without it.
      if (response.status < 500) await file.truncate(0);
      return `the server answered ${response.status}`;
    }
    if (start === 0 && from > 0) await file.truncate(0);
    let at = start;
    for await (const chunk of response.body ?? []) {
      timer.refresh();
      if (at + chunk.length > known.sizeBytes) {
        await file.truncate(0);
        throw wrongFile(known, `it is longer than ${known.sizeBytes} bytes`);
      }
      await writeAt(file, chunk, at, part);
      at += chunk.length;
      progress({ stage: "pulling MB", done: at / 1e6, total: known.sizeBytes / 1e6 });
    }
    await file.sync();
    const said = Number(response.headers.get("content-length") ?? Number.NaN);
    if (start === 0 && at < known.sizeBytes && at === said)
      throw wrongFile(known, `it has ${at} bytes, not ${known.sizeBytes}`);
    return at === known.sizeBytes ? "" : "the connection ended early";
  } catch (error) {
    if (error instanceof InputError || error instanceof UnavailableError) throw error;
    return stalled.signal.aborted ? `nothing came for ${stallMs / 1000} s` : reasonOf(error);
  } finally {
    clearTimeout(timer);
    await file.close();
  }
}

/** The answer at the end of the redirects, each of which must lead to an allowed address. */
async function ask(address: string, from: number, options: DownloadOptions): Promise<Response> {
  const { isAllowed = isHttps, signal = null } = options;
  let url = new URL(address);
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    if (!isAllowed(url)) {
      throw new UnavailableError(
        "WEIGHTS_PULL_FAILED",
        `${address} leads to ${url.protocol}//${url.host}, and weights are fetched over https only. Nothing was fetched from there.`,
      );
    }
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (from > 0) headers.range = `bytes=${from}-`;
    const response = await fetch(url, { headers, redirect: "manual", signal });
    const target = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || target === null) return response;
    await response.body?.cancel();
    url = new URL(target, url);
  }
  throw new UnavailableError(
    "WEIGHTS_PULL_FAILED",
    `${address} redirects more than ${mostRedirects} times. Try later.`,
  );
}

const isHttps = (url: URL) => url.protocol === "https:";

/** Where an answer's bytes belong in the file; undefined where it is no answer to go on with. */
function startOf(response: Response, from: number, known: KnownFile): number | undefined {
  if (response.status === 200) return 0; // a server that ignores Range sends all again
  if (response.status === 206) {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "") ?? [];
    if (Number(start) !== from) return undefined;
    if (total !== "*" && Number(total) !== known.sizeBytes) throw wrongFile(known, `it has ${total} bytes`);
    return from;
  }
  if (response.status >= 500 || response.status === 416) return undefined;
  throw failed(known, from, `the server answered ${response.status}`);
}

async function writeAt(file: FileHandle, chunk: Uint8Array, at: number, path: string): Promise<void> {
  try {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await file.write(chunk, done, chunk.length - done, at + done);
      done += bytesWritten;
    }
  } catch (error) {
    throw fileError(path, error);
  }
}

async function sizeOfFile(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/** Of a failed fetch the system's code, such as ENOTFOUND. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}

function wrongFile({ url }: KnownFile, what: string): InputError {
  return new InputError(
    "WEIGHTS_CHECKSUM",
    `${url} served another file: ${what}. It was thrown away. A proxy may stand between; fetch the file in another way and use: groundglass weights add FILE`,
  );
}

function failed({ url, sizeBytes }: KnownFile, have: number, reason: string): UnavailableError {
  return new UnavailableError(
    "WEIGHTS_PULL_FAILED",
    `${url} could not be fetched: ${reason}. ${have} of ${sizeBytes} bytes are kept; the same command goes on from there. Without internet, fetch it elsewhere and use: groundglass weights add FILE`,
  );
}
