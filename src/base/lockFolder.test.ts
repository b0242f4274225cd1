import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockName, withFolderLocked } from "./lockFolder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "groundglass-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const leave = (owner: unknown) => writeFileSync(join(folder, lockName), JSON.stringify(owner));

describe("withFolderLocked", () => {
  test("returns the work's result and leaves nothing behind, also where the work fails", async () => {
    const inside = join(folder, "made");
    expect(await withFolderLocked(inside, async () => readdirSync(inside))).toEqual([lockName]);
    expect(readdirSync(inside)).toEqual([]);
    await expect(withFolderLocked(folder, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(existsSync(join(folder, lockName))).toBe(false);
  });

  test("lets the same folder be worked in once at a time, by whatever name", async () => {
    await withFolderLocked(folder, async () => {
      await expect(withFolderLocked(`${folder}/../${folder.split("/").pop()}`, async () => {})).rejects.toMatchObject({
        code: "FOLDER_IN_USE",
        message: expect.stringContaining(`Process ${process.pid}`),
      });
    });
    await withFolderLocked(folder, async () => {});
  });

  test("refuses while another process lives, and takes over once it is dead", async () => {
    const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "ignore" });
    leave({ pid: other.pid, host: hostname() });
    await expect(withFolderLocked(folder, async () => {})).rejects.toMatchObject({ code: "FOLDER_IN_USE" });
    const ended = new Promise((resolve) => other.once("exit", resolve));
    other.kill("SIGKILL");
    await ended;
    const text = await withFolderLocked(folder, async () => readFileSync(join(folder, lockName), "utf8"));
    expect(JSON.parse(text)).toEqual({ pid: process.pid, host: hostname() });
  });

  test("takes over what a dead process or a torn write left, not what another machine wrote", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    leave({ pid, host: hostname() });
    await withFolderLocked(folder, async () => {});
    writeFileSync(join(folder, lockName), '{"pid":');
    await withFolderLocked(folder, async () => {});
    leave({ pid, host: "elsewhere" });
    await expect(withFolderLocked(folder, async () => {})).rejects.toMatchObject({
      code: "FOLDER_IN_USE",
      message: expect.stringContaining("elsewhere"),
    });
  });

  test("lets one of many that start together in", async () => {
    leave({ pid: spawnSync(process.execPath, ["-e", ""]).pid, host: hostname() });
    let inside = 0;
    let most = 0;
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () =>
        withFolderLocked(folder, async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 20));
          inside--;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(results.some(({ status }) => status === "fulfilled")).toBe(true);
  });
});
