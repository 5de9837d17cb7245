import assert from "node:assert/strict";
import test from "node:test";
import { Backoff } from "../src/server/backoff";

const MINUTE = 60_000;

test("each failure in a row doubles the wait, up to half a minute, and it never gives up", () => {
  const backoff = new Backoff();
  const waits = Array.from({ length: 9 }, (_, index) => {
    backoff.started(index * MINUTE);
    return backoff.failed(index * MINUTE + 10);
  });
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000]);
});

test("a server that never came up counts as well", () => {
  const backoff = new Backoff();
  assert.deepEqual([backoff.failed(0), backoff.failed(1), backoff.failed(2)], [1000, 2000, 4000]);
});

test("the waits begin anew after a healthy minute, and not before", () => {
  const backoff = new Backoff();
  backoff.started(0);
  backoff.failed(1);
  backoff.started(2000);
  assert.equal(backoff.failed(2000 + MINUTE - 1), 2000);
  backoff.started(100_000);
  assert.equal(backoff.failed(100_000 + MINUTE), 1000);
  assert.equal(backoff.failures, 1);
});

test("a restart by the user begins anew", () => {
  const backoff = new Backoff();
  backoff.failed(0);
  backoff.failed(0);
  backoff.reset();
  assert.equal(backoff.failed(0), 1000);
});
