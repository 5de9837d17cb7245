// Keeps huge documents away from the server: what was huge when it was opened stays unsent until it is closed.
import type * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { isHuge } from "../completion/documents";

export function syncMiddleware(
  log: vscode.LogOutputChannel,
): Pick<Middleware, "didOpen" | "didChange" | "didSave" | "didClose"> {
  const unsent = new Set<string>();
  return {
    didOpen: async (document, next) => {
      if (isHuge(document)) {
        log.info(`${document.uri.toString()} is too large for suggestions`);
        unsent.add(document.uri.toString());
      } else {
        await next(document);
      }
    },
    didChange: async (event, next) => {
      if (!unsent.has(event.document.uri.toString())) {
        await next(event);
      }
    },
    didSave: async (document, next) => {
      if (!unsent.has(document.uri.toString())) {
        await next(document);
      }
    },
    didClose: async (document, next) => {
      if (!unsent.delete(document.uri.toString())) {
        await next(document);
      }
    },
  };
}
