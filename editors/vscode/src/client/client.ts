// One life of the server process and the language client that talks to it. A new life is a new object.
import { type ChildProcess, spawn } from "node:child_process";
import { homedir } from "node:os";
import readline from "node:readline";
import * as vscode from "vscode";
import {
  CloseAction,
  CodeActionResolveRequest,
  type DynamicFeature,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  type LanguageClientOptions,
  type MessageSignature,
  type ProgressToken,
  ProgressType,
  RevealOutputChannelOn,
  State,
  type StaticFeature,
  WorkDoneProgressCancelNotification,
} from "vscode-languageclient/node";
import { DOCUMENTS } from "../completion/documents";
import type { Preview } from "../protocol";
import type { Location } from "../server/locate";
import { isLeftOut, OwnFeatures } from "./features";
import { LogReader } from "./logLine";

/** How long the server may take to answer `shutdown`, and then to end. */
const STOP_MS = 2_000;
/** How long to wait for what a server that has just died says of it. */
const REASON_MS = 500;
const ERRORS_BEFORE_KILL = 5;

/** The language client without its pop-ups: the status bar and our own messages tell the user. */
class QuietClient extends LanguageClient {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the language client's own type for any feature
  override registerFeature(feature: StaticFeature | DynamicFeature<any>): void {
    if (!isLeftOut(feature)) {
      super.registerFeature(feature);
    }
  }

  /** Why a task offers nothing is for the user: it reaches the middleware, which tells. */
  override handleFailedRequest<T>(
    type: MessageSignature,
    token: vscode.CancellationToken | undefined,
    error: unknown,
    ...rest: [defaultValue: T, showNotification?: boolean, throwOnCancel?: boolean]
  ): T {
    if (type.method === CodeActionResolveRequest.method) {
      throw error;
    }
    return super.handleFailedRequest(type, token, error, ...rest);
  }

  /** While it starts or ends, one fault shows up as many errors: the supervisor logs the reason. */
  override error(message: string, data?: unknown): void {
    if (this.state === State.Running) {
      super.error(message, data, false);
    } else {
      super.debug(message, data, false);
    }
  }
}

/** Wait until a process has ended and all that it wrote was read, but not longer than `patience` milliseconds. */
function hasEnded(child: ChildProcess, patience: number): Promise<boolean> {
  return new Promise((resolve) => {
    const isOver = () => child.exitCode !== null || child.signalCode !== null;
    if (isOver() && child.stderr?.closed !== false) {
      resolve(true);
      return;
    }
    const timer = setTimeout(() => {
      resolve(isOver());
    }, patience);
    child.once("close", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

export type NotificationHandler = Parameters<LanguageClient["onNotification"]>[1];

export interface Hooks {
  middleware: NonNullable<LanguageClientOptions["middleware"]>;
  /** Ways of the server to tell us something, by method. */
  notifications: Record<string, NotificationHandler>;
  /** The names of the server's commands. */
  onCommands: (names: readonly string[]) => void;
  /** The server ended, or could not be started; called once, and not after `stop`. */
  onEnd: (reason: string) => void;
}

export class ServerLife {
  readonly language: LanguageClient;
  readonly #log: vscode.LogOutputChannel;
  readonly #hooks: Hooks;
  #process: ChildProcess | undefined;
  #over = false;
  #lastWords = "";

  constructor(location: Location, log: vscode.LogOutputChannel, hooks: Hooks) {
    this.#log = log;
    this.#hooks = hooks;
    const options: LanguageClientOptions = {
      documentSelector: DOCUMENTS,
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => ({ workspaceTrust: vscode.workspace.isTrusted ? "trusted" : "untrusted" }),
      initializationFailedHandler: () => false,
      errorHandler: {
        error: (_error, _message, count) => {
          if ((count ?? 0) >= ERRORS_BEFORE_KILL) {
            this.#process?.kill("SIGKILL");
          }
          return { action: ErrorAction.Continue, handled: true };
        },
        closed: () => {
          this.#end();
          return {
            action: CloseAction.DoNotRestart,
            handled: true,
            message: "The connection to the server is closed.",
          };
        },
      },
      middleware: hooks.middleware,
      stdioOptions: {
        stdout: () => undefined,
        stderr: (input) => {
          this.#copyLog(input);
        },
      },
    };
    this.language = new QuietClient("aigc", "aigc-lsp", () => this.#spawn(location), options);
    this.language.registerFeature(new OwnFeatures(hooks.onCommands));
    for (const [method, handler] of Object.entries(hooks.notifications)) {
      this.language.onNotification(method, handler);
    }
  }

  get isRunning(): boolean {
    return !this.#over && this.language.state === State.Running;
  }

  /** Start it. Resolves to whether it runs; where it does not, `onEnd` was called. */
  async start(): Promise<boolean> {
    try {
      await this.language.start();
      return !this.#over;
    } catch (error) {
      this.#process?.kill();
      this.#end(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** End it in good order, or kill it. */
  async stop(): Promise<void> {
    this.#over = true;
    const child = this.#process;
    try {
      await this.language.stop(STOP_MS);
    } catch (error) {
      this.#log.debug(`The server did not end in good order: ${String(error)}`);
    }
    if (child && !(await hasEnded(child, STOP_MS))) {
      child.kill("SIGKILL");
    }
  }

  /** Run a command of the server. */
  async execute<R>(command: string, argument?: object): Promise<R> {
    const params = { command, arguments: argument === undefined ? [] : [argument] };
    return (await this.language.sendRequest(ExecuteCommandRequest.type, params)) as R;
  }

  /** Listen to the previews that the server sends to a token of ours. */
  onPreview(token: string, handler: (preview: Preview) => void): vscode.Disposable {
    return this.language.onProgress(new ProgressType<Preview>(), token, handler);
  }

  /** Have the server stop work that it shows. */
  cancelWork(token: ProgressToken): void {
    void this.language.sendNotification(WorkDoneProgressCancelNotification.type, { token });
  }

  /** Note that it is over; what the process itself says of that is a better reason than a broken pipe. */
  #end(reason = "its connection was closed"): void {
    if (this.#over) {
      return;
    }
    this.#over = true;
    const child = this.#process;
    const told = child ? hasEnded(child, REASON_MS) : Promise.resolve(false);
    void told.then((ended) => {
      const status = child?.signalCode ?? `status ${String(child?.exitCode)}`;
      this.#hooks.onEnd(ended ? [status, this.#lastWords].filter((each) => each !== "").join(": ") : reason);
    });
  }

  #spawn(location: Location): Promise<ChildProcess> {
    return new Promise((resolve, reject) => {
      // The home folder: what lies in the workspace must not decide what the server loads.
      const child = spawn(location.command, [...location.arguments, "--stdio"], {
        cwd: homedir(),
        stdio: "pipe",
        windowsHide: true,
      });
      this.#process = child;
      child.once("spawn", () => {
        resolve(child);
      });
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        this.#log.info(`The server ended (${signal ?? `status ${String(code)}`})`);
      });
      // A write to a server that has just died: `exit` tells of it.
      child.stdin.on("error", (error) => {
        this.#log.debug(`Writing to the server failed: ${error.message}`);
      });
    });
  }

  #copyLog(input: NodeJS.ReadableStream): void {
    const reader = new LogReader();
    readline.createInterface({ input, crlfDelay: Infinity }).on("line", (line) => {
      const { level, text } = reader.read(line);
      this.#log[level](text);
      this.#lastWords = text.trim() || this.#lastWords;
    });
  }
}
