// What happens between the language client and the server: settings, huge documents, code actions.
import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { codeActionMiddleware } from "./codeActions";
import type { WorkNotifications } from "./progress";
import { declaredSettings, explicitSettings } from "./settings";
import { syncMiddleware } from "./sync";

export function middleware(packageJson: unknown, log: vscode.LogOutputChannel, work: WorkNotifications): Middleware {
  const declared = declaredSettings(packageJson);
  return {
    ...syncMiddleware(log),
    ...codeActionMiddleware(log),
    handleWorkDoneProgress: work.handle,
    workspace: {
      // Only that something changed: the server asks for what it needs, and is told what `configuration` says.
      didChangeConfiguration: (_sections, next) => next(undefined),
      configuration: (params) =>
        params.items.map((item) => {
          if (item.section !== "aigc") {
            return null;
          }
          const resource = item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri);
          const configuration = vscode.workspace.getConfiguration(undefined, resource);
          return explicitSettings(declared, vscode.workspace.isTrusted, (key) => configuration.inspect(key));
        }),
    },
  };
}
