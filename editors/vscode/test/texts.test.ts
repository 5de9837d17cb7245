import assert from "node:assert/strict";
import test from "node:test";
import { levelOf } from "../src/client/logLine";
import { fileName } from "../src/ui/fileName";

test("a line of the server's log keeps its level", () => {
  assert.equal(levelOf("aigc-lsp WARNING aigc_lsp.lsp: text"), "warn");
  assert.equal(levelOf("aigc-lsp DEBUG aigc_lsp.lsp: ERROR in the text"), "debug");
  assert.equal(levelOf("Traceback (most recent call last):"), "info");
});

test("a title becomes a tab's name without what would make a path of it", () => {
  assert.equal(fileName("Explain a/b?\n#1"), "Explain a b 1");
  assert.equal(fileName("../../etc"), ".. .. etc");
  assert.equal(fileName("  "), "aigc-lsp");
  assert.equal(fileName(undefined), "aigc-lsp");
  assert.equal(fileName("x".repeat(200)).length, 60);
});
