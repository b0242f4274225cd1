import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256Hex } from "../../base/hash.ts";
import { createRandom } from "../../base/random.ts";
import { initialStateDict } from "../initialState.ts";
import { encodeSafetensors } from "../safetensors.ts";
import { addWeights } from "./addWeights.ts";
import { checkWeights } from "./checkWeights.ts";
import { type PublishedWeights, publishedWeights } from "./publishedWeights.ts";
import { pullWeights } from "./pullWeights.ts";
import { resolvePretrained, resolveStarts } from "./resolvePretrained.ts";
import { listCached, listWeights, weightsFolder } from "./weightsCache.ts";

let root = "";
let folder = "";
let ours = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "groundglass-"));
  folder = join(root, "cache");
  ours = join(root, "Ours.safetensors");
  // The first layers are enough to fit.
  const state = [...initialStateDict({ name: "resnet18", classes: 3 }, createRandom(1))].slice(0, 15);
  await writeFile(ours, encodeSafetensors(new Map(state)));
});
afterAll(() => rm(root, { recursive: true }));

describe("publishedWeights", () => {
  it("have names, addresses and checksums that agree: torchvision puts the first digits into the file's name", () => {
    for (const { name, network, url, sha256, sizeBytes } of publishedWeights) {
      expect(url).toMatch(/^https:\/\/download\.pytorch\.org\/models\//);
      expect(new URL(url).pathname).toBe(`/models/${network}-${sha256.slice(0, 8)}.pth`);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(name).toMatch(new RegExp(`^imagenet-${network}`));
      // Parameters of torchvision's networks, four bytes each, and some for names.
      const parameters = { resnet18: 11_689_512, resnet50: 25_557_032 }[network];
      expect(sizeBytes / (4 * parameters)).toBeGreaterThan(1);
      expect(sizeBytes / (4 * parameters)).toBeLessThan(1.01);
    }
  });
});

describe("weightsFolder", () => {
  it.each([
    [{ GROUNDGLASS_WEIGHTS: "/own", XDG_CACHE_HOME: "/xdg" }, "linux", "/own"],
    [{ XDG_CACHE_HOME: "/xdg" }, "linux", "/xdg/groundglass/weights"],
    [{ XDG_CACHE_HOME: "relative" }, "linux", "/home/u/.cache/groundglass/weights"],
    [{}, "linux", "/home/u/.cache/groundglass/weights"],
    [{ XDG_CACHE_HOME: "/xdg" }, "darwin", "/home/u/Library/Caches/groundglass/weights"],
    [{ LOCALAPPDATA: "/local" }, "win32", "/local/groundglass/weights"],
    [{}, "win32", "/home/u/AppData/Local/groundglass/weights"],
  ])("with %j on %s is %s", (env, platform, expected) => {
    expect(weightsFolder({ env, platform, home: "/home/u" })).toBe(expected);
  });
});

describe("the cache", () => {
  it("is empty before anything was put in, and offers what is published", async () => {
    expect(await listCached(join(root, "none"))).toEqual([]);
    const listed = await listWeights(join(root, "none"));
    expect(listed.map(({ name, path }) => [name, path])).toEqual(
      publishedWeights
        .map(({ name }) => name)
        .sort()
        .map((name) => [name, null]),
    );
  });

  it("keeps a file under its name, and gives its path for that name", async () => {
    const { weights, reports } = await addWeights(ours, { folder, license: "CC0", source: "our hospital" });
    expect(weights).toMatchObject({ name: "ours", networks: ["resnet18"], license: "CC0", source: "our hospital" });
    expect(reports[0]?.loaded).toHaveLength(15);
    const path = await resolvePretrained("ours", { folder });
    expect(await readFile(path)).toEqual(await readFile(ours));
    expect((await listWeights(folder)).find(({ name }) => name === "ours")).toMatchObject({ path, url: null });
    expect((await checkWeights("ours", { folder })).map(({ network }) => network)).toEqual(["resnet18"]);
    await expect(checkWeights("ours", { folder, network: "resnet50" })).rejects.toMatchObject({
      code: "WEIGHTS_DO_NOT_FIT",
    });
  });

  it("adds the same again, and refuses other weights under a name that is taken", async () => {
    const again = await addWeights(ours, { folder, name: "ours" });
    expect(again.weights.sha256).toBe(sha256Hex(await readFile(ours)));
    const other = join(root, "other.safetensors");
    await writeFile(
      other,
      encodeSafetensors(new Map([["conv1.weight", { shape: [64, 3, 7, 7], data: new Float32Array(9408) }]])),
    );
    await expect(addWeights(other, { folder, name: "ours" })).rejects.toMatchObject({ code: "WEIGHTS_NAME_TAKEN" });
    await expect(addWeights(other, { folder, name: "imagenet-resnet18" })).rejects.toMatchObject({
      code: "WEIGHTS_NAME_TAKEN",
    });
    for (const name of ["../up", "none", "imagenet", "Upper", "", "x=y", "w.pth"]) {
      await expect(addWeights(other, { folder, name })).rejects.toMatchObject({ code: "WEIGHTS_NAME_INVALID" });
    }
  });

  it("keeps a link where that is asked for", async () => {
    const { weights } = await addWeights(ours, { folder, name: "linked", isLinked: true });
    await addWeights(ours, { folder, name: "linked", isLinked: true });
    expect(await readFile(join(folder, weights.file))).toEqual(await readFile(ours));
  });

  it("refuses a file that fits no network", async () => {
    const stranger = join(root, "stranger.safetensors");
    await writeFile(stranger, encodeSafetensors(new Map([["embedding", { shape: [1], data: Float32Array.of(1) }]])));
    await expect(addWeights(stranger, { folder })).rejects.toMatchObject({ code: "WEIGHTS_DO_NOT_FIT" });
    expect((await listCached(folder)).map(({ name }) => name)).toEqual(["linked", "ours"]);
  });

  it("notices that a kept file was changed", async () => {
    const { weights } = await addWeights(ours, { folder, name: "changed" });
    await writeFile(join(folder, weights.file), "something else");
    await expect(resolvePretrained("changed", { folder })).rejects.toMatchObject({ code: "WEIGHTS_CHECKSUM" });
  });
});

describe("resolvePretrained", () => {
  it.each([
    ["imagenet-resnet18", "WEIGHTS_NOT_HERE", /groundglass weights pull imagenet-resnet18$/],
    ["imagenet", "WEIGHTS_NOT_HERE", /groundglass weights pull imagenet-resnet50$/],
    ["imagenet-resnet34", "WEIGHTS_UNKNOWN", /Known: .*imagenet-resnet18, imagenet-resnet50/],
    ["radimagenet-resnet50", "WEIGHTS_UNKNOWN", /RadImageNet's makers/],
  ])("says of %s what to do", async (name, code, words) => {
    const resolving = resolvePretrained(name, { folder, network: "resnet50" });
    await expect(resolving).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  });

  it("takes a path as it is, and a file before a name", async () => {
    expect(await resolvePretrained("a/b.pth", { folder })).toBe("a/b.pth");
    expect(await resolvePretrained("missing.safetensors", { folder })).toBe("missing.safetensors");
  });

  it("resolves each entry of a plan", async () => {
    const path = await resolvePretrained("ours", { folder });
    const starts = await resolveStarts(["none", "resnet18=ours", "resnet50=b.pth", "c.pth"], {
      folder,
      networks: ["resnet18", "resnet50"],
    });
    expect(starts).toEqual(["none", `resnet18=${path}`, "resnet50=b.pth", "c.pth"]);
    await expect(resolveStarts(["imagenet"], { folder, networks: ["resnet18", "resnet50"] })).rejects.toThrow(/pull/);
  });
});

describe("pullWeights", () => {
  it("fetches once, checks, and serves the name from then on", async () => {
    const content = await readFile(ours);
    let requests = 0;
    const server = createServer((_, response) => {
      requests++;
      response.end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.safetensors`;
    const published: PublishedWeights = {
      name: "published",
      network: "resnet18",
      url,
      sizeBytes: content.length,
      sha256: sha256Hex(content),
      source: "a test",
      license: "CC0",
    };
    const options = { folder, table: [published], isAllowed: () => true };
    const first = await pullWeights("published", options);
    expect(first).toMatchObject({ isNew: true, weights: { file: "published.safetensors", license: "CC0" } });
    expect(await pullWeights("published", options)).toEqual({ ...first, isNew: false });
    expect(requests).toBe(1);
    await writeFile(join(folder, "published.safetensors"), "cut short");
    expect(await pullWeights("published", options)).toEqual(first);
    expect(requests).toBe(2);
    expect(await readFile(await resolvePretrained("published", { folder }))).toEqual(content);
    await expect(pullWeights("stranger", options)).rejects.toMatchObject({ code: "WEIGHTS_UNKNOWN" });
    server.close();
  });
});
