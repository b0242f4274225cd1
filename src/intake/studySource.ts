import { stat } from "node:fs/promises";
import { InputError } from "../base/errors.ts";
import { type DiskFile, diskFile, type IntakeFile } from "./intakeFile.ts";
import type { IntakeSettings } from "./intakeSettings.ts";

/** Where some of a study lies: a file on the disk, or files of an archive there. Plain data, so that it crosses threads. */
export interface StudySource {
  /** As the folder was listed; never made of anything that a file or a UID says. */
  readonly diskPath: string;
  /** Relative to what was listed, for messages. */
  readonly path: string;
  /** Of what is meant alone. */
  readonly sizeBytes: number;
  /** The files of an archive that are meant, by their paths in messages; absent where the file itself is meant. */
  readonly inside?: readonly string[];
}

/** A file on the disk as a source. */
export function diskSourceOf({ diskPath, path, sizeBytes }: DiskFile): StudySource {
  return { diskPath, path, sizeBytes };
}

/** Some of an archive's files as a source. */
export function archiveSource({ diskPath, path }: DiskFile, files: readonly IntakeFile[]): StudySource {
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return { diskPath, path, sizeBytes, inside: files.map((file) => file.path) };
}

/** The files that sources lie in, each once. @throws InputError FILE_UNREADABLE if one has gone. */
export async function filesOfSources(sources: readonly StudySource[], settings: IntakeSettings): Promise<DiskFile[]> {
  const byPath = new Map(sources.map((source) => [source.diskPath, source]));
  const distinct = [...byPath.values()];
  const files: DiskFile[] = [];
  for (let i = 0; i < distinct.length; i += 64) {
    const some = distinct.slice(i, i + 64).map(async ({ diskPath, path }) => {
      const { size } = await stat(diskPath).catch((cause: unknown) => {
        throw new InputError("FILE_UNREADABLE", `${path} has gone since its folder was listed. Try again.`, { cause });
      });
      return diskFile(path, diskPath, size, settings);
    });
    files.push(...(await Promise.all(some)));
  }
  return files;
}

/** The files inside archives that sources mean; undefined where no source is an archive. */
export function filesInside(sources: readonly StudySource[]): readonly string[] | undefined {
  const inside = sources.flatMap((source) => source.inside ?? []);
  return inside.length === 0 ? undefined : inside;
}
