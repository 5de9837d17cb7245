// What the server process is doing, as far as this extension knows.

export type Phase =
  | { kind: "stopped" }
  | { kind: "starting" }
  | { kind: "running" }
  /** It ended by itself; it is started again at `until` (milliseconds since 1970). */
  | { kind: "waiting"; reason: string; until: number }
  /** There is no aigc-lsp command. */
  | { kind: "missing" }
  /** It cannot be started before the user changes something. */
  | { kind: "misconfigured"; reason: string }
  | { kind: "installing" };
