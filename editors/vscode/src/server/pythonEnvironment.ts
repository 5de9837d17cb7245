// Asks Microsoft's Python extension for the selected environment. It is not a dependency: without it there is no answer.
import path from "node:path";
import * as vscode from "vscode";

/** The part of that extension's API that is used here. */
interface PythonApi {
  environments?: {
    getActiveEnvironmentPath?(resource?: vscode.Uri): { path: string } | undefined;
    resolveEnvironment?(environment: unknown): Promise<{ executable?: { uri?: vscode.Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath?: vscode.Event<unknown>;
  };
}

const EXTENSION = "ms-python.python";

async function api(): Promise<PythonApi | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>(EXTENSION);
  if (!extension) {
    return undefined;
  }
  return extension.isActive ? extension.exports : await extension.activate();
}

export function isPythonExtensionInstalled(): boolean {
  return vscode.extensions.getExtension(EXTENSION) !== undefined;
}

/** The interpreter that is selected for the first workspace folder. May fail with that extension's own error. */
export async function selectedInterpreter(): Promise<string | undefined> {
  const environments = (await api())?.environments;
  const active = environments?.getActiveEnvironmentPath?.(vscode.workspace.workspaceFolders?.[0]?.uri);
  if (!environments || !active) {
    return undefined;
  }
  const resolved = await environments.resolveEnvironment?.(active);
  const executable = resolved?.executable?.uri?.fsPath ?? active.path;
  return path.isAbsolute(executable) ? executable : undefined;
}

/** Calls `listener` when the user selects another environment, once the Python extension runs. */
export async function onDidSelectInterpreter(listener: () => void): Promise<vscode.Disposable | undefined> {
  return (await api())?.environments?.onDidChangeActiveEnvironmentPath?.(listener);
}
