// Which documents the server sees: files, unsaved files and notebook cells, unless they are huge.
import * as vscode from "vscode";

// `vscode.DocumentFilter` and LSP's filters are alike here: output, git, diff and source-control inputs match none.
export const DOCUMENTS = [{ scheme: "file" }, { scheme: "untitled" }, { notebook: "jupyter-notebook" }];

export const SELECTOR: vscode.DocumentSelector = [
  { scheme: "file" },
  { scheme: "untitled" },
  { notebookType: "jupyter-notebook" },
];

/** Documents with more characters than this are not even sent; the server's own limit is a setting, and lower. */
const HUGE = 16 * 1024 * 1024;

export function isHuge(document: vscode.TextDocument): boolean {
  const last = document.lineCount - 1;
  return document.offsetAt(document.lineAt(last).range.end) > HUGE;
}

export function isOurs(document: vscode.TextDocument): boolean {
  return vscode.languages.match(SELECTOR, document) > 0;
}
