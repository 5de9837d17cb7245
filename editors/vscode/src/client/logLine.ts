// Tells how severe a line of the server's log is.

export type Level = "debug" | "info" | "warn" | "error";

const LEVELS: Record<string, Level> = { DEBUG: "debug", INFO: "info", WARNING: "warn", ERROR: "error", CRITICAL: "error" };

/** The level of a line `aigc-lsp WARNING name: text`; anything else the server prints is `info`. */
export function levelOf(line: string): Level {
  return LEVELS[/^aigc-lsp ([A-Z]+) /.exec(line)?.[1] ?? ""] ?? "info";
}
