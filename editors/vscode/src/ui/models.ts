// Switching model or adapter, and downloading one.
import * as vscode from "vscode";
import { type Model, type Models, ServerCommand, type Status } from "../protocol";
import type { ServerCommands } from "../tasks/commands";
import { updateUserSetting } from "./userSettings";

interface Entry extends vscode.QuickPickItem {
  model?: Model;
}

export class ModelChooser {
  readonly #commands: ServerCommands;
  /** The models that were offered for download in this session: once each. */
  readonly #offered = new Set<string>();

  constructor(commands: ServerCommands) {
    this.#commands = commands;
  }

  async choose(): Promise<void> {
    const listed = await this.#commands.ask<Models>(ServerCommand.getModels);
    if (!listed) {
      return;
    }
    const picked = await vscode.window.showQuickPick(entries(listed), {
      title: "aigc-lsp: Select Model or Adapter",
      placeHolder: "The choice holds for all windows of this machine",
      matchOnDescription: true,
      matchOnDetail: true,
    });
    if (picked?.model) {
      await this.#use(picked.model);
    }
  }

  /** Download a model, or the one in the settings; the server shows how far it is. Resolves to whether it is here now. */
  async pull(name: string | undefined): Promise<boolean> {
    const argument = name === undefined ? [] : [{ model: name }];
    return (await this.#commands.run(ServerCommand.pullModel, argument)) !== undefined;
  }

  /** Offer to download the model that is missing, once. */
  async offer(status: Status): Promise<void> {
    const name = status.missingModel;
    if (name == null || status.state === "downloading" || this.#offered.has(name)) {
      return;
    }
    this.#offered.add(name);
    const listed = await this.#commands.call<Models>(ServerCommand.getModels).catch(() => undefined);
    const model = listed?.models.find((each) => each.name === name);
    const summary = model?.summary ? ` (${model.summary})` : "";
    const choice = await vscode.window.showInformationMessage(
      `aigc-lsp: download the model ${model?.title ?? name}${summary}? Suggestions need it.`,
      "Download",
      "Choose Another",
    );
    if (choice === "Download") {
      await this.pull(name);
    } else if (choice === "Choose Another") {
      await this.choose();
    }
  }

  async #use(model: Model): Promise<void> {
    if (model.kind === "adapter") {
      await this.#commands.run(ServerCommand.useModel, [{ adapter: model.name }]);
      return;
    }
    if (model.installed === false) {
      const choice = await vscode.window.showInformationMessage(
        `Download ${model.title ?? model.name}?`,
        { modal: true, detail: model.summary ?? "" },
        "Download",
      );
      if (choice === undefined || !(await this.pull(model.name))) {
        return;
      }
    }
    const result = await this.#commands.run(ServerCommand.useModel, [{ model: model.name }]);
    if (result !== undefined) {
      await updateUserSetting("engine.model", model.name);
    }
  }
}

function entries(listed: Models): Entry[] {
  const group = (label: string, models: readonly Model[]): Entry[] =>
    models.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...models.map(entry)];
  const here = listed.models.filter((model) => model.installed !== false);
  const elsewhere = listed.models.filter((model) => model.installed === false);
  return [...group("Models", here), ...group("Adapters", listed.adapters ?? []), ...group("To download", elsewhere)];
}

function entry(model: Model): Entry {
  return {
    label: `${model.active === true ? "$(check) " : model.installed === false ? "$(cloud-download) " : ""}${model.title ?? model.name}`,
    description: model.active === true ? "in use" : model.name,
    detail: model.summary ?? "",
    model,
  };
}
