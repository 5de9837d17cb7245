import assert from "node:assert/strict";
import test from "node:test";
import { Steps } from "../src/client/steps";

test("percentages become steps that add up, and never go back", () => {
  const steps = new Steps();
  const told = [0, 10, 10, 5, 60, 250].map((percentage) => steps.next({ percentage }).increment);
  assert.deepEqual(told, [undefined, 10, undefined, undefined, 50, 40]);
});

test("a message without a percentage is shown", () => {
  assert.deepEqual(new Steps().next({ message: "Attempt 2 of 7" }), { message: "Attempt 2 of 7" });
});
