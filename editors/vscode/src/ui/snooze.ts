// Suspends automatic suggestions for some minutes.
import * as vscode from "vscode";
import { ServerCommand } from "../protocol";
import type { ServerCommands } from "../tasks/commands";

const MINUTES = [5, 15, 30, 60];

export async function snooze(commands: ServerCommands): Promise<void> {
  const items = MINUTES.map((minutes) => ({ label: `${minutes} minutes`, minutes }));
  const title = "aigc-lsp: Snooze Suggestions";
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: "Explicit requests still work meanwhile",
  });
  if (chosen) {
    await commands.run(ServerCommand.snooze, [{ seconds: chosen.minutes * 60 }]);
  }
}

export async function endSnooze(commands: ServerCommands): Promise<void> {
  await commands.run(ServerCommand.snooze, [{ seconds: 0 }]);
}
