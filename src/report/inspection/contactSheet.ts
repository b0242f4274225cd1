import { byAttention } from "./attention.ts";
import type { InspectedStudy } from "./inspection.ts";
import type { PlanePicture } from "./planes.ts";
import { type PlaneUris, planeUris } from "./planeUris.ts";

/** The pictures of the studies that need eyes most, never more than so many studies, however many are offered. */
export interface ContactSheet {
  /** Draws a study's pictures and keeps them, unless there are enough studies that need eyes more. */
  offer(study: InspectedStudy, draw: () => readonly PlanePicture[] | Promise<readonly PlanePicture[]>): Promise<void>;
  picturesOf(study: Pick<InspectedStudy, "path" | "studyUid">): readonly PlaneUris[];
  size(): number;
}

/** An empty contact sheet. most: studies that it keeps pictures of. */
export function createContactSheet(most: number): ContactSheet {
  const kept = new Map<string, { study: InspectedStudy; uris: readonly PlaneUris[] }>();
  const keyOf = ({ path, studyUid }: Pick<InspectedStudy, "path" | "studyUid">) => `${path}\n${studyUid}`;
  return {
    async offer(study, draw) {
      if (most === 0) return;
      if (kept.size >= most) {
        const [least] = [...kept.values()].sort((a, b) => byAttention(b.study, a.study));
        if (byAttention(study, least.study) >= 0) return;
        kept.delete(keyOf(least.study));
      }
      kept.set(keyOf(study), { study, uris: await Promise.all((await draw()).map(planeUris)) });
    },
    picturesOf: (study) => kept.get(keyOf(study))?.uris ?? [],
    size: () => kept.size,
  };
}
