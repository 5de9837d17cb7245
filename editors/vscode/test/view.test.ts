import assert from "node:assert/strict";
import test from "node:test";
import type { Status } from "../src/protocol";
import { type Situation, view } from "../src/status/view";

function situation(changes: Partial<Situation> = {}): Situation {
  return { phase: { kind: "running" }, status: undefined, languageOff: undefined, trusted: true, now: 0, ...changes };
}

function shown(status: Partial<Status>, changes: Partial<Situation> = {}) {
  return view(situation({ status: { kind: "Normal", ...status }, ...changes }));
}

test("loading shows how far it is", () => {
  const { text, severity } = shown({ state: "loading", percentage: 42.4, busy: true });
  assert.deepEqual([text, severity], ["$(loading~spin) AIGC 42%", "none"]);
});

test("loading without a percentage shows a spinner alone", () => {
  assert.equal(shown({ state: "loading", percentage: null }).text, "$(loading~spin) AIGC");
});

test("a step of loading becomes a sentence, and a sentence stays one", () => {
  const step = shown({ state: "loading", model: "m", message: "reading the weights" });
  assert.equal(step.headline, "m is being loaded: reading the weights.");
  assert.equal(shown({ state: "starting", message: "The engine is starting." }).headline, "The engine is starting.");
  assert.equal(shown({ state: "loading" }).headline, "The model is being loaded.");
});

test("ready names model and runtime in the tooltip", () => {
  const { text, details } = shown({ state: "ready", model: "m", runtime: "openvino" });
  assert.equal(text, "$(sparkle) AIGC");
  assert.deepEqual(details, ["Model: m", "Runtime: openvino"]);
});

test("a failure is red and says what the server said", () => {
  const { severity, headline } = shown({
    kind: "Error",
    state: "failed",
    message: "Out of memory. Take a smaller model.",
  });
  assert.deepEqual([severity, headline], ["error", "Out of memory. Take a smaller model."]);
});

test("a missing model is offered for download, though the server calls it a failure", () => {
  const { text, severity, headline } = shown({ kind: "Error", state: "failed", missingModel: "m" });
  assert.deepEqual([text, severity], ["$(cloud-download) AIGC", "warning"]);
  assert.match(headline, /m is not on this machine/);
});

test("a download under way is shown as such", () => {
  assert.equal(shown({ state: "downloading", percentage: 7, missingModel: "m" }).text, "$(loading~spin) AIGC 7%");
});

test("off, off for a language and snoozed look different from ready", () => {
  const icons = [
    shown({ state: "off", kind: "Inactive" }),
    shown({ state: "ready" }, { languageOff: "markdown" }),
    shown({ state: "snoozed", kind: "Inactive", snoozedUntil: 1_700_000_000 }),
  ];
  assert.deepEqual(
    icons.map((each) => each.text),
    ["$(circle-slash) AIGC", "$(circle-slash) AIGC", "$(bell-slash) AIGC"],
  );
  assert.match(icons[1]?.headline ?? "", /off for markdown/);
  assert.match(icons[2]?.headline ?? "", /until \d\d:\d\d\.$/);
});

test("a failure is shown even where the language is off", () => {
  assert.equal(shown({ kind: "Error", state: "failed" }, { languageOff: "markdown" }).severity, "error");
});

test("a workspace that is not trusted is told, and shown", () => {
  const { text, details } = shown({ state: "ready" }, { trusted: false });
  assert.equal(text, "$(workspace-untrusted) AIGC");
  assert.match(details.join(" "), /Restricted Mode/);
});

test("a server that ended is red, and says when it is started again", () => {
  const { severity, headline } = view(
    situation({ phase: { kind: "waiting", reason: "it ended", until: 4000 }, now: 1001 }),
  );
  assert.equal(severity, "error");
  assert.match(headline, /again in 3 s/);
});

test("each phase of the process has a view", () => {
  const kinds = ["stopped", "starting", "missing", "installing"] as const;
  for (const kind of kinds) {
    const { text, headline } = view(situation({ phase: { kind } }));
    assert.match(text, /AIGC$/);
    assert.notEqual(headline, "");
  }
  assert.equal(view(situation({ phase: { kind: "misconfigured", reason: "no such file" } })).headline, "no such file");
});

test("an unknown state from a newer server is shown by its message", () => {
  const { headline, severity } = shown({ state: "dreaming", message: "It dreams." });
  assert.deepEqual([headline, severity], ["It dreams.", "none"]);
});
