import { type DecodeJob, runDecodeJob } from "./decodeJob.ts";
import { borrowDecoder, type Decoder, giveBack } from "./decoder.ts";

/** Fewer jobs than this are not worth several threads: starting them would take longer. */
const worthSeveral = 64;

/**
 * Decodes files, several at a time, into their jobs' targets.
 *
 * count jobs are asked for one by one, in order. If a file fails, the error is that of the first such file in the order
 * of the jobs, and no further one is begun. Compressed pixels are always decoded in a guarded thread; plain ones, which
 * need no foreign code, in the calling thread where they are few or there is to be one thread only.
 * @throws InputError as runDecodeJob; DECODER_DIED if a thread dies or hangs over a file.
 */
export async function decodeInPool(
  count: number,
  { job, workers, timeoutMs, ofMany = count }: DecodeWork,
): Promise<void> {
  const failures = new Map<number, unknown>();
  let next = 0;
  async function loop(isGuarded: (job: DecodeJob) => boolean): Promise<void> {
    let decoder: Decoder | undefined;
    while (next < count && failures.size === 0) {
      const index = next++;
      try {
        const own = await job(index);
        if (isGuarded(own)) {
          decoder ??= borrowDecoder();
          await decoder.run(own, timeoutMs);
        } else await runDecodeJob(own);
      } catch (error) {
        failures.set(index, error);
      }
    }
    if (decoder) giveBack(decoder);
  }
  if (workers === 0) await loop(() => false);
  else if (workers === 1 || ofMany < worthSeveral) await loop(isCompressed);
  else await Promise.all(Array.from({ length: Math.min(workers, count) }, () => loop(() => true)));
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
}

export interface DecodeWork {
  /** The job of an index, made when its turn comes. */
  readonly job: (index: number) => Promise<DecodeJob>;
  /** Threads; with 0, all is done in the calling thread, and a hostile file can stop it. */
  readonly workers: number;
  /** How many jobs there are in all, where these are a part. */
  readonly ofMany?: number;
  /** Processor time for each megapixel of a file, at least for one. */
  readonly timeoutMs: number;
}

const isCompressed = ({ instance }: DecodeJob) => instance.pixels?.length === null;
