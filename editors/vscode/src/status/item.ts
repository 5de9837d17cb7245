// The item in the status bar: shows the view, a click opens the menu.
import * as vscode from "vscode";
import type { Severity, View } from "./view";

const BACKGROUNDS: Record<Severity, string | undefined> = {
  none: undefined,
  warning: "statusBarItem.warningBackground",
  error: "statusBarItem.errorBackground",
};

export class StatusItem implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;

  constructor() {
    this.#item = vscode.window.createStatusBarItem("aigc-lsp.status", vscode.StatusBarAlignment.Right, 100);
    this.#item.name = "aigc-lsp";
    this.#item.command = "aigc-lsp.showMenu";
    this.#item.show();
  }

  show(view: View): void {
    const background = BACKGROUNDS[view.severity];
    this.#item.text = view.text;
    this.#item.backgroundColor = background === undefined ? undefined : new vscode.ThemeColor(background);
    const tooltip = new vscode.MarkdownString();
    for (const line of [`aigc-lsp: ${view.headline}`, ...view.details]) {
      tooltip.appendText(line).appendMarkdown("\n\n");
    }
    this.#item.tooltip = tooltip;
    // A screen reader reads this instead of the icon and the abbreviation.
    this.#item.accessibilityInformation = { label: `aigc-lsp: ${view.headline}`, role: "button" };
  }

  dispose(): void {
    this.#item.dispose();
  }
}
