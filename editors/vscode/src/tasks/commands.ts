// Runs the server's commands: asks first where a task asks for something, shows what comes back. No task is known here.
import * as vscode from "vscode";
import type { ServerLife } from "../client/client";
import { type CommandResult, type RunTask, ServerCommand, type Task } from "../protocol";
import type { TextViewer } from "../ui/documents";
import { isCancellation, showError } from "../ui/messages";
import { answered } from "./answers";
import { askAll } from "./ask";

export class ServerCommands {
  readonly #life: () => ServerLife | undefined;
  readonly #viewer: TextViewer;
  readonly #log: vscode.LogOutputChannel;

  constructor(life: () => ServerLife | undefined, viewer: TextViewer, log: vscode.LogOutputChannel) {
    this.#life = life;
    this.#viewer = viewer;
    this.#log = log;
  }

  /** Ask the server, silently. Undefined where it does not run. */
  async call<R>(command: string, argument?: object): Promise<R | undefined> {
    return await this.#life()?.execute<R>(command, argument);
  }

  /** Ask the server on the user's behalf; where that fails, the user is told, and the answer is undefined. */
  async ask<R>(command: string, argument?: object): Promise<R | undefined> {
    const life = this.#running();
    return life && (await this.#guard(() => life.execute<R>(command, argument)));
  }

  /** Run any command of the server on the user's behalf: from the lightbulb, a code lens or a menu. */
  async run(command: string, args: unknown[], token?: vscode.CancellationToken): Promise<unknown> {
    const first = args[0];
    const argument = typeof first === "object" && first !== null ? first : undefined;
    if (command === ServerCommand.runTask && argument) {
      return await this.#runTask(argument as RunTask);
    }
    return await this.#execute(command, argument, token);
  }

  /** Let the user choose among the tasks that apply to the active editor's selection, and run one. */
  async pickTask(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const life = this.#running();
    if (!life) {
      return;
    }
    if (!editor) {
      void vscode.window.showInformationMessage("aigc-lsp: open a file first.");
      return;
    }
    const converter = life.language.code2ProtocolConverter;
    const place = { uri: converter.asUri(editor.document.uri), range: converter.asRange(editor.selection) };
    const version = editor.document.version;
    const listed = await this.ask<{ tasks: Task[] }>(ServerCommand.getTasks, place);
    if (listed === undefined) {
      return;
    }
    if (listed.tasks.length === 0) {
      void vscode.window.showInformationMessage(
        "aigc-lsp: no task applies here. Select some code, or move the cursor into it.",
      );
      return;
    }
    const items = listed.tasks.map((task) => ({ label: task.title ?? task.name, task }));
    const chosen = await vscode.window.showQuickPick(items, { title: "aigc-lsp: Run Task" });
    if (chosen) {
      const { task } = chosen;
      await this.#runTask(
        { task: task.name, ...place, version, arguments: {}, ask: task.arguments ?? [] },
        chosen.label,
      );
    }
  }

  async #runTask(argument: RunTask, title = argument.title ?? argument.task): Promise<unknown> {
    const answers = await askAll(title, argument.ask ?? []);
    if (answers === undefined) {
      return undefined;
    }
    const options = { location: vscode.ProgressLocation.Notification, title: `aigc-lsp: ${title}`, cancellable: true };
    return await vscode.window.withProgress(options, (_progress, token) =>
      this.#execute(ServerCommand.runTask, answered(argument, answers), token),
    );
  }

  async #execute(command: string, argument: object | undefined, token?: vscode.CancellationToken): Promise<unknown> {
    const life = this.#running();
    if (!life) {
      return undefined;
    }
    const result = await this.#guard(() => life.execute<CommandResult | null>(command, argument, token));
    if (result?.document) {
      await this.#viewer.show(result.document);
    }
    if (typeof result?.message === "string" && result.message !== "") {
      void vscode.window.showInformationMessage(`aigc-lsp: ${result.message}`);
    }
    return result;
  }

  /** The server; where it does not run, the user is told. */
  #running(): ServerLife | undefined {
    const life = this.#life();
    if (!life) {
      void vscode.window.showInformationMessage("aigc-lsp: the server does not run. The status bar says why.");
    }
    return life;
  }

  async #guard<R>(work: () => Promise<R>): Promise<R | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isCancellation(error)) {
        void showError(this.#log, undefined, error);
      }
      return undefined;
    }
  }
}
