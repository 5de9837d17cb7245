// Accepting a suggestion, whole or in part, and telling the server. The editor does the inserting.
import * as vscode from "vscode";
import { type Command, ExecuteCommandRequest, type InlineCompletionItem } from "vscode-languageclient/node";
import type { ServerLife } from "../client/client";
import { Method } from "../protocol";
import type { Ledger } from "./ledger";
import { endOf, textTo } from "./position";
import { ACCEPTED } from "./provider";

const PARTS = {
  "aigc-lsp.acceptWord": "editor.action.inlineSuggest.acceptNextWord",
  "aigc-lsp.acceptLine": "editor.action.inlineSuggest.acceptNextLine",
} as const;

export function registerAcceptance(
  life: () => ServerLife | undefined,
  ledger: Ledger<InlineCompletionItem>,
): vscode.Disposable {
  const commands = Object.entries(PARTS).map(([own, editors]) =>
    vscode.commands.registerCommand(own, () => acceptPart(editors, life, ledger)),
  );
  const accepted = vscode.commands.registerCommand(ACCEPTED, async (command?: Command) => {
    ledger.clear();
    void vscode.commands.executeCommand("setContext", "aigc-lsp.accepted", true);
    if (command) {
      const params = { command: command.command, arguments: command.arguments ?? [] };
      await life()
        ?.language.sendRequest(ExecuteCommandRequest.type, params)
        .catch(() => undefined);
    }
  });
  return vscode.Disposable.from(accepted, ...commands);
}

/**
 * Let the editor insert a part of what it shows. A plain provider is not told of that, so the change that comes
 * meanwhile is compared with the suggestion that stands. It may be another extension's suggestion: then nothing is told.
 */
async function acceptPart(
  command: string,
  life: () => ServerLife | undefined,
  ledger: Ledger<InlineCompletionItem>,
): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  let end: vscode.Position | undefined;
  const listener = vscode.workspace.onDidChangeTextDocument((event) => {
    const last = event.contentChanges.at(-1);
    if (event.document === document && last && last.text !== "") {
      end = endOf(last);
    }
  });
  try {
    await vscode.commands.executeCommand(command);
  } finally {
    listener.dispose();
  }
  if (!document || !end) {
    return;
  }
  const taken = ledger.taken(document.uri.toString(), textTo(document, end));
  if (taken) {
    await life()
      ?.language.sendNotification(Method.didPartiallyAccept, taken)
      .catch(() => undefined);
  }
}
