// The commands of the palette, each tied to the part that does the work.
import * as vscode from "vscode";
import { type Feedback, ServerCommand } from "./protocol";
import type { Installer } from "./server/install";
import type { Supervisor } from "./server/supervisor";
import type { Monitor } from "./status/monitor";
import type { ServerCommands } from "./tasks/commands";
import { showMenu } from "./ui/menu";
import type { ModelChooser } from "./ui/models";
import type { Reports } from "./ui/reports";
import { endSnooze, snooze } from "./ui/snooze";
import { toggleLanguage, toggleSuggestions } from "./ui/userSettings";

export interface Parts {
  extensionId: string;
  installer: Installer;
  log: vscode.LogOutputChannel;
  models: ModelChooser;
  monitor: Monitor;
  reports: Reports;
  server: ServerCommands;
  supervisor: Supervisor;
}

export function registerCommands(parts: Parts): vscode.Disposable {
  const { extensionId, installer, log, models, monitor, reports, server, supervisor } = parts;
  const handlers: Record<string, (argument?: unknown) => unknown> = {
    showMenu: () => showMenu(monitor),
    trigger: () => vscode.commands.executeCommand("editor.action.inlineSuggest.trigger"),
    // A keybinding may name a task: "args": "docstring".
    runTask: (name: unknown) => (typeof name === "string" ? server.runNamed(name) : server.pickTask()),
    editSelection: () => server.runNamed("edit"),
    writeDocstring: () => server.runNamed("docstring"),
    generateTests: () => server.runNamed("generate-tests"),
    explain: () => server.runNamed("explain"),
    selectModel: () => models.choose(),
    pullModel: () => models.pull(monitor.status?.missingModel ?? undefined),
    toggle: toggleSuggestions,
    toggleLanguage,
    snooze: () => snooze(server),
    endSnooze: () => endSnooze(server),
    restartServer: () => supervisor.refresh({ always: true }),
    restartEngine: () => server.run(ServerCommand.restartEngine, []),
    installServer: () => install(installer, supervisor),
    showLog: () => {
      log.show();
    },
    showEngineLog: () => reports.engineLog(),
    runDoctor: () => reports.doctor(),
    showFeedback: () => showFeedback(server),
    openWalkthrough: () => vscode.commands.executeCommand("workbench.action.openWalkthrough", `${extensionId}#start`),
    openSettings: () => vscode.commands.executeCommand("workbench.action.openSettings", `@ext:${extensionId}`),
  };
  return vscode.Disposable.from(
    ...Object.entries(handlers).map(([name, handler]) => vscode.commands.registerCommand(`aigc-lsp.${name}`, handler)),
  );
}

/** Install the server and start it; one that runs from there is stopped first. */
async function install(installer: Installer, supervisor: Supervisor): Promise<void> {
  await supervisor.stop({ kind: "installing" });
  await installer.install();
  await supervisor.restart();
}

async function showFeedback(server: ServerCommands): Promise<void> {
  const feedback = (await server.ask<{ feedback?: Feedback }>(ServerCommand.getStatus))?.feedback;
  if (feedback) {
    const { shown, accepted, partiallyAccepted } = feedback;
    void vscode.window.showInformationMessage(
      `aigc-lsp, this session: ${shown} suggestions shown, ${accepted} accepted, ${partiallyAccepted} accepted in part. ` +
        "The counts stay on this machine.",
    );
  }
}
