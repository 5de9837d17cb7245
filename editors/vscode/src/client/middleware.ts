// What happens between the language client and the server: settings, commands and what they return.
import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { ServerCommand } from "../protocol";
import { declaredSettings, explicitSettings } from "./settings";
import { syncMiddleware } from "./sync";

export type CommandRunner = (command: string, args: unknown[]) => Promise<unknown>;

/** Let the command of a code action know what the user chose, for the heading of its questions. */
function nameTask(action: vscode.CodeAction | vscode.Command): void {
  const command = typeof action.command === "string" ? (action as vscode.Command) : action.command;
  const argument: unknown = command?.arguments?.[0];
  if (command?.command === ServerCommand.runTask && typeof argument === "object" && argument !== null) {
    Object.assign(argument, { title: action.title });
  }
}

export function middleware(packageJson: unknown, log: vscode.LogOutputChannel, runCommand: CommandRunner): Middleware {
  const declared = declaredSettings(packageJson);
  return {
    ...syncMiddleware(log),
    provideCodeActions: async (document, range, context, token, next) => {
      const actions = await next(document, range, context, token);
      actions?.forEach(nameTask);
      return actions;
    },
    // The lightbulb, code lenses and the palette all come here.
    executeCommand: (command, args: unknown[]) => runCommand(command, args),
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
