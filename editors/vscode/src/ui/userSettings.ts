// Writes the user's settings for the commands that switch something.
import * as vscode from "vscode";

/** Set `aigc.<name>` in the user's settings. */
export async function updateUserSetting(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration("aigc").update(name, value, vscode.ConfigurationTarget.Global);
}

export async function toggleSuggestions(): Promise<void> {
  const enabled = vscode.workspace.getConfiguration("aigc").get("completion.enabled", true);
  await updateUserSetting("completion.enabled", !enabled);
}

/** Switch suggestions on or off for the active editor's language, and leave the other languages as they are. */
export async function toggleLanguage(): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (!document) {
    await vscode.window.showInformationMessage("aigc-lsp: open a file of that language first.");
    return;
  }
  const configuration = vscode.workspace.getConfiguration("aigc", document);
  const effective = configuration.get<Record<string, boolean>>("completion.languages", {});
  const users = configuration.inspect<Record<string, boolean>>("completion.languages")?.globalValue ?? {};
  const on = effective[document.languageId] !== false;
  await updateUserSetting("completion.languages", { ...users, [document.languageId]: !on });
}
