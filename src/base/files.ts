import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { z } from "zod";
import { InputError } from "./errors.ts";

/**
 * Writes a file whole or not at all: into a temporary file beside it, flushed to the disk, then renamed over it.
 * Makes missing folders.
 * @throws InputError DISK_FULL, NOT_WRITABLE. The temporary file is removed.
 */
export async function writeFileWhole(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw fileError(path, error);
  }
}

/** `writeFileWhole` of a value as JSON, indented by two. @throws as writeFileWhole. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeFileWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * A JSON file's value, checked against a schema.
 * @throws InputError FILE_MISSING; FILE_INVALID if it is no JSON or does not fit, naming the first field at fault.
 */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError("FILE_INVALID", `${path} is not JSON. It was cut short or edited; make it anew.`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join(".") || "the file";
  throw new InputError("FILE_INVALID", `${path}: ${where}: ${issue?.message ?? "does not fit"}. Make the file anew.`);
}

/** A file's text in UTF-8, without a byte order mark. @throws InputError FILE_MISSING, FILE_INVALID (a folder). */
export async function readText(path: string): Promise<string> {
  return new TextDecoder("utf-8").decode(await readBytes(path));
}

/** A file's bytes. @throws InputError FILE_MISSING, FILE_INVALID (a folder or unreadable). */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Whether something stands at the path. */
export async function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

/** A file system error as the InputError that says what to do; any other as it is. */
export function fileError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const cause = { cause: error };
  if (code === "ENOENT") {
    return new InputError("FILE_MISSING", `No file at ${path}. Check the path.`, cause);
  }
  if (code === "EISDIR" || code === "ENOTDIR" || code === "EEXIST") {
    return new InputError("FILE_INVALID", `${path}: a folder stands where a file was expected, or the reverse.`, cause);
  }
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new InputError(
      "DISK_FULL",
      `The disk is full: ${path} was not written. Make room and run the same command again; it goes on where it stopped.`,
      cause,
    );
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new InputError(
      "NOT_WRITABLE",
      `${path} may not be read or written by this user. Change its permissions or choose another place.`,
      cause,
    );
  }
  return error;
}
