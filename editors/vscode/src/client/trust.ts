// Tells the server, and the search for it, when the user trusts the workspace.
import * as vscode from "vscode";
import { Method } from "../protocol";
import type { Supervisor } from "../server/supervisor";

export function watchTrust(supervisor: Supervisor): vscode.Disposable {
  return vscode.workspace.onDidGrantWorkspaceTrust(async () => {
    await supervisor.life?.language.sendNotification(Method.didChangeTrust, { trusted: true }).catch(() => undefined);
    // The workspace's own environment may be used now.
    await supervisor.refresh();
  });
}
