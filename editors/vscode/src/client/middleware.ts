// What happens between the language client and the server: settings, commands and what they return.
import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { declaredSettings, explicitSettings } from "./settings";
import { syncMiddleware } from "./sync";

export type CommandRunner = (command: string, args: unknown[]) => Promise<unknown>;

export function middleware(packageJson: unknown, log: vscode.LogOutputChannel, runCommand: CommandRunner): Middleware {
  const declared = declaredSettings(packageJson);
  return {
    ...syncMiddleware(log),
    // The lightbulb, code lenses and the palette all come here.
    executeCommand: (command, args: unknown[]) => runCommand(command, args),
    workspace: {
      configuration: (params) =>
        params.items.map((item) => {
          if (item.section !== "aigc") {
            return null;
          }
          const resource = item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri);
          const configuration = vscode.workspace.getConfiguration(undefined, resource);
          return explicitSettings(declared, (key) => configuration.inspect(key));
        }),
    },
  };
}
