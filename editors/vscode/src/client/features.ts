// Our own changes to what the language client does by itself.
import type { ClientCapabilities, DynamicFeature, FeatureState, StaticFeature } from "vscode-languageclient/node";
import { ANNOUNCED } from "../protocol";

/**
 * Features of the language client that are left out: ghost text has a provider of its own here, and the completion
 * menu is left to other servers.
 */
const LEFT_OUT = new Set(["textDocument/inlineCompletion", "textDocument/completion"]);

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the language client's own type for any feature
export function isLeftOut(feature: StaticFeature | DynamicFeature<any>): boolean {
  return "registrationType" in feature && LEFT_OUT.has(feature.registrationType.method);
}

/** Announces ghost text, and what we add to LSP. */
export class Announcement implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.textDocument = { ...capabilities.textDocument, inlineCompletion: { dynamicRegistration: false } };
    const experimental = (capabilities.experimental ?? {}) as Record<string, unknown>;
    capabilities.experimental = { ...experimental, aigc: ANNOUNCED };
  }

  initialize(): void {
    // Nothing depends on what the server can do.
  }

  getState(): FeatureState {
    return { kind: "static" };
  }

  clear(): void {
    // Nothing is held.
  }
}
