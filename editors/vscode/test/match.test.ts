import assert from "node:assert/strict";
import test from "node:test";
import { matchedLength } from "../src/completion/match";

test("a prefix is matched to its length, anything else is not matched", () => {
  assert.equal(matchedLength("return x", ""), 0);
  assert.equal(matchedLength("return x", "ret"), 3);
  assert.equal(matchedLength("return x", "return x"), 8);
  assert.equal(matchedLength("return x", "return x "), undefined);
  assert.equal(matchedLength("return x", "raise"), undefined);
});

test("line ends count alike, and the length is that of the suggestion", () => {
  assert.equal(matchedLength("a\nb", "a\r\nb"), 3);
  assert.equal(matchedLength("a\r\nb", "a\nb"), 4);
  assert.equal(matchedLength("a\r\nb", "a\r\nb"), 4);
  assert.equal(matchedLength("a\nb", "a\r\n"), 2);
});
