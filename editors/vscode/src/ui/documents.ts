// Texts that are shown and not kept: what a task returns or writes just now, what the doctor says, the engine's log.
import * as vscode from "vscode";
import type { TextResult } from "../protocol";
import { fileName } from "./fileName";

const SCHEME = "aigc-lsp";
const KEPT = 20;

export interface ShowOptions {
  /** In a group of its own beside the active editor; by itself where there is an active editor. */
  beside?: boolean;
  preserveFocus?: boolean;
}

export class TextViewer implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  #count = 0;

  provideTextDocumentContent(uri: vscode.Uri): string | undefined {
    return this.#texts.get(uri.toString());
  }

  /** Show a text, which cannot be edited. It can be replaced at the address that is returned, as long as it is kept. */
  async show(result: TextResult, options: ShowOptions = {}): Promise<vscode.Uri> {
    this.#count += 1;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${this.#count}/${fileName(result.title)}` });
    this.#texts.set(uri.toString(), result.text);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size > KEPT && oldest !== undefined) {
      this.#texts.delete(oldest);
    }
    await this.#open(uri, result.languageId, options);
    return uri;
  }

  /** Replace a text that is shown. */
  update(uri: vscode.Uri, text: string): void {
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
  }

  /** Replace a text, and show it again where the user closed it. */
  async finish(uri: vscode.Uri, result: TextResult): Promise<void> {
    this.update(uri, result.text);
    await this.#open(uri, result.languageId, { preserveFocus: true });
  }

  async close(uri: vscode.Uri): Promise<void> {
    await vscode.window.tabGroups.close(tabsOf(uri), true);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }

  async #open(uri: vscode.Uri, languageId: string | undefined, options: ShowOptions): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uri);
    const known = languageId !== undefined && (await vscode.languages.getLanguages()).includes(languageId);
    const shown = known ? await vscode.languages.setTextDocumentLanguage(document, languageId) : document;
    const beside = options.beside ?? vscode.window.activeTextEditor !== undefined;
    await vscode.window.showTextDocument(shown, {
      viewColumn: tabsOf(uri)[0]?.group.viewColumn ?? (beside ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active),
      preview: true,
      preserveFocus: options.preserveFocus ?? false,
    });
  }
}

function tabsOf(uri: vscode.Uri): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter((tab) => tab.input instanceof vscode.TabInputText && tab.input.uri.toString() === uri.toString());
}
