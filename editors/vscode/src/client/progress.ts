// Shows work of the server that can be taken back in a notification with a button; other work is in the status bar.
import * as vscode from "vscode";
import type {
  Middleware,
  ProgressToken,
  WorkDoneProgressBegin,
  WorkDoneProgressEnd,
  WorkDoneProgressReport,
} from "vscode-languageclient/node";
import { Steps } from "./steps";

type Told = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

interface Shown {
  tell: (told: WorkDoneProgressBegin | WorkDoneProgressReport) => void;
  end: () => void;
}

export class WorkNotifications implements vscode.Disposable {
  readonly #shown = new Map<ProgressToken, Shown>();
  readonly #cancel: (token: ProgressToken) => void;

  /** `cancel` tells the server that the user took work back. */
  constructor(cancel: (token: ProgressToken) => void) {
    this.#cancel = cancel;
  }

  readonly handle: NonNullable<Middleware["handleWorkDoneProgress"]> = (token, told, next) => {
    if (!this.#take(token, told)) {
      next(token, told);
    }
  };

  /** The server ended, and with it its work. */
  clear(): void {
    for (const one of this.#shown.values()) {
      one.end();
    }
    this.#shown.clear();
  }

  dispose(): void {
    this.clear();
  }

  /** Whether it was shown here. The end is the language client's business, too: it forgets the token. */
  #take(token: ProgressToken, told: Told): boolean {
    if (told.kind === "begin" && told.cancellable) {
      this.#shown.set(token, this.#begin(token, told.title));
    }
    const shown = this.#shown.get(token);
    if (!shown) {
      return false;
    }
    if (told.kind === "end") {
      shown.end();
      this.#shown.delete(token);
      return false;
    }
    shown.tell(told);
    return true;
  }

  #begin(token: ProgressToken, title: string): Shown {
    const steps = new Steps();
    let end = () => {
      // Nothing is shown yet.
    };
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    let tell: Shown["tell"] = () => undefined;
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    void vscode.window.withProgress(options, (progress, cancelled) => {
      tell = (told) => {
        progress.report(steps.next(told));
      };
      cancelled.onCancellationRequested(() => {
        this.#cancel(token);
      });
      return ended;
    });
    return {
      tell: (told) => {
        tell(told);
      },
      end,
    };
  }
}
