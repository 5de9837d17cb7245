// What happens between the language client and the server: settings, huge documents, titles of tasks.
import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { ServerCommand } from "../protocol";
import { declaredSettings, explicitSettings } from "./settings";
import { syncMiddleware } from "./sync";

/** Let the command of a code action know what the user chose, for the heading of its questions. */
function nameTask(action: vscode.CodeAction | vscode.Command): void {
  const command = typeof action.command === "string" ? (action as vscode.Command) : action.command;
  const argument: unknown = command?.arguments?.[0];
  if (command?.command === ServerCommand.runTask && typeof argument === "object" && argument !== null) {
    Object.assign(argument, { title: action.title });
  }
}

export function middleware(packageJson: unknown, log: vscode.LogOutputChannel): Middleware {
  const declared = declaredSettings(packageJson);
  return {
    ...syncMiddleware(log),
    provideCodeActions: async (document, range, context, token, next) => {
      const actions = await next(document, range, context, token);
      actions?.forEach(nameTask);
      return actions;
    },
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
