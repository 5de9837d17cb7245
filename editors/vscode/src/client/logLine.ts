// Tells how severe the lines of the server's log are.

export type Level = "debug" | "info" | "warn" | "error";

export interface LogLine {
  level: Level;
  text: string;
}

const LEVELS: Record<string, Level> = {
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warn",
  ERROR: "error",
  CRITICAL: "error",
};

/** Reads lines `aigc-lsp WARNING name: text`; a line without a level, as of a traceback, has that of the one before. */
export class LogReader {
  #level: Level = "info";

  read(line: string): LogLine {
    const found = /^aigc-lsp ([A-Z]+) (.*)$/.exec(line);
    const level = LEVELS[found?.[1] ?? ""];
    if (level === undefined) {
      return { level: this.#level, text: line };
    }
    this.#level = level;
    return { level, text: found?.[2] ?? "" };
  }
}
