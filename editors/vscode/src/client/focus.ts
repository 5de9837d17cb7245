// Tells the server which document the user looks at.
import * as vscode from "vscode";
import type { ServerLife } from "../client/client";
import { isOurs } from "../completion/documents";
import { Method } from "../protocol";

export function watchFocus(life: () => ServerLife | undefined): vscode.Disposable {
  return vscode.window.onDidChangeActiveTextEditor(async (editor) => {
    if (editor && isOurs(editor.document)) {
      const uri = editor.document.uri.toString();
      await life()
        ?.language.sendNotification(Method.didFocus, { textDocument: { uri } })
        .catch(() => undefined);
    }
  });
}
