import { alignedCorrelation, correlationAt } from "./alignedCorrelation.ts";
import { cuts, hashDistance, hashesOfCuts, type Place, type SliceSignature } from "./sliceSignature.ts";
import { spaced } from "./spaced.ts";

/** What of a study is compared: some of its slices in order, and the mean of all of them. */
export interface StudySignature {
  readonly caseId: string;
  readonly subjectId: string;
  readonly slices: readonly (SliceSignature | null)[];
  /** The mean over the slices, where there are several: robust to another choice of slices. */
  readonly mean: SliceSignature | null;
}

/** Two studies of different subjects that show the same. */
export interface CopiedPair {
  readonly caseIds: readonly [string, string];
  /** Correlation of their detail: 1 for equal images. */
  readonly correlation: number;
}

/**
 * From this correlation on, two studies of different subjects count as copies of each other. docs/audit.md has the
 * measurement: copies lie above, other subjects below.
 */
export const copyCorrelation = 0.75;
/** A first pair of slices with less is not worth comparing the studies whole. */
const hopefulCorrelation = 0.6;
/** A glance, without laying one over the other exactly, shows at least this much of copies. */
const leastGlance = 0.35;
const mostSlicesCompared = 6;
/** Slices of copies may be counted from another end: compared with neighbours within this share of the study. */
const positionSlack = 0.12;
const mostDistance = 10;
/** Hashes that hang together in greater heaps (empty slices, say) tell nothing. */
const largestHeap = 200;

/**
 * Pairs of studies of different subjects that show the same images, the surest first.
 *
 * Hashes of every slice, and of what crops leave of it, are looked up in tables of their quarters, each with one bit turned:
 * the work grows with the studies and their likenesses, not with the pairs of studies. Likely pairs are then laid over
 * each other.
 */
export function findCopies(studies: readonly StudySignature[], tell: (share: number) => void = () => {}): CopiedPair[] {
  const pairs: CopiedPair[] = [];
  const candidates = likelyPairs(studies);
  for (const [done, hits] of candidates.entries()) {
    tell(done / candidates.length);
    const looks = hits.map((hit) => ({
      ...hit,
      ...alignedCorrelation(hit.p.signature, hit.q.signature, hit.place),
    }));
    const [best] = looks.sort((s, t) => t.value - s.value);
    const [one, other] = [studies[best?.p.study ?? -1], studies[best?.q.study ?? -1]];
    if (best === undefined || one === undefined || other === undefined || best.value < hopefulCorrelation) continue;
    const correlation = likeness(one, other, best.place);
    if (correlation >= copyCorrelation) pairs.push({ caseIds: [one.caseId, other.caseId], correlation });
  }
  return pairs.sort((p, q) => q.correlation - p.correlation);
}

/**
 * The mean correlation of the better half of the compared slices, each with its best partner of the other study; of the
 * studies' means where that is higher. place: where other lies in one.
 */
export function likeness(one: StudySignature, other: StudySignature, place: Place): number {
  const known = one.slices.flatMap((slice, i) =>
    slice === null ? [] : [{ slice, at: (i + 0.5) / one.slices.length }],
  );
  const found = spaced(known.length, mostSlicesCompared).flatMap((index) => {
    const { slice, at } = known[index] as (typeof known)[number];
    const partners = other.slices.flatMap((partner, j) => {
      const isNear = Math.abs((j + 0.5) / other.slices.length - at) <= positionSlack;
      return partner !== null && (isNear || other.slices.length === 1) ? [partner] : [];
    });
    const ranked = partners
      .map((partner) => ({
        partner,
        glance: correlationAt(slice, partner, place),
      }))
      .sort((s, t) => t.glance - s.glance);
    return ranked[0] === undefined ? [] : [alignedCorrelation(slice, ranked[0].partner, place).value];
  });
  const better = found.sort((a, b) => b - a).slice(0, Math.ceil(found.length / 2));
  const ofSlices = better.length === 0 ? -1 : better.reduce((sum, value) => sum + value, 0) / better.length;
  const ofMeans = one.mean === null || other.mean === null ? -1 : alignedCorrelation(one.mean, other.mean, place).value;
  return Math.max(ofSlices, ofMeans);
}

/** For each pair of studies with like slices, the three pairs of slices that look most alike at a glance. */
function likelyPairs(studies: readonly StudySignature[]): Near[][] {
  const found = new Map<string, Near[]>();
  for (const entries of [entriesOf(studies, ({ slices }) => slices), entriesOf(studies, ({ mean }) => [mean])]) {
    for (const near of nearEntries(entries, studies)) {
      const key = `${Math.min(near.p.study, near.q.study)} ${Math.max(near.p.study, near.q.study)}`;
      const pair = found.get(key);
      if (pair === undefined) found.set(key, [near]);
      else pair.push(near);
    }
  }
  return [...found.values()].map((hits) => hits.sort((s, t) => t.glance - s.glance).slice(0, 3));
}

interface Entry {
  readonly study: number;
  readonly signature: SliceSignature;
}

/** Two entries with like hashes. */
interface Near {
  readonly p: Entry;
  readonly q: Entry;
  /** The cut of p whose hash is nearest, and the correlation there. */
  readonly place: Place;
  readonly glance: number;
}

function entriesOf(
  studies: readonly StudySignature[],
  pick: (study: StudySignature) => readonly (SliceSignature | null)[],
): Entry[] {
  return studies.flatMap((study, index) =>
    pick(study).flatMap((signature) => (signature === null ? [] : [{ study: index, signature }])),
  );
}

/** Entries of different subjects of which one's hash is within mostDistance of a cut's of the other, and which look alike there. */
function nearEntries(entries: readonly Entry[], studies: readonly StudySignature[]): Near[] {
  const tables = [0, 1, 2, 3].map((quarter) => {
    const table = new Map<number, number[]>();
    for (const [index, { signature }] of entries.entries()) {
      const key = quarterOf(signature.hash, quarter);
      const heap = table.get(key);
      if (heap === undefined) table.set(key, [index]);
      else heap.push(index);
    }
    return table;
  });
  const near: Near[] = [];
  const distances = new Uint8Array(entries.length);
  const nearestCut = new Uint8Array(entries.length);
  const touched: number[] = [];
  for (const p of entries) {
    distances.fill(255);
    touched.length = 0;
    for (const [cut, hash] of hashesOfCuts(p.signature).entries()) {
      for (const [quarter, table] of tables.entries()) {
        const key = quarterOf(hash, quarter);
        for (let bit = -1; bit < 16; bit++) {
          const heap = table.get(bit < 0 ? key : key ^ (1 << bit));
          if (heap === undefined || heap.length > largestHeap) continue;
          for (const index of heap) {
            const distance = hashDistance(hash, (entries[index] as Entry).signature.hash);
            if (distance > mostDistance || distance >= (distances[index] as number)) continue;
            if (distances[index] === 255) touched.push(index);
            distances[index] = distance;
            nearestCut[index] = cut;
          }
        }
      }
    }
    for (const index of touched) {
      const q = entries[index] as Entry;
      if (studies[q.study]?.subjectId === studies[p.study]?.subjectId) continue;
      const place = cuts[nearestCut[index] as number] as Place;
      const glance = correlationAt(p.signature, q.signature, place);
      if (glance >= leastGlance) near.push({ p, q, place, glance });
    }
  }
  return near;
}

function quarterOf(hash: readonly [number, number], quarter: number): number {
  return ((hash[quarter >> 1] ?? 0) >>> (16 * (quarter & 1))) & 0xffff;
}
