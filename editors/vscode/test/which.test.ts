import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { isInside, searchFolders, which } from "../src/server/which";

let root = "";

before(() => {
  root = mkdtempSync(join(tmpdir(), "aigc-which-"));
  for (const folder of ["first", "workspace/.venv/bin"]) {
    mkdirSync(join(root, folder), { recursive: true });
    const file = join(root, folder, "tool");
    writeFileSync(file, "#!/bin/sh\n");
    chmodSync(file, 0o755);
  }
  mkdirSync(join(root, "plain"));
  writeFileSync(join(root, "plain", "tool"), "not to be run");
  mkdirSync(join(root, "folder", "tool"), { recursive: true });
});

after(() => {
  rmSync(root, { recursive: true });
});

function lookup(folders: string[], forbidden: string[] = []) {
  return {
    path: folders.map((folder) => join(root, folder)).join(":"),
    windows: false,
    forbidden: forbidden.map((each) => join(root, each)),
  };
}

test("the first command on PATH that can be run is found", async () => {
  assert.equal(
    await which("tool", lookup(["plain", "folder", "first", "workspace/.venv/bin"])),
    join(root, "first", "tool"),
  );
  assert.equal(await which("tool", lookup(["plain", "folder"])), undefined);
});

test("nothing is found in a forbidden folder, whatever PATH says", async () => {
  assert.equal(await which("tool", lookup(["workspace/.venv/bin"])), join(root, "workspace/.venv/bin", "tool"));
  assert.equal(await which("tool", lookup(["workspace/.venv/bin"], ["workspace"])), undefined);
  assert.equal(
    await which("tool", lookup(["workspace/.venv/bin", "first"], ["workspace"])),
    join(root, "first", "tool"),
  );
});

test("relative and empty entries of PATH mean the current folder: they are left out", () => {
  assert.deepEqual(searchFolders({ path: ".::bin:/usr/bin:/usr/bin", windows: false, forbidden: [] }), ["/usr/bin"]);
  assert.deepEqual(searchFolders({ path: ".;C:\\bin;bin", windows: true, forbidden: [] }), ["C:\\bin"]);
  assert.deepEqual(searchFolders({ path: undefined, windows: false, forbidden: [] }), []);
});

test("a folder is inside itself and its parents, not inside one whose name it continues", () => {
  assert.ok(isInside("/w", "/w", false));
  assert.ok(isInside("/w/a/b", "/w", false));
  assert.ok(isInside("/w/..a", "/w", false));
  assert.ok(!isInside("/wide", "/w", false));
  assert.ok(!isInside("/", "/w", false));
  assert.ok(!isInside("D:\\x", "C:\\w", true));
});
