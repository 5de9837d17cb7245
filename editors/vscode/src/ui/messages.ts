// Messages to the user that are more than one line of code.
import * as vscode from "vscode";

/** Tell of an error, with a button to the log. */
export async function showError(log: vscode.LogOutputChannel, what: string | undefined, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  const message = what === undefined ? reason : `${what}: ${reason}`;
  log.error(message);
  if ((await vscode.window.showErrorMessage(`aigc-lsp: ${message}`, "Show Log")) !== undefined) {
    log.show(true);
  }
}

/** Whether an error only says that the user or a newer request took the request back. */
export function isCancellation(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return error instanceof vscode.CancellationError || code === -32800 || code === -32802;
}
