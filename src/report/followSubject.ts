import { join } from "node:path";
import { writeFileWhole, writeJson } from "../base/files.ts";
import { type FollowOptions, follow } from "../diagnosis/follow.ts";
import type { FollowUp } from "../diagnosis/followUp.ts";
import { followedUris } from "./followedUris.ts";
import { followPage } from "./followPage.ts";

export interface FollowSubjectOptions extends Omit<FollowOptions, "clock"> {
  /** Folder for follow-up.json and follow-up.html; made where it is missing. */
  readonly out: string;
  /** Milliseconds that only rise; the machine's own where it is left out. */
  readonly clock?: (() => number) | undefined;
}

/**
 * Follows a subject's studies and writes follow-up.json and follow-up.html, a page that needs nothing but itself.
 * @throws as follow and writeFileWhole.
 */
export async function followSubject(paths: readonly string[], options: FollowSubjectOptions): Promise<FollowUp> {
  const { out, clock = () => performance.now(), ...rest } = options;
  const { followUp, pictures } = await follow(paths, { ...rest, clock });
  await writeFileWhole(join(out, "follow-up.html"), followPage(followUp, await followedUris(pictures)));
  await writeJson(join(out, "follow-up.json"), followUp);
  return followUp;
}
