import { alignedCorrelation, correlationAt } from "./alignedCorrelation.ts";
import { cuts, hashDistance, hashesOfCuts, type Place, type SliceSignature } from "./sliceSignature.ts";

/** A slice of a study as it is compared. */
export interface PlacedSignature {
  readonly signature: SliceSignature;
  /** Along the study; of pictures, ten for each. */
  readonly positionMm: number;
}

/** What of a study is compared: some of its slices in order, and the mean of all of them. */
export interface StudySignature {
  readonly caseId: string;
  readonly subjectId: string;
  readonly slices: readonly PlacedSignature[];
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
const leastGlance = 0.5;
/** Slices of copies lie at the same distance from each other, within this. */
const samePositionMm = 2.5;
/** The mean of few pairs of slices counts for less: this over the root of their number is taken off. */
const fewPairs = 0.15;
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
    const looks = hits.flatMap((hit) => {
      const { value, place } = alignedCorrelation(hit.p.signature, hit.q.signature, hit.place);
      return value < hopefulCorrelation ? [] : [likeness(studies, { ...hit, place })];
    });
    const correlation = Math.max(-1, ...looks);
    const [one, other] = [studies[hits[0]?.p.study ?? -1], studies[hits[0]?.q.study ?? -1]];
    if (correlation < copyCorrelation || one === undefined || other === undefined) continue;
    pairs.push({ caseIds: [one.caseId, other.caseId], correlation });
  }
  return pairs.sort((p, q) => q.correlation - p.correlation);
}

/**
 * How alike two studies are, laid over each other as a pair of their slices is: the mean correlation of all slices that come
 * to lie on a slice of the other, each by what there is to see. Of their means, where those hinted at the pair, or where only one slice has a partner.
 */
function likeness(studies: readonly StudySignature[], { p, q, place }: Near): number {
  const [one, other] = [studies[p.study], studies[q.study]];
  if (one === undefined || other === undefined) return -1;
  const ofMeans = one.mean === null || other.mean === null ? -1 : alignedCorrelation(one.mean, other.mean, place).value;
  if (p.positionMm === null || q.positionMm === null) return ofMeans;
  const shiftMm = q.positionMm - p.positionMm;
  const found = one.slices.flatMap((slice) => {
    const partner = other.slices.reduce<PlacedSignature | null>((best, next) => {
      const missMm = (candidate: PlacedSignature) => Math.abs(candidate.positionMm - slice.positionMm - shiftMm);
      return missMm(next) <= samePositionMm && (best === null || missMm(next) < missMm(best)) ? next : best;
    }, null);
    return partner === null ? [] : [alignedCorrelation(slice.signature, partner.signature, place)];
  });
  const samples = found.reduce((sum, one) => sum + one.samples, 0);
  const mean = found.reduce((sum, one) => sum + (one.value * one.samples) / Math.max(1, samples), 0);
  if (Math.min(one.slices.length, other.slices.length) === 1) return mean;
  return Math.max(found.length < 2 ? -1 : mean - fewPairs / Math.sqrt(found.length), ofMeans);
}

/** For each pair of studies with like slices, the three pairs of slices that look most alike at a glance. */
function likelyPairs(studies: readonly StudySignature[]): Near[][] {
  const found = new Map<string, Near[]>();
  const ofSlices = studies.flatMap(({ slices }, study) => slices.map((slice): Entry => ({ study, ...slice })));
  const ofMeans = studies.flatMap(({ mean }, study): Entry[] =>
    mean === null ? [] : [{ study, signature: mean, positionMm: null }],
  );
  for (const entries of [ofSlices, ofMeans]) {
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
  /** null of a mean. */
  readonly positionMm: number | null;
}

/** Two entries with like hashes. */
interface Near {
  readonly p: Entry;
  readonly q: Entry;
  /** The cut of p whose hash is nearest, and the correlation there. */
  readonly place: Place;
  readonly glance: number;
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
