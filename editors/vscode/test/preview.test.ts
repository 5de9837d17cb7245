import assert from "node:assert/strict";
import test from "node:test";
import type * as vscode from "vscode";
import type { Preview, TextResult } from "../src/protocol";
import { isWorthWatching, TaskPreview } from "../src/tasks/preview";

const URI = "aigc-lsp:/1/Explain" as unknown as vscode.Uri;

/** A preview whose server and viewer write down what happens. */
function watched() {
  const done: string[] = [];
  let listener: ((preview: Preview) => void) | undefined;
  const life = {
    onPreview: (_token: string, handler: (preview: Preview) => void) => {
      listener = handler;
      return { dispose: () => (listener = undefined) };
    },
  };
  const note = (text: string) => Promise.resolve(void done.push(text));
  const viewer = {
    show: async (result: TextResult) => {
      await note(`show ${result.title ?? ""}: ${result.text}`);
      return URI;
    },
    update: (_uri: vscode.Uri, text: string) => void done.push(`update: ${text}`),
    finish: (_uri: vscode.Uri, result: TextResult) => note(`finish: ${result.text}`),
    close: () => note("close"),
  };
  const preview = new TaskPreview(life, viewer, "Explain");
  return { preview, done, send: (text: string) => listener?.({ text }) };
}

test("it opens with the first text, and the result takes its place", async () => {
  const { preview, done, send } = watched();
  send("It");
  await Promise.resolve();
  send("It adds");
  await preview.end({ title: "add", text: "It adds numbers." });
  send("too late");
  assert.deepEqual(done, ["show Explain: It", "update: It adds", "finish: It adds numbers."]);
});

test("of texts that come faster than they are shown, the newest is shown", async () => {
  const { preview, done, send } = watched();
  ["a", "ab", "abc"].forEach((text) => send(text));
  await new Promise(setImmediate);
  await preview.end({ text: "abcd" });
  assert.deepEqual(done, ["show Explain: a", "update: abc", "finish: abcd"]);
});

test("without a result the preview is taken away: its text was not checked", async () => {
  const { preview, done, send } = watched();
  send("wrong");
  await preview.end(undefined);
  assert.deepEqual(done, ["show Explain: wrong", "close"]);
});

test("a result without previews is shown as it is", async () => {
  const { preview, done } = watched();
  await preview.end({ title: "add", text: "It adds." });
  assert.deepEqual(done, ["show add: It adds."]);
});

test("each has a token of its own", () => {
  assert.notEqual(watched().preview.token, watched().preview.token);
});

test("texts to read and what takes minutes are watched, an edit of seconds is seen in the file", () => {
  assert.ok(isWorthWatching({ gives: "page", cost: "seconds" }));
  assert.ok(isWorthWatching({ gives: "edits", cost: "minutes" }));
  assert.ok(!isWorthWatching({ gives: "edits", cost: "seconds" }));
  assert.ok(!isWorthWatching(undefined));
});
