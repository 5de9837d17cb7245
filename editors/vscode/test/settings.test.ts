import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { declaredSettings, explicitSettings, type Inspected, workspaceMayDecide } from "../src/client/settings";

const packageJson: unknown = JSON.parse(readFileSync("package.json", "utf8"));
const DECLARED = {
  "aigc.completion.maxTokens": {},
  "aigc.completion.languages": { scope: "resource" },
  "aigc.engine.model": { scope: "machine" },
  "aigc.engine.url": {},
  "aigc.index.folder": { scope: "machine" },
};

function explicit(values: Record<string, Inspected>, trusted = true) {
  return explicitSettings(DECLARED, trusted, (key) => values[key]);
}

test("defaults are not told", () => {
  assert.deepEqual(explicit({}), {});
  assert.deepEqual(explicit({ "aigc.completion.maxTokens": {} }), {});
});

test("what the user set is told, nested by its group", () => {
  const values = { "aigc.completion.maxTokens": { globalValue: 32 }, "aigc.engine.model": { globalValue: "fake" } };
  assert.deepEqual(explicit(values), { completion: { maxTokens: 32 }, engine: { model: "fake" } });
});

test("a workspace decides over the user where it may, and a folder over the workspace", () => {
  const maxTokens = { globalValue: 32, workspaceValue: 48 };
  assert.deepEqual(explicit({ "aigc.completion.maxTokens": maxTokens }), { completion: { maxTokens: 48 } });
  const inFolder = { ...maxTokens, workspaceFolderValue: 64 };
  assert.deepEqual(explicit({ "aigc.completion.maxTokens": inFolder }), { completion: { maxTokens: 64 } });
});

test("a workspace that is not trusted decides nothing", () => {
  const maxTokens = { globalValue: 32, workspaceValue: 48, workspaceFolderValue: 64 };
  assert.deepEqual(explicit({ "aigc.completion.maxTokens": maxTokens }, false), { completion: { maxTokens: 32 } });
  assert.deepEqual(explicit({ "aigc.completion.maxTokens": { workspaceValue: 48 } }, false), {});
});

test("false, zero and the empty text are values", () => {
  const values = {
    "aigc.completion.maxTokens": { globalValue: 32, workspaceValue: 0 },
    "aigc.engine.model": { globalValue: "" },
  };
  assert.deepEqual(explicit(values), { completion: { maxTokens: 0 }, engine: { model: "" } });
});

test("objects are merged, as VS Code does it", () => {
  const languages = { globalValue: { markdown: false, go: true }, workspaceValue: { go: false } };
  assert.deepEqual(explicit({ "aigc.completion.languages": languages }), {
    completion: { languages: { markdown: false, go: false } },
  });
});

test("a workspace never decides what is run or connected to", () => {
  const values = {
    "aigc.engine.model": { workspaceValue: "evil" },
    "aigc.engine.url": {
      globalValue: "http://mine",
      workspaceValue: "http://evil",
      workspaceFolderValue: "http://evil",
    },
    "aigc.index.folder": { workspaceValue: "/evil" },
  };
  assert.deepEqual(explicit(values), { engine: { url: "http://mine" } });
});

test("the settings of this extension itself are not among those of the server", () => {
  const declared = declaredSettings(packageJson);
  assert.ok("aigc.completion.enabled" in declared, "package.json holds the generated settings");
  assert.deepEqual(
    Object.keys(declared).filter((key) => /^aigc\.(server|trace)\./.test(key)),
    [],
  );
});

test("in package.json, only what concerns completion is the workspace's to decide", () => {
  const groups = new Set<string>();
  for (const [key, declaration] of Object.entries(declaredSettings(packageJson))) {
    const group = key.split(".")[1] ?? "";
    if (workspaceMayDecide(group, declaration)) {
      groups.add(group);
    }
  }
  assert.deepEqual([...groups], ["completion"]);
});

test("a package.json without the block gives no settings", () => {
  assert.deepEqual(declaredSettings({}), {});
  assert.deepEqual(declaredSettings({ contributes: { configuration: { properties: {} } } }), {});
});
