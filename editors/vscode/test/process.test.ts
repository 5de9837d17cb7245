import assert from "node:assert/strict";
import test from "node:test";
import { run } from "../src/server/process";

const NODE = process.execPath;

/** A cancellation that a test can set off. */
function cancellation() {
  const listeners: (() => void)[] = [];
  const token = {
    isCancellationRequested: false,
    onCancellationRequested(listener: () => void) {
      listeners.push(listener);
      return { dispose: () => undefined };
    },
  };
  return {
    token,
    cancel: () => {
      listeners.forEach((listener) => {
        listener();
      });
    },
  };
}

test("both streams and the status come back", async () => {
  const lines: string[] = [];
  const script = "console.log('out'); console.error('err'); process.exitCode = 3;";
  const result = await run(NODE, ["-e", script], { onLine: (line) => lines.push(line) });
  assert.equal(result.code, 3);
  assert.deepEqual(lines.sort(), ["err", "out"]);
  assert.deepEqual(result.output.split("\n").sort(), ["err", "out"]);
  assert.equal(result.cancelled, false);
});

test("a command that is not there is an error", async () => {
  await assert.rejects(run("/no/such/command", []), /ENOENT/);
});

test("arguments reach the command as they are, and no shell reads them", async () => {
  const argument = "a b; echo $HOME `id`";
  const result = await run(NODE, ["-e", "console.log(process.argv[1])", argument]);
  assert.equal(result.output, argument);
});

test("what a cancelled command has started ends with it", { timeout: 30_000 }, async () => {
  // The grandchild holds the pipe: only its end lets `run` come to one.
  const { token, cancel } = cancellation();
  const child = "console.log(process.pid); setInterval(() => {}, 1000);";
  const script = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' })`;
  const result = await run(NODE, ["-e", script], { token, onLine: cancel });
  assert.equal(result.cancelled, true);
  assert.match(result.output, /^\d+$/);
});

test("a cancelled command ends", async () => {
  const { token, cancel } = cancellation();
  const script = "console.log('up'); setInterval(() => {}, 1000);";
  const result = await run(NODE, ["-e", script], { token, onLine: cancel });
  assert.equal(result.cancelled, true);
});
