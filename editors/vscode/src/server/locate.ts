// Finds the aigc-lsp command. Nothing below an untrusted workspace is ever considered.
import { homedir } from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import type { SelectedPython } from "./pythonEnvironment";
import { executableName, isExecutable, type Lookup, which } from "./which";

export type Origin = "setting" | "environment" | "path" | "own";

export interface Location {
  command: string;
  arguments: string[];
  origin: Origin;
}

export class Locator {
  readonly #log: vscode.LogOutputChannel;
  readonly #storage: vscode.Uri;
  readonly #python: SelectedPython;

  constructor(log: vscode.LogOutputChannel, storage: vscode.Uri, python: SelectedPython) {
    this.#log = log;
    this.#storage = storage;
    this.#python = python;
  }

  /** The folder of the environment that this extension makes. */
  get ownEnvironment(): string {
    return path.join(this.#storage.fsPath, "server");
  }

  /** The command to start, or undefined where there is none. Throws where the setting names a file that is not there. */
  async find(): Promise<Location | undefined> {
    const extra = vscode.workspace.getConfiguration("aigc").get<string[]>("server.arguments", []);
    const found = await this.#search();
    if (found) {
      this.#log.info(`The server is ${found.command} (${found.origin})`);
    }
    return found && { ...found, arguments: extra };
  }

  async #search(): Promise<Omit<Location, "arguments"> | undefined> {
    const setting = vscode.workspace.getConfiguration("aigc").get<string>("server.path", "").trim();
    if (setting) {
      const command = setting.replace(/^~(?=[/\\])/, homedir());
      if (!path.isAbsolute(command) || !(await isExecutable(command))) {
        throw new Error(`The setting aigc.server.path names no command that can be run: ${setting}`);
      }
      return { command, origin: "setting" };
    }
    const inEnvironment = await this.#inSelectedEnvironment();
    if (inEnvironment) {
      return { command: inEnvironment, origin: "environment" };
    }
    const onPath = await which("aigc-lsp", searchPath());
    if (onPath) {
      return { command: onPath, origin: "path" };
    }
    const own = path.join(this.ownEnvironment, scriptsFolder(), executableName("aigc-lsp"));
    return (await isExecutable(own)) ? { command: own, origin: "own" } : undefined;
  }

  async #inSelectedEnvironment(): Promise<string | undefined> {
    if (!vscode.workspace.isTrusted) {
      return undefined;
    }
    const folders: string[] = [];
    if (this.#python.isExtensionInstalled) {
      try {
        const interpreter = await this.#python.interpreter();
        folders.push(...(interpreter ? [path.dirname(interpreter)] : []));
      } catch (error) {
        this.#log.warn(`The Python extension does not tell the selected environment: ${String(error)}`);
      }
    } else {
      const roots = (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === "file");
      folders.push(...roots.map((folder) => path.join(folder.uri.fsPath, ".venv", scriptsFolder())));
    }
    for (const folder of folders) {
      const command = path.join(folder, executableName("aigc-lsp"));
      if (await isExecutable(command)) {
        return command;
      }
    }
    return undefined;
  }
}

/** Where commands may be looked for now. */
export function searchPath(): Lookup {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const forbidden = vscode.workspace.isTrusted ? [] : folders.filter((each) => each.uri.scheme === "file");
  return {
    path: process.env.PATH,
    windows: process.platform === "win32",
    forbidden: forbidden.map((folder) => folder.uri.fsPath),
  };
}

/** Where a virtual environment keeps its commands. */
export function scriptsFolder(): string {
  return process.platform === "win32" ? "Scripts" : "bin";
}
