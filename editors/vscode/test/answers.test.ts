import assert from "node:assert/strict";
import test from "node:test";
import type { RunTask } from "../src/protocol";
import { answered, choicesOf, defaultText } from "../src/tasks/answers";

const ARGUMENT: RunTask = {
  task: "t",
  uri: "file:///a",
  range: {},
  version: 3,
  arguments: { style: "short", kept: 1 },
  title: "Stamp it",
  ask: [{ name: "style", kind: "choice", choices: ["short", "long"] }],
};

test("answers go into the arguments, and what was asked is left out", () => {
  assert.deepEqual(answered(ARGUMENT, { style: "long" }), {
    task: "t",
    uri: "file:///a",
    range: {},
    version: 3,
    arguments: { style: "long", kept: 1 },
  });
  assert.ok(ARGUMENT.ask, "the original stays as it is");
});

test("choices are plain values or objects", () => {
  const choices = ["a", 2, { value: "x", title: "The X", description: "about x" }, { name: "y" }];
  assert.deepEqual(choicesOf({ name: "n", kind: "choice", choices }), [
    { label: "a", value: "a" },
    { label: "2", value: 2 },
    { label: "The X", detail: "about x", value: "x" },
    { label: "y", value: "y" },
  ]);
  assert.deepEqual(choicesOf({ name: "n", kind: "text", choices: null }), []);
});

test("only plain values are a text's default", () => {
  assert.equal(defaultText({ name: "n", kind: "text", default: 3 }), "3");
  assert.equal(defaultText({ name: "n", kind: "text", default: null }), undefined);
  assert.equal(defaultText({ name: "n", kind: "text" }), undefined);
});
