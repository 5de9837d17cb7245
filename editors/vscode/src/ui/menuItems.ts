// Which entries the menu has in which situation. Knows no editor.
import type { Situation } from "../status/view";

export interface MenuItem {
  label: string;
  command: string;
  description?: string;
}

export interface MenuContext extends Situation {
  /** The language of the active editor. */
  language: string | undefined;
  /** Whether suggestions are on in the settings. */
  enabled: boolean;
}

/** Groups of entries, the most useful first. */
export function menuItems(context: MenuContext): MenuItem[][] {
  const { phase, status } = context;
  const groups: MenuItem[][] = [];
  if (phase.kind === "missing") {
    groups.push([item("$(cloud-download) Install Server", "installServer")]);
  }
  if (phase.kind === "waiting" || phase.kind === "misconfigured" || phase.kind === "stopped") {
    groups.push([
      item("$(debug-restart) Restart Server", "restartServer", "reason" in phase ? phase.reason : undefined),
    ]);
  }
  if (phase.kind === "running") {
    groups.push(...whileRunning(context));
  }
  groups.push([
    item("$(output) Show Log", "showLog"),
    ...(phase.kind === "missing"
      ? []
      : [item("$(output) Show Engine Log", "showEngineLog"), item("$(pulse) Run Doctor", "runDoctor")]),
    ...(phase.kind === "running"
      ? [
          ...(failed(context) ? [] : [item("$(debug-restart) Restart Engine", "restartEngine", status?.model)]),
          item("$(debug-restart) Restart Server", "restartServer"),
        ]
      : []),
  ]);
  groups.push([item("$(gear) Open Settings", "openSettings"), item("$(book) Open Walkthrough", "openWalkthrough")]);
  return groups;
}

function whileRunning(context: MenuContext): MenuItem[][] {
  const { status, language } = context;
  const first: MenuItem[] = [];
  if (status?.missingModel != null) {
    first.push(item("$(cloud-download) Download Model", "pullModel", status.missingModel));
  } else if (failed(context)) {
    first.push(item("$(debug-restart) Restart Engine", "restartEngine", status?.message));
  }
  first.push(item(context.enabled ? "$(circle-slash) Turn Suggestions Off" : "$(check) Turn Suggestions On", "toggle"));
  if (language !== undefined && context.enabled) {
    const off = context.languageOff !== undefined;
    first.push(
      item(
        off ? `$(check) Turn Suggestions On for ${language}` : `$(circle-slash) Turn Suggestions Off for ${language}`,
        "toggleLanguage",
      ),
    );
  }
  if (status?.state === "snoozed") {
    first.push(item("$(bell) End Snooze", "endSnooze"));
  } else if (context.enabled) {
    first.push(item("$(bell-slash) Snooze Suggestions…", "snooze"));
  }
  return [
    first,
    [
      ...(language === undefined ? [] : [item("$(lightbulb) Run Task…", "runTask")]),
      item("$(symbol-misc) Select Model or Adapter…", "selectModel", status?.model),
      item("$(graph) Show Counts of This Session", "showFeedback"),
    ],
  ];
}

function failed({ status }: MenuContext): boolean {
  return status?.state === "failed" && status.missingModel == null;
}

function item(label: string, command: string, description?: string | null): MenuItem {
  return { label, command: `aigc-lsp.${command}`, ...(description ? { description } : {}) };
}
