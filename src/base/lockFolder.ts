import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { InputError } from "./errors.ts";
import { writeFileWhole } from "./files.ts";

/** The file that says who works in a folder. */
export const lockName = ".groundglass.lock";

/** The locks of this process, by path. */
const held = new Set<string>();

/**
 * Does some work in a folder while no other process of ours may, and returns what it returns. Makes the folder.
 *
 * The lock is a file that names the process and its machine. One that a dead process of this machine left is taken over.
 * @throws InputError FOLDER_IN_USE; as writeFileWhole; whatever the work throws.
 */
export async function withFolderLocked<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const path = join(resolve(folder), lockName);
  await takeLock(path, folder);
  held.add(path);
  try {
    return await work();
  } finally {
    held.delete(path);
    await rm(path, { force: true });
  }
}

interface Owner {
  readonly pid: number;
  readonly host: string;
}

async function takeLock(path: string, folder: string): Promise<void> {
  for (let tries = 0; tries < 3; tries++) {
    if (await writeNew(path)) return;
    const text = await readFile(path, "utf8").catch(() => null);
    if (text === null) continue; // released meanwhile
    const owner = ownerOf(text);
    if (owner !== null && isAtWork(owner, path)) throw await inUse(owner, path, folder);
    await removeStale(path, text);
  }
  throw await inUse(null, path, folder);
}

/** Whether the lock was not there and is ours now. It appears with its content: no other process finds it empty. */
async function writeNew(path: string): Promise<boolean> {
  const text = `${JSON.stringify({ pid: process.pid, host: hostname() })}\n`;
  const aside = asideOf(path);
  await writeFileWhole(aside, text);
  try {
    await link(aside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    return writeWithoutLinks(path, text);
  } finally {
    await rm(aside, { force: true });
  }
}

/** For disks without hard links, such as memory sticks. */
async function writeWithoutLinks(path: string, text: string): Promise<boolean> {
  const file = await open(path, "wx").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") return null;
    throw error;
  });
  await file?.writeFile(text);
  await file?.close();
  return file !== null;
}

const asideOf = (path: string) => `${path}.${randomUUID().slice(0, 8)}.part`;

function ownerOf(text: string): Owner | null {
  try {
    const { pid, host } = JSON.parse(text) as Partial<Owner>;
    return typeof pid === "number" && typeof host === "string" ? { pid, host } : null;
  } catch {
    return null;
  }
}

/** A process of another machine cannot be asked and counts as alive. */
function isAtWork({ pid, host }: Owner, path: string): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return held.has(path);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Takes a lock away that was found stale; gives it back if it was another one by then. */
async function removeStale(path: string, text: string): Promise<void> {
  const aside = asideOf(path);
  try {
    await rename(path, aside);
  } catch {
    return; // another process was quicker
  }
  if ((await readFile(aside, "utf8")) !== text) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

async function inUse(owner: Owner | null, path: string, folder: string): Promise<InputError> {
  const since = await stat(path).then(
    ({ mtime }) => ` since ${mtime.toISOString()}`,
    () => "",
  );
  const who = owner === null ? "Another process" : `Process ${owner.pid} on ${owner.host}`;
  return new InputError(
    "FOLDER_IN_USE",
    `${who} works in ${folder}${since}. Wait for it or choose another folder; if it no longer runs, remove ${path}.`,
  );
}
