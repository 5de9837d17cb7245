// Brings together what the status bar depends on: the server process, what it says, the active editor, trust.
import * as vscode from "vscode";
import type { Status } from "../protocol";
import type { Supervisor } from "../server/supervisor";
import { FailureHold } from "./hold";
import { StatusItem } from "./item";
import { type Situation, view } from "./view";

const TICK_MS = 1_000;

export class Monitor implements vscode.Disposable {
  readonly #supervisor: Supervisor;
  readonly #item = new StatusItem();
  readonly #changed = new vscode.EventEmitter<Status>();
  /** Fires for each status that the server sends. */
  readonly onDidReceive = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];
  readonly #hold = new FailureHold();
  #status: Status | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
    const show = () => {
      this.#show();
    };
    this.#subscriptions = [
      supervisor.onDidChange((phase) => {
        if (phase.kind !== "running") {
          this.#take(undefined);
        }
        this.#show();
      }),
      vscode.window.onDidChangeActiveTextEditor(show),
      vscode.workspace.onDidGrantWorkspaceTrust(show),
      vscode.workspace.onDidOpenTextDocument(show),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("aigc")) {
          this.#show();
        }
      }),
    ];
    this.#show();
  }

  get status(): Status | undefined {
    return this.#status;
  }

  get situation(): Situation {
    return {
      phase: this.#supervisor.phase,
      status: this.#status,
      languageOff: languageOff(),
      trusted: vscode.workspace.isTrusted,
      now: Date.now(),
    };
  }

  /** Take `didChangeStatus`. */
  receive(status: Status): void {
    this.#take(status);
    this.#show();
    this.#changed.fire(status);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#item.dispose();
    this.#changed.dispose();
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  #take(status: Status | undefined): void {
    this.#status = status;
    this.#hold.take(status, Date.now());
  }

  #show(): void {
    const situation = this.situation;
    this.#item.show(view({ ...situation, status: this.#hold.shown(situation.status, situation.now) }));
    const { phase, status } = situation;
    const running = phase.kind === "running";
    setContext("running", running);
    setContext("ready", running && status?.state === "ready");
    setContext("snoozed", running && status?.state === "snoozed");
    setContext("modelMissing", running && status?.missingModel != null);
    clearTimeout(this.#timer);
    const again = phase.kind === "waiting" ? TICK_MS : this.#hold.remaining(situation.now);
    if (again > 0) {
      this.#timer = setTimeout(() => {
        this.#show();
      }, again);
    }
  }
}

const contexts = new Map<string, boolean>();

/** Set what the `when` clauses of package.json ask. */
function setContext(name: string, value: boolean): void {
  if (contexts.get(name) !== value) {
    contexts.set(name, value);
    void vscode.commands.executeCommand("setContext", `aigc-lsp.${name}`, value);
  }
}

/** The active editor's language, where the settings switch suggestions off for it. */
function languageOff(): string | undefined {
  const document = vscode.window.activeTextEditor?.document;
  const languages = vscode.workspace
    .getConfiguration("aigc", document)
    .get<Record<string, boolean>>("completion.languages");
  return document && languages?.[document.languageId] === false ? document.languageId : undefined;
}
