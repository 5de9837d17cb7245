// Shows a long result beside the file while the model writes it, and leaves there what came of it in the end.
import type * as vscode from "vscode";
import type { ServerLife } from "../client/client";
import type { Task, TextResult } from "../protocol";
import type { TextViewer } from "../ui/documents";

/** Whether a task's result is worth watching: a text to read, or what takes minutes; other edits show up in the file. */
export function isWorthWatching(task: Pick<Task, "gives" | "cost"> | undefined): boolean {
  return task?.gives === "page" || task?.cost === "minutes";
}

type Viewer = Pick<TextViewer, "show" | "update" | "finish" | "close">;

let count = 0;

/** One running task's preview. It opens with the first text; all that is shown happens in this order. */
export class TaskPreview implements vscode.Disposable {
  readonly token: string;
  readonly #title: string;
  readonly #viewer: Viewer;
  readonly #listening: vscode.Disposable;
  #latest: string | undefined;
  #shown: Promise<vscode.Uri> | undefined;

  constructor(life: Pick<ServerLife, "onPreview">, viewer: Viewer, title: string) {
    count += 1;
    this.token = `aigc-preview-${count}`;
    this.#title = title;
    this.#viewer = viewer;
    this.#listening = life.onPreview(this.token, ({ text }) => void this.#receive(text));
  }

  /** Show the result in place of the preview; without a result, take the preview away: nobody checked its text. */
  async end(result: TextResult | undefined): Promise<void> {
    this.dispose();
    const uri = await this.#shown;
    if (uri !== undefined) {
      await (result ? this.#viewer.finish(uri, result) : this.#viewer.close(uri));
    } else if (result) {
      await this.#viewer.show(result);
    }
  }

  dispose(): void {
    this.#listening.dispose();
  }

  async #receive(text: string): Promise<void> {
    this.#latest = text;
    if (this.#shown === undefined) {
      this.#shown = this.#viewer.show({ title: this.#title, text }, { preserveFocus: true });
      return;
    }
    const uri = await this.#shown;
    if (this.#latest === text) {
      this.#viewer.update(uri, text); // else a newer one is on its way
    }
  }
}
