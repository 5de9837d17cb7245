import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import test from "node:test";

interface Manifest {
  contributes: {
    commands: { command: string }[];
    keybindings: { command: string }[];
    menus: Record<string, { command?: string; submenu?: string }[]>;
    submenus: { id: string }[];
    configuration: { id: string; properties: Record<string, { scope?: string }> }[];
    walkthroughs: { steps: { description: string; media: { markdown: string } }[] }[];
  };
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  dependencies?: unknown;
}
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const { contributes } = manifest;
const declared = contributes.commands.map(({ command }) => command);
const source = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(`src/${name}`, "utf8"))
  .join("\n");

test("each command that is bound, listed or linked is declared", () => {
  const listed = Object.values(contributes.menus)
    .flat()
    .flatMap(({ command }) => command ?? []);
  const used = [...contributes.keybindings.map(({ command }) => command), ...listed];
  const linked = contributes.walkthroughs.flatMap(({ steps }) =>
    steps.flatMap(({ description }) =>
      [...description.matchAll(/command:(aigc-lsp\.\w+)/g)].map(([, command]) => command ?? ""),
    ),
  );
  assert.deepEqual(
    [...used, ...linked].filter((command) => !declared.includes(command)),
    [],
  );
  assert.ok(linked.length > 0);
});

test("each declared command has code", () => {
  const missing = declared.filter(
    (command) =>
      !source.includes(command) && !new RegExp(`^ {4}${command.slice("aigc-lsp.".length)}\\b`, "m").test(source),
  );
  assert.deepEqual(missing, []);
});

test("each submenu is declared, shown and filled", () => {
  const shown = Object.values(contributes.menus)
    .flat()
    .flatMap(({ submenu }) => submenu ?? []);
  assert.deepEqual(
    shown,
    contributes.submenus.map(({ id }) => id),
  );
  assert.ok(shown.every((id) => (contributes.menus[id] ?? []).length > 0));
});

test("our commands never clash with those that the server registers", () => {
  assert.deepEqual(
    declared.filter((command) => !command.startsWith("aigc-lsp.")),
    [],
  );
});

test("pages of the walkthrough are there", () => {
  for (const { media } of contributes.walkthroughs.flatMap(({ steps }) => steps)) {
    assert.ok(existsSync(media.markdown), media.markdown);
  }
});

test("what is started cannot be set by a workspace", () => {
  const [own] = contributes.configuration;
  for (const [name, { scope }] of Object.entries(own?.properties ?? {}).filter(([name]) =>
    name.startsWith("aigc.server."),
  )) {
    assert.equal(scope, "machine", name);
    assert.ok(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.includes(name), name);
  }
});

test("everything is bundled: the package has no dependencies", () => {
  assert.equal(manifest.dependencies, undefined);
});

test("the lock file names no registry", () => {
  assert.ok(!readFileSync("package-lock.json", "utf8").includes('"resolved"'));
});
