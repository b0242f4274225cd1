import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { fillBatch } from "../dataset/batches.ts";
import { toPlainError } from "../dataset/workerPool.ts";
import type { ImageWorkerAnswer, ImageWorkerData, ImageWorkerJob } from "./imageLoader.ts";
import { openImageStore } from "./imageStore.ts";

/** Answers each batch in its turn; ends when there are no more. */
function work(port: MessagePort, { dataset, recipe }: ImageWorkerData): void {
  const store = openImageStore(dataset, recipe);
  const imageSize = 3 * recipe.inputPx ** 2;

  async function answer({ images, views, memory }: NonNullable<ImageWorkerJob>): Promise<void> {
    try {
      const result = arrayIn(memory, images.length * imageSize);
      fillBatch(result, await store.read(images), recipe, views);
      port.postMessage({ ok: true, result } satisfies ImageWorkerAnswer, [result.buffer]);
    } catch (error) {
      port.postMessage({ ok: false, error: toPlainError(error) } satisfies ImageWorkerAnswer);
    }
  }

  let before = Promise.resolve();
  port.on("message", (job: ImageWorkerJob) => {
    before = before.then(() => (job === null ? store.close().then(() => port.close()) : answer(job)));
  });
}

function arrayIn(memory: ArrayBuffer | undefined, length: number): Float32Array<ArrayBuffer> {
  const isEnough = memory !== undefined && memory.byteLength >= 4 * length;
  return isEnough ? new Float32Array(memory, 0, length) : new Float32Array(length);
}

if (parentPort) work(parentPort, workerData as ImageWorkerData);
