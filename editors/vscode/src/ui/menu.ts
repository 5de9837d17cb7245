// The menu behind the status bar item.
import * as vscode from "vscode";
import { isOurs } from "../completion/documents";
import type { Monitor } from "../status/monitor";
import { view } from "../status/view";
import { type MenuItem, menuItems } from "./menuItems";

type Entry = vscode.QuickPickItem & Partial<MenuItem>;

export async function showMenu(monitor: Monitor): Promise<void> {
  const situation = monitor.situation;
  const document = vscode.window.activeTextEditor?.document;
  const groups = menuItems({
    ...situation,
    language: document && isOurs(document) ? document.languageId : undefined,
    enabled: vscode.workspace.getConfiguration("aigc").get("completion.enabled", true),
  });
  const separator: Entry = { label: "", kind: vscode.QuickPickItemKind.Separator };
  const entries = groups.flatMap<Entry>((group, index) => (index === 0 ? group : [separator, ...group]));
  const chosen = await vscode.window.showQuickPick(entries, {
    title: "aigc-lsp",
    placeHolder: view(situation).headline,
  });
  if (chosen?.command !== undefined) {
    await vscode.commands.executeCommand(chosen.command);
  }
}
