import assert from "node:assert/strict";
import test from "node:test";
import { isRefusal, isTakenBack, reasonOf, Refusal } from "../src/ui/failures";

const failed = (code: unknown, message = "no") => Object.assign(new Error(message), { code });

test("a text that changed and a result that is withheld are refusals, a fault is none", () => {
  assert.deepEqual([-32801, -32803, -32603, "-32803"].map(failedIsRefusal), [true, true, false, false]);
  assert.ok(isRefusal(new Refusal("the text changed")));
  assert.ok(!isRefusal(undefined) && !isRefusal("text"));
});

test("what the user or a newer request took back is nothing to tell of", () => {
  assert.deepEqual(
    [-32800, -32802, -32803].map((code) => isTakenBack(failed(code))),
    [true, true, false],
  );
});

test("a reason stands after what was wanted, once", () => {
  assert.equal(reasonOf(failed(1, "the signature is empty"), "Explain"), "Explain: the signature is empty");
  assert.equal(reasonOf(failed(1, "Explain: it is empty"), "Explain"), "Explain: it is empty");
  assert.equal(reasonOf("it is empty"), "it is empty");
});

function failedIsRefusal(code: unknown): boolean {
  return isRefusal(failed(code));
}
