import { Worker } from "node:worker_threads";
import { workerUrl } from "../base/worker.ts";
import type { View } from "../dataset/augment.ts";
import { toError, type WorkerAnswer } from "../dataset/workerPool.ts";
import type { SliceRecipe } from "../slices/sliceRecipe.ts";
import type { LabelledImage } from "./epochPlan.ts";

/** Images of a dataset, and how each is seen. */
export interface ViewedBatch {
  readonly images: readonly Pick<LabelledImage, "caseId" | "index">[];
  readonly views: readonly View[];
}

/** Reads and augments images in a thread of its own, so that the network's need not wait for them. Close it. */
export interface ImageLoader {
  /** Begins with a batch, one after the other: [images, 3, inputPx, inputPx]. @throws InputError PREPARED_DAMAGED. */
  load(batch: ViewedBatch): Promise<Float32Array<ArrayBuffer>>;
  /** Takes a batch's memory back for a later one; the array is then empty. */
  release(loaded: Float32Array<ArrayBuffer>): void;
  close(): Promise<void>;
}

/** What the worker is started with. */
export interface ImageWorkerData {
  readonly dataset: string;
  readonly recipe: SliceRecipe;
}

/** A batch, with memory that it may be put into; null: there are no more. The answers come in the same order. */
export type ImageWorkerJob = (ViewedBatch & { readonly memory: ArrayBuffer | undefined }) | null;
export type ImageWorkerAnswer = WorkerAnswer<Float32Array<ArrayBuffer>>;

/** The loader of a prepared dataset's images. Memory goes between the threads without being copied. */
export function openImageLoader(dataset: string, recipe: SliceRecipe): ImageLoader {
  const workerData: ImageWorkerData = { dataset, recipe };
  const worker = new Worker(workerUrl(import.meta.url, "imageWorker"), { workerData });
  const underWay: PromiseWithResolvers<Float32Array<ArrayBuffer>>[] = [];
  const free: ArrayBuffer[] = [];
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of underWay.splice(0)) reject(failure);
  };
  worker.on("message", (answer: ImageWorkerAnswer) => {
    if (answer.ok) underWay.shift()?.resolve(answer.result);
    else underWay.shift()?.reject(toError(answer.error));
  });
  worker.on("error", fail);
  const exited = new Promise<void>((resolve) => {
    worker.on("exit", (code) => {
      fail(new Error(`The thread that loads images ended early (exit code ${code})`));
      resolve();
    });
  });
  return {
    load({ images, views }) {
      if (failure) return Promise.reject(failure);
      const loading = Promise.withResolvers<Float32Array<ArrayBuffer>>();
      // Whoever asked may have given up before the batch is awaited.
      loading.promise.catch(() => {});
      underWay.push(loading);
      const places = images.map(({ caseId, index }) => ({ caseId, index }));
      const memory = free.pop();
      const job: ImageWorkerJob = { images: places, views, memory };
      worker.postMessage(job, memory ? [memory] : []);
      return loading.promise;
    },
    release(loaded) {
      free.push(loaded.buffer);
    },
    async close() {
      worker.postMessage(null satisfies ImageWorkerJob);
      await exited;
    },
  };
}
