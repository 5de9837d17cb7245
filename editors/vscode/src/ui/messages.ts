// Messages to the user that are more than one line of code.
import * as vscode from "vscode";
import { isRefusal, isTakenBack, reasonOf } from "./failures";

/** Tell of an error, with a button to the log. */
export async function showError(log: vscode.LogOutputChannel, what: string | undefined, error: unknown): Promise<void> {
  const message = reasonOf(error, what);
  log.error(message);
  if ((await vscode.window.showErrorMessage(`aigc-lsp: ${message}`, "Show Log")) !== undefined) {
    log.show(true);
  }
}

/** Tell why a request brought nothing: a refusal in the server's own words, a fault as an error, else nothing. */
export function showFailure(log: vscode.LogOutputChannel, what: string | undefined, error: unknown): void {
  if (isRefusal(error)) {
    const message = reasonOf(error, what);
    log.info(message);
    void vscode.window.showWarningMessage(`aigc-lsp: ${message}`);
  } else if (!isCancellation(error)) {
    void showError(log, what, error);
  }
}

/** Whether an error only says that the user or a newer request took the request back. */
export function isCancellation(error: unknown): boolean {
  return error instanceof vscode.CancellationError || isTakenBack(error);
}
