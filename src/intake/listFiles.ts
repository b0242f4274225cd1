import { lstat, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError } from "../base/errors.ts";
import type { Warning } from "../study/warning.ts";
import { type DiskFile, diskFile } from "./intakeFile.ts";
import type { IntakeSettings } from "./intakeSettings.ts";
import { isMediaDirectory } from "./mediaDirectory.ts";

/**
 * The files of a folder at any depth, in the order of their paths; or the one file that the path names.
 *
 * A DICOMDIR stands for the folder that it lies in: what it says of files is not needed, and no path is made of it. Hidden files are passed over. Links below the folder are not followed, and counted in a warning.
 * @throws InputError FILE_MISSING, FILE_UNREADABLE, TOO_MANY_FILES, FOLDER_TOO_DEEP.
 */
export async function listFiles(
  root: string,
  settings: IntakeSettings,
): Promise<{ files: DiskFile[]; warnings: Warning[] }> {
  const top = await stat(root).catch((cause: unknown) => {
    throw new InputError("FILE_MISSING", `Nothing is at ${root}. Check the path.`, { cause });
  });
  if (!top.isDirectory()) {
    if (!top.isFile())
      throw new InputError("FILE_UNREADABLE", `${root} is neither a file nor a folder. Check the path.`);
    const file = diskFile(basename(root), root, top.size, settings);
    return (await isMediaDirectory(file)) ? listFiles(dirname(root), settings) : { files: [file], warnings: [] };
  }
  const files: DiskFile[] = [];
  let links = 0;
  async function walk(folder: string, shown: string, depth: number): Promise<void> {
    if (depth > settings.maxFolderDepth) {
      throw new InputError(
        "FOLDER_TOO_DEEP",
        `${shown} lies more than ${settings.maxFolderDepth} folders deep. Name a folder nearer to the study, or raise intake.maxFolderDepth.`,
      );
    }
    const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
      throw new InputError("FILE_UNREADABLE", `${shown || root} cannot be listed. Check its permissions.`, { cause });
    });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith(".") || entry.name === "__MACOSX") continue;
      const path = shown ? `${shown}/${entry.name}` : entry.name;
      if (entry.isSymbolicLink()) links += 1;
      else if (entry.isDirectory()) await walk(join(folder, entry.name), path, depth + 1);
      else if (entry.isFile()) {
        const { size } = await lstat(join(folder, entry.name)).catch((cause: unknown) => {
          throw new InputError("FILE_UNREADABLE", `${path} has gone since its folder was listed. Try again.`, {
            cause,
          });
        });
        files.push(diskFile(path, join(folder, entry.name), size, settings));
        if (files.length > settings.maxFiles) throw tooManyFiles(root, settings);
      }
    }
  }
  await walk(root, "", 0);
  const warnings =
    links === 0
      ? []
      : [
          {
            code: "LINKS_NOT_FOLLOWED",
            message: `${links} symbolic links were not followed; name their targets directly.`,
          },
        ];
  return { files, warnings };
}

/** The error of a folder or archive with more files than the settings allow. */
export function tooManyFiles(path: string, settings: IntakeSettings): InputError {
  return new InputError(
    "TOO_MANY_FILES",
    `${path} holds more than ${settings.maxFiles} files. Name one study's folder, or raise intake.maxFiles.`,
  );
}
