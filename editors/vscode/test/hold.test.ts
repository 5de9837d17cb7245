import assert from "node:assert/strict";
import test from "node:test";
import type { Status } from "../src/protocol";
import { FailureHold } from "../src/status/hold";

const FAILED: Status = { kind: "Error", state: "failed" };
const STARTING: Status = { kind: "Normal", state: "starting" };

test("a failure stays visible for three seconds, whatever follows", () => {
  const hold = new FailureHold();
  hold.take(FAILED, 1000);
  hold.take(STARTING, 1001);
  assert.equal(hold.shown(STARTING, 1001), FAILED);
  assert.equal(hold.remaining(1001), 2999);
  assert.equal(hold.shown(STARTING, 3999), FAILED);
  assert.equal(hold.shown(STARTING, 4000), STARTING);
});

test("a failure that lasts is shown as long as it lasts", () => {
  const hold = new FailureHold();
  hold.take(FAILED, 0);
  assert.equal(hold.shown(FAILED, 10_000), FAILED);
});

test("a missing model holds nothing: its download is shown at once", () => {
  const hold = new FailureHold();
  hold.take({ ...FAILED, missingModel: "m" }, 0);
  assert.equal(hold.shown(STARTING, 1), STARTING);
});

test("a new server begins without the old one's failure", () => {
  const hold = new FailureHold();
  hold.take(FAILED, 0);
  hold.take(undefined, 1);
  assert.equal(hold.shown(undefined, 2), undefined);
});
