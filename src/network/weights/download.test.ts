import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { sha256Hex } from "../../base/hash.ts";
import type { ProgressUpdate } from "../../base/progress.ts";
import { type DownloadOptions, download } from "./download.ts";

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);
const wrong = content.map((byte) => byte ^ 1);

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What the server does with the first request, the second and so on; the last one for all after it. */
let script: Answer[] = [];
const asked: { readonly range: string | undefined; readonly url: string | undefined }[] = [];
let server: Server;
let address = "";
let folder = "";
let path = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-"));
  path = join(folder, "weights.pth");
  server = createServer((request, response) => {
    asked.push({ range: request.headers.range, url: request.url });
    const answer = script.length > 1 ? script.shift() : script[0];
    answer?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  asked.length = 0;
  for (const name of await readdir(folder)) await rm(join(folder, name));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

/** All from where Range asks, and only so many bytes before the connection breaks. */
const serve =
  (bytes: Uint8Array, breakAfter = Number.POSITIVE_INFINITY): Answer =>
  ({ headers }, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
    if (from >= bytes.length && from > 0) {
      response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
      return;
    }
    const part = bytes.subarray(from);
    const range = from > 0 ? { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { "content-length": part.length, ...range });
    if (breakAfter >= part.length) response.end(part);
    else response.write(part.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 20));
  };

const ignoreRange: Answer = (_, response) => response.writeHead(200).end(content);

const known = () => ({ url: `${address}/weights.pth`, sizeBytes: content.length, sha256: sha256Hex(content) });

function fetchIt(answers: Answer[], options: DownloadOptions = {}): Promise<void> {
  script = answers;
  const isAllowed = (url: URL) => url.host === new URL(address).host;
  return download(known(), path, { isAllowed, pauseMs: 1, stallMs: 5000, ...options });
}

const isHere = async () => expect(new Uint8Array(await readFile(path))).toEqual(content);
const nothingIsHere = async () => expect(await readdir(folder)).toEqual([]);
const refusal = (name: string, code: string) => expect.objectContaining({ name, code });

describe("download", () => {
  it("fetches a file, says how far it is, and leaves nothing beside it", async () => {
    const updates: ProgressUpdate[] = [];
    await fetchIt([serve(content)], { progress: (update) => updates.push(update) });
    await isHere();
    expect(await readdir(folder)).toEqual(["weights.pth"]);
    expect(updates.at(-1)).toEqual({ stage: "pulling MB", done: 0.3, total: 0.3 });
    expect(asked).toEqual([{ range: undefined, url: "/weights.pth" }]);
  });

  it("goes on by Range where the connection broke", async () => {
    await fetchIt([serve(content, 100_000), serve(content, 50_000), serve(content)]);
    await isHere();
    expect(asked.map(({ range }) => range)).toEqual([undefined, "bytes=100000-", "bytes=150000-"]);
  });

  it("goes on from what an earlier call left", async () => {
    await writeFile(`${path}.download`, content.subarray(0, 200_000));
    await fetchIt([serve(content)]);
    await isHere();
    expect(asked).toEqual([{ range: "bytes=200000-", url: "/weights.pth" }]);
  });

  it("begins again where the server ignores Range", async () => {
    await fetchIt([serve(content, 100_000), ignoreRange]);
    await isHere();
    expect(asked[1]).toMatchObject({ range: "bytes=100000-" });
  });

  it("asks nothing where all is there and only the last step was missing", async () => {
    await writeFile(`${path}.download`, content);
    await fetchIt([serve(wrong)]);
    await isHere();
    expect(asked).toEqual([]);
  });

  it("begins again, once, where what an earlier call left was of another file", async () => {
    await writeFile(`${path}.download`, wrong.subarray(0, 200_000));
    await fetchIt([serve(content)]);
    await isHere();
    expect(asked.map(({ range }) => range)).toEqual(["bytes=200000-", undefined]);
  });

  it("begins again where what an earlier call left is longer than the file", async () => {
    await writeFile(`${path}.download`, new Uint8Array(400_000));
    await fetchIt([serve(content)]);
    await isHere();
  });

  it("begins again where the server answers with another range than was asked for", async () => {
    const other: Answer = (_, response) =>
      response.writeHead(206, { "content-range": `bytes 5-299999/300000` }).end(content.subarray(5));
    await fetchIt([serve(content, 100_000), other, serve(content)]);
    await isHere();
  });

  it("refuses another file of the same size, and keeps nothing of it", async () => {
    await expect(fetchIt([serve(wrong)])).rejects.toEqual(refusal("InputError", "WEIGHTS_CHECKSUM"));
    await nothingIsHere();
  });

  it("refuses a shorter file, such as a proxy's page", async () => {
    const page: Answer = (_, response) => response.end("<html>Please log in</html>");
    await expect(fetchIt([page])).rejects.toEqual(refusal("InputError", "WEIGHTS_CHECKSUM"));
    await expect(readFile(path)).rejects.toThrow("ENOENT");
  });

  it("refuses a longer file without taking more than the file's size", async () => {
    let sent = 0;
    const endless: Answer = (_, response) => {
      const more = () => {
        sent += content.length;
        if (!response.destroyed) response.write(content, more);
      };
      more();
    };
    await expect(fetchIt([endless])).rejects.toEqual(refusal("InputError", "WEIGHTS_CHECKSUM"));
    await expect(readFile(path)).rejects.toThrow("ENOENT");
    expect(sent).toBeLessThan(100 * content.length);
  });

  it("takes the file where the server said a wrong length and sent the right bytes", async () => {
    const liar: Answer = (_, response) => {
      response.writeHead(200, { "content-length": content.length + 1000 });
      response.write(content, () => setTimeout(() => response.destroy(), 20));
    };
    await fetchIt([liar]);
    await isHere();
  });

  it("gives up a server that stops early again and again, and keeps what came", async () => {
    const broken: Answer = serve(content, 0);
    await expect(fetchIt([serve(content, 120_000), broken])).rejects.toMatchObject({
      name: "UnavailableError",
      code: "WEIGHTS_PULL_FAILED",
      message: expect.stringContaining("120000 of 300000 bytes are kept"),
    });
    expect(await readdir(folder)).toEqual(["weights.pth.download"]);
    await fetchIt([serve(content)]);
    await isHere();
  });

  it("gives up a server that stalls", async () => {
    const stalling: Answer = (_, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 1000));
    };
    await expect(fetchIt([stalling], { stallMs: 60 })).rejects.toMatchObject({
      code: "WEIGHTS_PULL_FAILED",
      message: expect.stringContaining("nothing came for 0.06 s"),
    });
  });

  it("gives up when the time is over, however often a few bytes come", async () => {
    const dripping: Answer = serve(content, 10);
    await expect(fetchIt([dripping], { totalMs: 150 })).rejects.toEqual(
      refusal("UnavailableError", "WEIGHTS_PULL_FAILED"),
    );
  });

  it("tries again after a busy server, and not after a refusal", async () => {
    const status =
      (code: number): Answer =>
      (_, response) =>
        response.writeHead(code).end("no");
    await fetchIt([status(503), serve(content)]);
    await isHere();
    asked.length = 0;
    await rm(path);
    await expect(fetchIt([status(404)])).rejects.toThrow(/the server answered 404/);
    expect(asked).toHaveLength(1);
  });

  it("follows a redirect to an allowed address, and to no other", async () => {
    const redirect =
      (to: string): Answer =>
      (_, response) =>
        response.writeHead(302, { location: to }).end();
    await fetchIt([redirect("/mirror"), serve(content)]);
    await isHere();
    expect(asked.map(({ url }) => url)).toEqual(["/weights.pth", "/mirror"]);
    await rm(path);
    await expect(fetchIt([redirect("http://127.0.0.1:9/weights.pth")])).rejects.toThrow(
      /leads to http:\/\/127.0.0.1:9/,
    );
    await expect(fetchIt([redirect("file:///etc/passwd")])).rejects.toThrow(/leads to file:/);
    await expect(fetchIt([redirect("/weights.pth")])).rejects.toThrow(/redirects more than 5 times/);
  });

  it("asks no address without https unless it is told to", async () => {
    script = [serve(content)];
    await expect(download(known(), path)).rejects.toThrow(/fetched over https only/);
    expect(asked).toEqual([]);
  });

  it("says that a server cannot be reached", async () => {
    const nobody = { ...known(), url: "http://127.0.0.1:1/weights.pth" };
    await expect(download(nobody, path, { isAllowed: () => true, pauseMs: 1 })).rejects.toMatchObject({
      code: "WEIGHTS_PULL_FAILED",
      message: expect.stringMatching(/ECONNREFUSED|bad port/),
    });
  });
});
