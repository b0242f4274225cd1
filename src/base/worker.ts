/** The URL of a worker's file beside the caller's, in source (.ts) and in the built package (.js). callerUrl: import.meta.url. */
export function workerUrl(callerUrl: string, name: string): URL {
  const extension = callerUrl.endsWith(".ts") ? ".ts" : ".js";
  return new URL(`./${name}${extension}`, callerUrl);
}
