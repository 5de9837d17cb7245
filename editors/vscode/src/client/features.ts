// Our own changes to what the language client does by itself.
import type {
  ClientCapabilities,
  DynamicFeature,
  FeatureState,
  ServerCapabilities,
  StaticFeature,
} from "vscode-languageclient/node";
import { ANNOUNCED } from "../protocol";

/**
 * Features of the language client that are left out: ghost text has a provider of its own here, commands outlive the
 * server (the language client's come and go with it), and the completion menu is left to other servers.
 */
const LEFT_OUT = new Set(["textDocument/inlineCompletion", "textDocument/completion", "workspace/executeCommand"]);

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the language client's own type for any feature
export function isLeftOut(feature: StaticFeature | DynamicFeature<any>): boolean {
  return "registrationType" in feature && LEFT_OUT.has(feature.registrationType.method);
}

/** Announces what is left out above but done here, and what we add to LSP. */
export class OwnFeatures implements StaticFeature {
  readonly #onCommands: (names: readonly string[]) => void;

  /** `onCommands` takes the names of the server's commands, each time that a server starts. */
  constructor(onCommands: (names: readonly string[]) => void) {
    this.#onCommands = onCommands;
  }

  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.textDocument = { ...capabilities.textDocument, inlineCompletion: { dynamicRegistration: false } };
    capabilities.workspace = { ...capabilities.workspace, executeCommand: { dynamicRegistration: false } };
    const experimental = (capabilities.experimental ?? {}) as Record<string, unknown>;
    capabilities.experimental = { ...experimental, aigc: ANNOUNCED };
  }

  initialize(capabilities: ServerCapabilities): void {
    this.#onCommands(capabilities.executeCommandProvider?.commands ?? []);
  }

  getState(): FeatureState {
    return { kind: "static" };
  }

  clear(): void {
    // Nothing is held.
  }
}
