// What the failure of a request means for the user. Knows no editor.

/** Of LSP: the user or a newer request took it back. */
const TAKEN_BACK = [-32800, -32802];
/** Of LSP: the text changed meanwhile; the request was understood and nothing can come of it. */
const REFUSED = [-32801, -32803];

/** A refusal of our own, in words for the user. */
export class Refusal extends Error {
  readonly code = -32801;
}

/** Whether an error only says that the user or a newer request took the request back. */
export function isTakenBack(error: unknown): boolean {
  return hasCode(error, TAKEN_BACK);
}

/** Whether nothing is broken: the server says why it offers nothing, in words for the user. */
export function isRefusal(error: unknown): boolean {
  return hasCode(error, REFUSED);
}

/** The reason, after what was wanted where that is given and the reason does not name it. */
export function reasonOf(error: unknown, what?: string): string {
  const reason = error instanceof Error ? error.message : String(error);
  return what === undefined || reason.startsWith(what) ? reason : `${what}: ${reason}`;
}

function hasCode(error: unknown, codes: readonly number[]): boolean {
  const code = typeof error === "object" && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === "number" && codes.includes(code);
}
