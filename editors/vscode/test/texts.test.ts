import assert from "node:assert/strict";
import test from "node:test";
import { LogReader } from "../src/client/logLine";
import { fileName } from "../src/ui/fileName";

test("a line of the server's log keeps its level, and lines that belong to it have the same", () => {
  const reader = new LogReader();
  const read = [
    "started",
    "aigc-lsp WARNING a.b: text",
    "aigc-lsp ERROR a.b: it failed",
    "Traceback:",
    "aigc-lsp DEBUG c: ERROR d",
  ];
  assert.deepEqual(
    read.map((line) => reader.read(line)),
    [
      { level: "info", text: "started" },
      { level: "warn", text: "a.b: text" },
      { level: "error", text: "a.b: it failed" },
      { level: "error", text: "Traceback:" },
      { level: "debug", text: "c: ERROR d" },
    ],
  );
});

test("a title becomes a tab's name without what would make a path of it", () => {
  assert.equal(fileName("Explain a/b?\n#1"), "Explain a b 1");
  assert.equal(fileName("../../etc"), ".. .. etc");
  assert.equal(fileName("  "), "aigc-lsp");
  assert.equal(fileName(undefined), "aigc-lsp");
  assert.equal(fileName("x".repeat(200)).length, 60);
});
