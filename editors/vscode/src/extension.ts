// Composes the extension: what each part does is said at its top.
import * as vscode from "vscode";
import type { InlineCompletionItem } from "vscode-languageclient/node";
import { watchFocus } from "./client/focus";
import { middleware } from "./client/middleware";
import { WorkNotifications } from "./client/progress";
import { watchTrust } from "./client/trust";
import { registerCommands } from "./commands";
import { registerAcceptance } from "./completion/acceptance";
import { SELECTOR } from "./completion/documents";
import { Ledger } from "./completion/ledger";
import { GhostText } from "./completion/provider";
import { Method, type Status } from "./protocol";
import { Installer } from "./server/install";
import { Locator } from "./server/locate";
import { SelectedPython } from "./server/pythonEnvironment";
import { Supervisor } from "./server/supervisor";
import { Monitor } from "./status/monitor";
import { ServerCommands } from "./tasks/commands";
import { CommandRegistry } from "./tasks/registry";
import { TextViewer } from "./ui/documents";
import { ModelChooser } from "./ui/models";
import { offerInstallation } from "./ui/offerInstallation";
import { Reports } from "./ui/reports";

/** Settings that decide what is started. */
const STARTS = ["aigc.server.path", "aigc.server.arguments"];

let running: Supervisor | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("aigc-lsp", { log: true });
  const python = new SelectedPython();
  const locator = new Locator(log, context.globalStorageUri, python);
  const viewer = new TextViewer();
  const life = () => supervisor.life;
  const server = new ServerCommands(life, viewer, log);
  const registry = new CommandRegistry(server, log);
  const work = new WorkNotifications((token) => {
    life()?.cancelWork(token);
  });
  const supervisor: Supervisor = new Supervisor(log, locator, {
    middleware: middleware(context.extension.packageJSON, log, work),
    onCommands: (names) => {
      registry.add(names);
    },
    notifications: {
      [Method.didChangeStatus]: (status: Status) => {
        monitor.receive(status);
      },
    },
  });
  running = supervisor;
  const monitor: Monitor = new Monitor(supervisor);
  const models = new ModelChooser(server);
  const installer = new Installer(log, locator);
  const reports = new Reports(locator, viewer, log);
  const ledger = new Ledger<InlineCompletionItem>();
  context.subscriptions.push(
    viewer,
    registry,
    monitor,
    supervisor,
    registerCommands({
      extensionId: context.extension.id,
      installer,
      log,
      models,
      monitor,
      reports,
      server,
      supervisor,
    }),
    registerAcceptance(life, ledger),
    vscode.languages.registerInlineCompletionItemProvider(SELECTOR, new GhostText(life, ledger, log)),
    work,
    supervisor.onDidChange((phase) => {
      if (phase.kind === "starting") {
        ledger.reset();
      }
      if (phase.kind !== "running") {
        work.clear();
      }
    }),
    python,
    python.onDidChange(() => void supervisor.refresh()),
    watchTrust(supervisor),
    watchFocus(life),
    monitor.onDidReceive((status) => void models.offer(status)),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (STARTS.some((setting) => event.affectsConfiguration(setting))) {
        void supervisor.refresh({ always: true });
      }
    }),
    log,
  );
  void startFirst(supervisor);
}

export async function deactivate(): Promise<void> {
  await running?.stop();
}

async function startFirst(supervisor: Supervisor): Promise<void> {
  await supervisor.restart();
  if (supervisor.phase.kind === "missing") {
    await offerInstallation();
  }
}
