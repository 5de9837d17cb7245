// Ghost text: asks the server, hands its answer to the editor, and notes what is shown.
import * as vscode from "vscode";
import { type InlineCompletionItem, InlineCompletionRequest, type LanguageClient } from "vscode-languageclient/node";
import type { ServerLife } from "../client/client";
import { Method } from "../protocol";
import { isHuge } from "./documents";
import { type Ledger, type Offer } from "./ledger";
import { textTo } from "./position";

type ServerOffer = Offer<InlineCompletionItem>;

/** The command of each item: tells the server, and this extension, that the user took it. */
export const ACCEPTED = "aigc-lsp.accepted";

export class GhostText implements vscode.InlineCompletionItemProvider {
  readonly #life: () => ServerLife | undefined;
  readonly #ledger: Ledger<InlineCompletionItem>;
  readonly #log: vscode.LogOutputChannel;

  constructor(life: () => ServerLife | undefined, ledger: Ledger<InlineCompletionItem>, log: vscode.LogOutputChannel) {
    this.#life = life;
    this.#ledger = ledger;
    this.#log = log;
  }

  async provideInlineCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[] | undefined> {
    const life = this.#life();
    if (!life || isHuge(document)) {
      return undefined;
    }
    const items = await this.#ask(life.language, document, position, context, token);
    if (token.isCancellationRequested || items.length === 0) {
      return undefined;
    }
    const offers = items.map((item) => this.#ledger.known(asOffer(document, position, item)));
    if (offers[0]) {
      this.#noteWhenShown(life.language, document, position, offers[0]);
    }
    return offers.map(({ item }) => asEditorItem(life.language, item, position));
  }

  async #ask(
    client: LanguageClient,
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<InlineCompletionItem[]> {
    try {
      // The converter writes LSP's trigger kinds: 1 invoked, 2 automatic; the editor's are 0 and 1.
      const params = client.code2ProtocolConverter.asInlineCompletionParams(document, position, context);
      const result = await client.sendRequest(InlineCompletionRequest.type, params, token);
      return Array.isArray(result) ? result : (result?.items ?? []);
    } catch (error) {
      // Taken back, overtaken by a newer request, or the server is gone: in each case there is nothing to show.
      this.#log.trace(`No suggestion: ${String(error)}`);
      return [];
    }
  }

  /** The editor shows an item only if the cursor is still there once it has the answer. */
  #noteWhenShown(
    client: LanguageClient,
    document: vscode.TextDocument,
    position: vscode.Position,
    offer: ServerOffer,
  ): void {
    const version = document.version;
    setImmediate(() => {
      const editor = vscode.window.activeTextEditor;
      if (editor?.document !== document || document.version !== version || !editor.selection.active.isEqual(position)) {
        return;
      }
      const shown = this.#ledger.offered(offer, textTo(document, position));
      if (shown !== undefined) {
        client.sendNotification(Method.didShow, { item: shown }).catch(() => undefined);
      }
    });
  }
}

function asOffer(document: vscode.TextDocument, position: vscode.Position, item: InlineCompletionItem): ServerOffer {
  const anchor = item.range?.start ?? { line: position.line, character: position.character };
  const text = typeof item.insertText === "string" ? item.insertText : item.insertText.value;
  const argument = item.command?.arguments?.[0] as { id?: unknown } | undefined;
  const uri = document.uri.toString();
  const id =
    argument?.id === undefined ? `${uri}:${anchor.line}:${anchor.character}:${text}` : JSON.stringify(argument.id);
  return { uri, anchor, text, id, item };
}

function asEditorItem(
  client: LanguageClient,
  item: InlineCompletionItem,
  position: vscode.Position,
): vscode.InlineCompletionItem {
  const text = typeof item.insertText === "string" ? item.insertText : new vscode.SnippetString(item.insertText.value);
  const range = item.range ? client.protocol2CodeConverter.asRange(item.range) : new vscode.Range(position, position);
  const result = new vscode.InlineCompletionItem(text, range, {
    title: "Suggestion accepted",
    command: ACCEPTED,
    arguments: item.command ? [item.command] : [],
  });
  if (item.filterText !== undefined) {
    result.filterText = item.filterText;
  }
  return result;
}
