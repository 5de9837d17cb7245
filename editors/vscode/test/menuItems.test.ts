import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { type MenuContext, menuItems } from "../src/ui/menuItems";

interface Manifest {
  contributes: { commands: { command: string }[] };
}
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;

function names(changes: Partial<MenuContext>): string[] {
  const context: MenuContext = {
    phase: { kind: "running" },
    status: { kind: "Normal", state: "ready" },
    languageOff: undefined,
    trusted: true,
    now: 0,
    language: "python",
    enabled: true,
    ...changes,
  };
  return menuItems(context)
    .flat()
    .map((item) => item.command.replace("aigc-lsp.", ""));
}

test("a missing server is offered for installation first", () => {
  assert.equal(names({ phase: { kind: "missing" }, status: undefined })[0], "installServer");
});

test("a server that ended is offered for restart first", () => {
  const phase = { kind: "waiting", reason: "it ended", until: 0 } as const;
  assert.equal(names({ phase, status: undefined })[0], "restartServer");
});

test("a missing model is offered for download first, and no restart with it", () => {
  const found = names({ status: { kind: "Error", state: "failed", missingModel: "m" } });
  assert.deepEqual(found.slice(0, 2), ["pullModel", "toggle"]);
});

test("a failed engine is offered for restart first", () => {
  assert.equal(names({ status: { kind: "Error", state: "failed" } })[0], "restartEngine");
});

test("snoozing and ending it exclude each other", () => {
  assert.ok(names({}).includes("snooze"));
  const snoozed = names({ status: { kind: "Inactive", state: "snoozed" } });
  assert.ok(snoozed.includes("endSnooze") && !snoozed.includes("snooze"));
});

test("nothing about a language or a task where no editor is open", () => {
  const found = names({ language: undefined });
  assert.ok(!found.includes("toggleLanguage") && !found.includes("runTask"));
});

test("nothing that needs the server while it does not run", () => {
  const found = names({ phase: { kind: "starting" }, status: undefined });
  assert.deepEqual(
    found.filter((name) => ["selectModel", "snooze", "runTask", "restartEngine"].includes(name)),
    [],
  );
});

test("no entry comes twice, and each is a command that package.json declares", () => {
  const declared = manifest.contributes.commands.map(({ command }) => command.replace("aigc-lsp.", ""));
  const all = [
    names({}),
    names({ status: { kind: "Error", state: "failed" } }),
    names({ status: { kind: "Inactive", state: "snoozed" }, enabled: false }),
    names({ phase: { kind: "missing" }, status: undefined }),
  ];
  for (const found of all) {
    assert.deepEqual(
      found.filter((name) => !declared.includes(name)),
      [],
    );
    assert.equal(new Set(found).size, found.length);
  }
});
