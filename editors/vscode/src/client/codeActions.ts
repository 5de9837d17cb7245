// Code actions on their way between editor and server: they know what the user chose, and why nothing came of it.
import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { type ActionData, ServerCommand } from "../protocol";
import { Refusal } from "../ui/failures";
import { showFailure } from "../ui/messages";

/** Let the command of a task know what the user chose, for the heading of its questions. */
function nameTask(command: vscode.Command | undefined, title: string): void {
  const argument: unknown = command?.arguments?.[0];
  if (command?.command === ServerCommand.runTask && typeof argument === "object" && argument !== null) {
    Object.assign(argument, { title });
  }
}

/** Whether the text is no longer the one that an action was offered for: VS Code itself does not compare versions. */
function isStale(action: vscode.CodeAction): boolean {
  const { uri, version } = ((action as { data?: unknown }).data ?? {}) as ActionData;
  const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === toUri(uri));
  return typeof version === "number" && document?.version !== version;
}

function toUri(uri: unknown): string | undefined {
  return typeof uri === "string" ? vscode.Uri.parse(uri).toString() : undefined;
}

export function codeActionMiddleware(
  log: vscode.LogOutputChannel,
): Pick<Middleware, "provideCodeActions" | "provideCodeLenses" | "resolveCodeAction"> {
  return {
    provideCodeActions: async (document, range, context, token, next) => {
      const actions = await next(document, range, context, token);
      for (const action of actions ?? []) {
        nameTask(typeof action.command === "string" ? (action as vscode.Command) : action.command, action.title);
      }
      return actions;
    },
    provideCodeLenses: async (document, token, next) => {
      const lenses = await next(document, token);
      for (const lens of lenses ?? []) {
        nameTask(lens.command, lens.command?.title ?? "");
      }
      return lenses;
    },
    // An action without an edit does nothing: so is one that could not be resolved, after the user was told.
    resolveCodeAction: async (action, token, next) => {
      try {
        const resolved = await next(action, token);
        if (!isStale(action)) {
          return resolved;
        }
        showFailure(log, action.title, new Refusal("the text changed while the task ran; start it again"));
      } catch (error) {
        showFailure(log, action.title, error);
      }
      return action;
    },
  };
}
