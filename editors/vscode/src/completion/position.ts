// Text between places of a document, for the ledger.
import * as vscode from "vscode";
import type { TextFrom } from "./ledger";

/** Reads the document from a place to `end`. */
export function textTo(document: vscode.TextDocument, end: vscode.Position): TextFrom {
  return (anchor) => {
    const start = new vscode.Position(anchor.line, anchor.character);
    return start.isAfter(end) ? undefined : document.getText(new vscode.Range(start, end));
  };
}

/** Where the text of a change ends. */
export function endOf(change: vscode.TextDocumentContentChangeEvent): vscode.Position {
  const lines = change.text.split(/\r\n|\r|\n/);
  const last = lines.at(-1) ?? "";
  const start = change.range.start;
  return lines.length === 1
    ? start.translate(0, last.length)
    : new vscode.Position(start.line + lines.length - 1, last.length);
}
