// Runs the server's commands: asks first where a task asks for something, shows what comes back. No task is known here.
import * as vscode from "vscode";
import type { ServerLife } from "../client/client";
import { type CommandResult, type RunTask, ServerCommand, type Task } from "../protocol";
import type { TextViewer } from "../ui/documents";
import { showFailure } from "../ui/messages";
import { answered } from "./answers";
import { askAll } from "./ask";
import { isWorthWatching, TaskPreview } from "./preview";

/** Where a task is to work: the part of a command's argument that the editor knows. */
type Place = Pick<RunTask, "uri" | "range" | "version" | "diagnostics">;

interface Execution {
  /** What the user wanted, for messages. */
  what?: string;
  preview?: TaskPreview | undefined;
}

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
  async run(command: string, args: unknown[]): Promise<unknown> {
    const first = args[0];
    const argument = typeof first === "object" && first !== null ? first : undefined;
    if (command === ServerCommand.runTask && argument) {
      return await this.#runTask(argument as RunTask);
    }
    return await this.#execute(command, argument);
  }

  /** Let the user choose among the tasks that apply to the active editor's selection, and run one. */
  async pickTask(): Promise<void> {
    const found = await this.#tasksHere();
    if (!found) {
      return;
    }
    if (found.tasks.length === 0) {
      void vscode.window.showInformationMessage(
        "aigc-lsp: no task applies here. Select some code, or move the cursor into it.",
      );
      return;
    }
    const items = found.tasks.map((task) => ({ label: task.title ?? task.name, task }));
    const chosen = await vscode.window.showQuickPick(items, { title: "aigc-lsp: Run Task" });
    if (chosen) {
      await this.#runTask(startOf(chosen.task, found.place), chosen.task);
    }
  }

  /** Run the task with this name on the active editor's selection. */
  async runNamed(name: string): Promise<void> {
    const found = await this.#tasksHere();
    const task = found?.tasks.find((each) => each.name === name);
    if (found && task) {
      await this.#runTask(startOf(task, found.place), task);
    } else if (found) {
      void vscode.window.showInformationMessage(
        `aigc-lsp: the task ${name} does not apply here. Select some code, or move the cursor into it.`,
      );
    }
  }

  /** The tasks that apply to the active editor's selection. Undefined: the user was told why there are none. */
  async #tasksHere(): Promise<{ place: Place; tasks: Task[] } | undefined> {
    const editor = vscode.window.activeTextEditor;
    const life = this.#running();
    if (!life) {
      return undefined;
    }
    if (!editor) {
      void vscode.window.showInformationMessage("aigc-lsp: open a file first.");
      return undefined;
    }
    const { document, selection } = editor;
    const converter = life.language.code2ProtocolConverter;
    const found = vscode.languages.getDiagnostics(document.uri).filter(({ range }) => range.intersection(selection));
    const version = document.version;
    const place: Place = {
      uri: converter.asUri(document.uri),
      range: converter.asRange(selection),
      diagnostics: await converter.asDiagnostics(found),
      version,
    };
    const listed = await this.ask<{ tasks: Task[] }>(ServerCommand.getTasks, place);
    return listed && { place, tasks: listed.tasks };
  }

  /** Run a task, after the user answered what it asks. The server shows how far it is, with a button to cancel it. */
  async #runTask(argument: RunTask, described?: Task): Promise<unknown> {
    const title = argument.title ?? argument.task;
    const answers = await askAll(title, argument.ask ?? []);
    const life = answers && this.#running();
    if (!life) {
      return undefined;
    }
    const task = described ?? (await this.#described(argument.task));
    const preview = isWorthWatching(task) ? new TaskPreview(life, this.#viewer, title) : undefined;
    const sent = answered(argument, answers);
    const watched = preview ? { ...sent, previewToken: preview.token } : sent;
    return await this.#execute(ServerCommand.runTask, watched, { what: title, preview });
  }

  /** What the server says of a task wherever it applies. */
  async #described(name: string): Promise<Task | undefined> {
    try {
      return (await this.call<{ tasks: Task[] }>(ServerCommand.getTasks))?.tasks.find((task) => task.name === name);
    } catch (error) {
      this.#log.debug(`The server does not describe its tasks: ${String(error)}`);
      return undefined;
    }
  }

  async #execute(command: string, argument: object | undefined, { what, preview }: Execution = {}): Promise<unknown> {
    const life = this.#running();
    if (!life) {
      preview?.dispose();
      return undefined;
    }
    const result = await this.#guard(() => life.execute<CommandResult | null>(command, argument), what);
    const document = result?.document ?? undefined;
    if (preview) {
      await preview.end(document);
    } else if (document) {
      await this.#viewer.show(document);
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

  async #guard<R>(work: () => Promise<R>, what?: string): Promise<R | undefined> {
    try {
      return await work();
    } catch (error) {
      showFailure(this.#log, what, error);
      return undefined;
    }
  }
}

function startOf(task: Task, place: Place): RunTask {
  return { task: task.name, title: task.title ?? task.name, ...place, arguments: {}, ask: task.arguments ?? [] };
}
