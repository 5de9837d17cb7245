import assert from "node:assert/strict";
import test from "node:test";
import { candidateNames, isNewEnough, parseVersion } from "../src/server/pythonVersion";
import { requirement } from "../src/server/requirement";

test("Python 3.11 and newer will do, older ones will not", () => {
  assert.deepEqual(
    [
      [3, 10],
      [3, 11],
      [3, 14],
      [2, 99],
      [4, 0],
    ].map(([a, b]) => isNewEnough([a ?? 0, b ?? 0])),
    [false, true, true, false, true],
  );
});

test("the version is read among other lines, and nothing else is taken for one", () => {
  assert.deepEqual(parseVersion("a warning\npython 3.12\n"), [3, 12]);
  assert.equal(parseVersion("Python was not found; run without arguments to install"), undefined);
  assert.equal(parseVersion(""), undefined);
});

test("the plain name comes first, and Windows has no numbered ones", () => {
  assert.equal(candidateNames(false)[0], "python3");
  assert.ok(candidateNames(false).includes("python3.11"));
  assert.deepEqual(candidateNames(true), ["python", "python3"]);
});

test("pip is given the released package, a requirement, or a file", () => {
  assert.equal(requirement("", undefined), "aigc-lsp[cpu]");
  assert.equal(requirement("aigc-lsp[local]==0.2", undefined), "aigc-lsp[local]==0.2");
  assert.equal(requirement("/x/aigc", "file:///x/aigc"), "aigc-lsp[cpu] @ file:///x/aigc");
});
