// Asks Microsoft's Python extension for the selected environment. It is not a dependency: without it there is no answer.
import path from "node:path";
import * as vscode from "vscode";

/** The part of that extension's API that is used here. */
interface PythonApi {
  environments?: {
    getActiveEnvironmentPath?(resource?: vscode.Uri): { path: string } | undefined;
    resolveEnvironment?(environment: unknown): Promise<{ executable?: { uri?: vscode.Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath?: vscode.Event<unknown>;
  };
}

const EXTENSION = "ms-python.python";
/** Longer than it takes on a slow machine; after this the server is looked for elsewhere. */
const PATIENCE_MS = 15_000;

export class SelectedPython implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  /** Fires when the user selects another environment, once `interpreter` was asked for. */
  readonly onDidChange = this.#changed.event;
  #subscription: vscode.Disposable | undefined;

  get isExtensionInstalled(): boolean {
    return vscode.extensions.getExtension(EXTENSION) !== undefined;
  }

  /** The interpreter that is selected for the first workspace folder. Starts that extension, and may fail with its error. */
  async interpreter(): Promise<string | undefined> {
    return await inTime(this.#ask());
  }

  dispose(): void {
    this.#subscription?.dispose();
    this.#changed.dispose();
  }

  async #ask(): Promise<string | undefined> {
    const extension = vscode.extensions.getExtension<PythonApi | undefined>(EXTENSION);
    const environments = (await extension?.activate())?.environments;
    this.#subscription ??= environments?.onDidChangeActiveEnvironmentPath?.(() => {
      this.#changed.fire();
    });
    const active = environments?.getActiveEnvironmentPath?.(vscode.workspace.workspaceFolders?.[0]?.uri);
    if (!environments || !active) {
      return undefined;
    }
    const resolved = await environments.resolveEnvironment?.(active);
    const executable = resolved?.executable?.uri?.fsPath ?? active.path;
    return path.isAbsolute(executable) ? executable : undefined;
  }
}

async function inTime<R>(answer: Promise<R>): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error("it does not answer"));
    }, PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
