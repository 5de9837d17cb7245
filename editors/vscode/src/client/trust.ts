// Tells the server, and the search for it, when the user trusts the workspace.
import * as vscode from "vscode";
import { DidChangeConfigurationNotification } from "vscode-languageclient/node";
import { Method } from "../protocol";
import type { Supervisor } from "../server/supervisor";

export function watchTrust(supervisor: Supervisor): vscode.Disposable {
  return vscode.workspace.onDidGrantWorkspaceTrust(async () => {
    const server = supervisor.life?.language;
    await server?.sendNotification(Method.didChangeTrust, { trusted: true }).catch(() => undefined);
    // The workspace's own values count now: the server asks for them again.
    await server?.sendNotification(DidChangeConfigurationNotification.type, { settings: null }).catch(() => undefined);
    // The workspace's own environment may be used now.
    await supervisor.refresh();
  });
}
