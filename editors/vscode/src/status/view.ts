// What the status bar shows for each situation. Knows no editor.
import type { Status } from "../protocol";
import type { Phase } from "../server/phase";

export interface Situation {
  phase: Phase;
  /** What the server said last, while it runs. */
  status: Status | undefined;
  /** The language of the active editor where suggestions are switched off for it. */
  languageOff: string | undefined;
  trusted: boolean;
  /** Milliseconds since 1970. */
  now: number;
}

export type Severity = "none" | "warning" | "error";

export interface View {
  text: string;
  severity: Severity;
  /** For the tooltip and for screen readers: what is the matter, and what to do next. */
  headline: string;
  details: string[];
}

const NAME = "AIGC";
const BUSY = "$(loading~spin)";

export function view(situation: Situation): View {
  const { phase } = situation;
  switch (phase.kind) {
    case "stopped":
      return { text: `$(circle-slash) ${NAME}`, severity: "none", headline: "The server is stopped.", details: [] };
    case "starting":
      return { text: `${BUSY} ${NAME}`, severity: "none", headline: "The server starts.", details: [] };
    case "installing":
      return { text: `${BUSY} ${NAME}`, severity: "none", headline: "The server is being installed.", details: [] };
    case "missing":
      return {
        text: `$(cloud-download) ${NAME}`,
        severity: "warning",
        headline: "The server is not installed. Click to install it.",
        details: [],
      };
    case "misconfigured":
      return { text: `$(error) ${NAME}`, severity: "error", headline: phase.reason, details: [] };
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((phase.until - situation.now) / 1000));
      const headline = `The server ended. It is started again in ${seconds} s; click to restart it now.`;
      return { text: `$(error) ${NAME}`, severity: "error", headline, details: [phase.reason] };
    }
    case "running":
      return running(situation);
  }
}

function running(situation: Situation): View {
  const { status } = situation;
  const details = describe(status);
  if (!situation.trusted) {
    details.push("Restricted Mode: settings of this workspace are not read, and nothing in it is run.");
  }
  const make = (icon: string, headline: string, severity: Severity = "none", suffix = ""): View => ({
    text: `${icon} ${NAME}${suffix}`,
    severity,
    headline: headline.trim(),
    details,
  });
  const said = status?.message ?? "";
  const model = status?.model ?? "The model";
  if (!status) {
    return make(BUSY, "The server runs; nothing is known of the model yet.");
  }
  if (status.missingModel != null && status.state !== "downloading") {
    const missing = `The model ${status.missingModel} is not on this machine. Click to download it.`;
    return make("$(cloud-download)", missing, "warning");
  }
  if (status.kind === "Error" || status.state === "failed") {
    return make("$(error)", said || "The engine failed.", "error");
  }
  const percentage = status.percentage ?? undefined;
  switch (status.state) {
    case "downloading":
      return make(BUSY, said || `${model} is being downloaded.`, "none", percent(percentage));
    case "starting":
    case "loading":
      return make(BUSY, loading(said, model), "none", percent(percentage));
    case "off":
      return make("$(circle-slash)", said || "Suggestions are off.");
    case "snoozed":
      return make("$(bell-slash)", `Suggestions are snoozed${until(status.snoozedUntil)}.`);
  }
  if (status.kind === "Warning") {
    return make("$(warning)", said || "Something is not right.", "warning");
  }
  if (status.busy === true || status.state === "stopping") {
    return make(BUSY, said || "The engine is busy.", "none", percent(percentage));
  }
  if (situation.languageOff !== undefined) {
    return make("$(circle-slash)", `Suggestions are off for ${situation.languageOff}.`);
  }
  const icon = situation.trusted ? "$(sparkle)" : "$(workspace-untrusted)";
  if (status.state === "unloaded" || status.state === "absent") {
    return make(icon, said || `${model} rests; it is loaded when you type.`);
  }
  return make(icon, said || `${model} is ready.`);
}

/** A sentence as it is; a mere step of the engine's work as a part of one. */
function loading(said: string, model: string): string {
  if (/^[A-Z].*[.…]$/.test(said)) {
    return said;
  }
  return said === "" ? `${model} is being loaded.` : `${model} is being loaded: ${said}.`;
}

function describe(status: Status | undefined): string[] {
  return [
    ...(status?.model == null ? [] : [`Model: ${status.model}`]),
    ...(status?.runtime == null ? [] : [`Runtime: ${status.runtime}`]),
  ];
}

function percent(value: number | undefined): string {
  return value === undefined ? "" : ` ${Math.round(value)}%`;
}

function until(seconds: number | null | undefined): string {
  if (seconds == null) {
    return "";
  }
  const time = new Date(seconds * 1000);
  return ` until ${String(time.getHours()).padStart(2, "0")}:${String(time.getMinutes()).padStart(2, "0")}`;
}
