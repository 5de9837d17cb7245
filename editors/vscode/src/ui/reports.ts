// Shows what the server's own command line reports: the doctor and the engine's log.
import * as vscode from "vscode";
import type { Locator } from "../server/locate";
import { run } from "../server/process";
import type { TextViewer } from "./documents";
import { showError } from "./messages";
import { offerInstallation } from "./offerInstallation";

export class Reports {
  readonly #locator: Locator;
  readonly #viewer: TextViewer;
  readonly #log: vscode.LogOutputChannel;

  constructor(locator: Locator, viewer: TextViewer, log: vscode.LogOutputChannel) {
    this.#locator = locator;
    this.#viewer = viewer;
    this.#log = log;
  }

  async doctor(): Promise<void> {
    await this.#report("aigc-lsp doctor", ["doctor"]);
  }

  async engineLog(): Promise<void> {
    await this.#report("aigc-lsp engine log", ["engine", "logs", "--lines", "1000"]);
  }

  async #report(title: string, args: string[]): Promise<void> {
    try {
      const command = (await this.#locator.find())?.command;
      if (command === undefined) {
        await offerInstallation();
        return;
      }
      const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
      const environment = { NO_COLOR: "1", COLUMNS: "120" };
      const result = await vscode.window.withProgress(options, (_progress, token) =>
        run(command, args, { token, environment }),
      );
      if (!result.cancelled) {
        await this.#viewer.show(
          { title, languageId: "log", text: result.output || "Nothing was printed.\n" },
          { beside: false },
        );
      }
    } catch (error) {
      await showError(this.#log, title, error);
    }
  }
}
