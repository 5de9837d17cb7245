// Registers the server's commands with the editor, once: the lightbulb, code lenses and keybindings all come through here.
import * as vscode from "vscode";
import type { ServerCommands } from "./commands";

export class CommandRegistry implements vscode.Disposable {
  readonly #commands: ServerCommands;
  readonly #log: vscode.LogOutputChannel;
  readonly #registered = new Map<string, vscode.Disposable>();

  constructor(commands: ServerCommands, log: vscode.LogOutputChannel) {
    this.#commands = commands;
    this.#log = log;
  }

  /** Take the names that a server tells when it starts. What a former one told stays: it may come back. */
  add(names: readonly string[]): void {
    for (const name of names) {
      if (this.#registered.has(name)) {
        continue;
      }
      try {
        const command = vscode.commands.registerCommand(name, (...args: unknown[]) => this.#commands.run(name, args));
        this.#registered.set(name, command);
      } catch (error) {
        this.#log.warn(`The command ${name} is taken by another extension: ${String(error)}`);
      }
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.#registered.values()).dispose();
  }
}
