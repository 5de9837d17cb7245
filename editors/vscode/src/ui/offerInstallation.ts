// Asks whether the server is to be installed: nothing is installed unasked.
import * as vscode from "vscode";

export async function offerInstallation(): Promise<void> {
  const choice = await vscode.window.showInformationMessage(
    "The server of aigc-lsp is not installed. It can be installed into an environment of its own.",
    "Install",
    "How Else?",
  );
  if (choice === "Install") {
    await vscode.commands.executeCommand("aigc-lsp.installServer");
  } else if (choice === "How Else?") {
    await vscode.commands.executeCommand("aigc-lsp.openWalkthrough");
  }
}
