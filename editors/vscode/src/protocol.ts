// What our server and this extension say to each other beyond LSP; the project's docs/protocol.md explains it.

export const Method = {
  didChangeStatus: "didChangeStatus",
  didShow: "textDocument/didShowCompletion",
  didPartiallyAccept: "textDocument/didPartiallyAcceptCompletion",
  didFocus: "textDocument/didFocus",
  didChangeTrust: "aigc/didChangeWorkspaceTrust",
} as const;

/** Commands of the server, for `workspace/executeCommand`. Those of this extension begin with `aigc-lsp.`. */
export const ServerCommand = {
  getStatus: "aigc.getStatus",
  getModels: "aigc.getModels",
  useModel: "aigc.useModel",
  pullModel: "aigc.pullModel",
  restartEngine: "aigc.restartEngine",
  snooze: "aigc.snooze",
  getTasks: "aigc.getTasks",
  runTask: "aigc.runTask",
} as const;

/** What we announce as `capabilities.experimental.aigc`. */
export const ANNOUNCED = { status: true, ask: true, document: true, downloads: true } as const;

export interface Status {
  kind: "Normal" | "Warning" | "Error" | "Inactive";
  busy?: boolean;
  message?: string;
  state?: string;
  percentage?: number | null;
  model?: string | null;
  adapter?: string | null;
  runtime?: string | null;
  missingModel?: string | null;
  snoozedUntil?: number | null;
  feedback?: Feedback;
}

export interface Feedback {
  shown: number;
  accepted: number;
  partiallyAccepted: number;
}

export interface Model {
  name: string;
  title?: string | null;
  summary?: string | null;
  kind?: "model" | "adapter";
  installed?: boolean;
  active?: boolean;
}

export interface Models {
  models: Model[];
  adapters?: Model[];
}

/** One thing that a task wants to know before it runs. */
export interface Question {
  name: string;
  title?: string | null;
  kind: string;
  choices?: unknown;
  default?: unknown;
  placeholder?: string | null;
}

export interface Task {
  name: string;
  title?: string | null;
  kind?: string | null;
  /** What comes of it. */
  gives?: "edits" | "files" | "page";
  cost?: "instant" | "seconds" | "minutes";
  arguments?: Question[] | null;
}

export interface RunTask {
  task: string;
  uri: string;
  range: unknown;
  version?: number;
  diagnostics?: unknown;
  /** Where a long result is sent as it is written. */
  previewToken?: string;
  arguments?: Record<string, unknown>;
  ask?: Question[];
  /** For the user while it asks and runs; put in on this side, from the code action. */
  title?: string;
}

/** A long result so far; it replaces what was sent before. */
export interface Preview {
  text: string;
}

/** What belongs to a code action until it is resolved. */
export interface ActionData {
  uri?: unknown;
  version?: unknown;
}

export interface TextResult {
  title?: string;
  languageId?: string;
  text: string;
}

/** What a command may return; everything else in it is left alone. */
export interface CommandResult {
  message?: string | null;
  document?: TextResult | null;
}
