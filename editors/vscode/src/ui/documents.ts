// Texts that are shown and not kept: what a task returns, what the doctor says, the engine's log.
import * as vscode from "vscode";
import type { TextResult } from "../protocol";
import { fileName } from "./fileName";

const SCHEME = "aigc-lsp";
const KEPT = 20;

export class TextViewer implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  #count = 0;

  provideTextDocumentContent(uri: vscode.Uri): string | undefined {
    return this.#texts.get(uri.toString());
  }

  /** Show a text, where it is not said otherwise beside the active editor; it cannot be edited. */
  async show(result: TextResult, beside = vscode.window.activeTextEditor !== undefined): Promise<void> {
    this.#count += 1;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${this.#count}/${fileName(result.title)}` });
    this.#texts.set(uri.toString(), result.text);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size > KEPT && oldest !== undefined) {
      this.#texts.delete(oldest);
    }
    const document = await vscode.workspace.openTextDocument(uri);
    const known =
      result.languageId !== undefined && (await vscode.languages.getLanguages()).includes(result.languageId);
    const shown = known ? await vscode.languages.setTextDocumentLanguage(document, result.languageId ?? "") : document;
    await vscode.window.showTextDocument(shown, {
      viewColumn: beside ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active,
      preview: true,
    });
  }

  dispose(): void {
    this.#registration.dispose();
  }
}
