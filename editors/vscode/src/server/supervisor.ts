// Keeps the server running: finds it, starts it, and starts it again after a growing wait when it ends by itself.
import * as vscode from "vscode";
import { type Hooks, ServerLife } from "../client/client";
import { Backoff } from "./backoff";
import type { Locator } from "./locate";
import type { Phase } from "./phase";

/** After so many failures in a row the user is told; the tries go on. */
const FAILURES_TO_TELL = 3;

export class Supervisor implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Phase>();
  readonly onDidChange = this.#changed.event;
  readonly #backoff = new Backoff();
  readonly #log: vscode.LogOutputChannel;
  readonly #locator: Locator;
  readonly #hooks: Omit<Hooks, "onEnd">;
  #phase: Phase = { kind: "stopped" };
  #life: ServerLife | undefined;
  #command: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Counts starts and stops: what was begun before the newest one does nothing any more. */
  #turn = 0;
  #stopping: Promise<void> = Promise.resolve();

  constructor(log: vscode.LogOutputChannel, locator: Locator, hooks: Omit<Hooks, "onEnd">) {
    this.#log = log;
    this.#locator = locator;
    this.#hooks = hooks;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** The server, where it runs. */
  get life(): ServerLife | undefined {
    return this.#life?.isRunning ? this.#life : undefined;
  }

  /** The command of the server that was started last. */
  get command(): string | undefined {
    return this.#command;
  }

  /** Start it anew, whatever it is doing. Resolves when it runs or cannot. */
  async restart(): Promise<void> {
    this.#backoff.reset();
    await this.#begin();
  }

  /**
   * Start it anew if another command would be started now, or if it does not run; or `always`. Does nothing while it is
   * being installed: it is started when that is done.
   */
  async refresh({ always = false } = {}): Promise<void> {
    const isDue =
      always || !this.life || (await this.#locator.find().catch(() => undefined))?.command !== this.#command;
    if (isDue && this.#phase.kind !== "installing") {
      await this.restart();
    }
  }

  async stop(phase: Phase = { kind: "stopped" }): Promise<void> {
    this.#turn += 1;
    clearTimeout(this.#timer);
    const life = this.#life;
    this.#life = undefined;
    this.#set(phase);
    // One after the other: the commands of a server are registered until it has stopped.
    this.#stopping = Promise.all([this.#stopping, life?.stop()]).then(() => undefined);
    await this.#stopping;
  }

  dispose(): void {
    void this.stop();
    this.#changed.dispose();
  }

  async #begin(): Promise<void> {
    const stopped = this.stop({ kind: "starting" });
    const turn = this.#turn;
    await stopped;
    if (turn !== this.#turn) {
      return;
    }
    let location;
    try {
      location = await this.#locator.find();
    } catch (error) {
      if (turn === this.#turn) {
        this.#set({ kind: "misconfigured", reason: error instanceof Error ? error.message : String(error) });
      }
      return;
    }
    if (turn !== this.#turn) {
      return;
    }
    this.#command = location?.command;
    if (!location) {
      this.#set({ kind: "missing" });
      return;
    }
    const life = new ServerLife(location, this.#log, {
      ...this.#hooks,
      onEnd: (reason) => {
        if (turn === this.#turn) {
          this.#ended(reason);
        }
      },
    });
    this.#life = life;
    if ((await life.start()) && turn === this.#turn) {
      this.#backoff.started(Date.now());
      this.#set({ kind: "running" });
    }
  }

  #ended(reason: string): void {
    const wait = this.#backoff.failed(Date.now());
    this.#log.error(`The server is gone (${reason}); it is started again in ${wait / 1000} s`);
    this.#set({ kind: "waiting", reason, until: Date.now() + wait });
    this.#timer = setTimeout(() => void this.#begin(), wait);
    if (this.#backoff.failures === FAILURES_TO_TELL) {
      void this.#tell(reason);
    }
  }

  async #tell(reason: string): Promise<void> {
    const message = `The server of aigc-lsp ended ${FAILURES_TO_TELL} times in a row (${reason}). It is tried again now and then.`;
    const choice = await vscode.window.showErrorMessage(message, "Show Log", "Restart Now");
    if (choice === "Show Log") {
      this.#log.show(true);
    } else if (choice === "Restart Now") {
      await this.restart();
    }
  }

  #set(phase: Phase): void {
    this.#phase = phase;
    this.#changed.fire(phase);
  }
}
