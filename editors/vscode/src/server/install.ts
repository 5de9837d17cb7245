// Installs the server into an environment of this extension's own: python -m venv, then pip.
import { rm, stat } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import * as vscode from "vscode";
import { type Locator, scriptsFolder, searchPath } from "./locate";
import { run } from "./process";
import { candidateNames, isNewEnough, OLDEST, parseVersion, VERSION_SCRIPT } from "./pythonVersion";
import { requirement } from "./requirement";
import { executableName, isExecutable, which } from "./which";

/** Isolated: neither the current folder nor PYTHON* variables choose what is imported. */
const ISOLATED = "-I";

type Progress = vscode.Progress<{ message: string }>;

class Cancelled extends Error {}

export class Installer {
  readonly #log: vscode.LogOutputChannel;
  readonly #locator: Locator;
  #running: Promise<void> | undefined;

  constructor(log: vscode.LogOutputChannel, locator: Locator) {
    this.#log = log;
    this.#locator = locator;
  }

  /** Install, showing progress, and tell the user where it fails. A second call joins the first. */
  install(): Promise<void> {
    this.#running ??= this.#install().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #install(): Promise<void> {
    try {
      await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title: "aigc-lsp: installing the server", cancellable: true },
        (progress, token) => this.#steps(progress, token),
      );
    } catch (error) {
      if (!(error instanceof Cancelled)) {
        void this.#tell(error instanceof Error ? error.message : String(error));
      }
    }
  }

  async #tell(message: string): Promise<void> {
    this.#log.error(message);
    const choice = await vscode.window.showErrorMessage(`aigc-lsp: ${message}`, "Show Log", "Try Again");
    if (choice === "Show Log") {
      this.#log.show(true);
    } else if (choice === "Try Again") {
      await vscode.commands.executeCommand("aigc-lsp.installServer");
    }
  }

  async #steps(progress: Progress, token: vscode.CancellationToken): Promise<void> {
    const folder = this.#locator.ownEnvironment;
    const python = path.join(folder, scriptsFolder(), executableName("python"));
    // An environment that is there is brought up to date in place: if that fails, what worked before still works.
    const isNew = !(await this.#isUsable(python));
    try {
      if (isNew) {
        await this.#makeEnvironment(folder, progress, token);
      }
      await this.#pip(python, progress, token);
    } catch (error) {
      if (isNew) {
        await remove(folder).catch((fault: unknown) => {
          this.#log.warn(`${folder} could not be removed: ${String(fault)}`);
        });
      }
      throw error;
    }
  }

  async #makeEnvironment(folder: string, progress: Progress, token: vscode.CancellationToken): Promise<void> {
    progress.report({ message: "looking for Python" });
    const python = await this.#python();
    if (!python) {
      throw new Error(`No Python ${OLDEST.join(".")} or newer is on PATH. Install it, then try again.`);
    }
    progress.report({ message: "making an environment" });
    await remove(folder);
    await this.#run(python, [ISOLATED, "-m", "venv", folder], "Python could not make an environment", token);
  }

  async #pip(python: string, progress: Progress, token: vscode.CancellationToken): Promise<void> {
    const source = vscode.workspace.getConfiguration("aigc").get<string>("server.installSource", "").trim();
    const wanted = requirement(
      source,
      source !== "" && (await exists(source)) ? pathToFileURL(source).href : undefined,
    );
    const options = ["--upgrade", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"];
    progress.report({ message: "pip downloads and installs; this takes a few minutes" });
    await this.#run(
      python,
      [ISOLATED, "-m", "pip", "install", ...options, wanted],
      `pip could not install ${wanted}`,
      token,
      (line) => {
        progress.report({ message: line.length > 80 ? `${line.slice(0, 79)}…` : line });
      },
    );
  }

  async #python(): Promise<string | undefined> {
    const lookup = searchPath();
    for (const name of candidateNames(lookup.windows)) {
      const file = await which(name, lookup);
      if (file !== undefined && (await this.#isUsable(file))) {
        return file;
      }
    }
    return undefined;
  }

  async #isUsable(python: string): Promise<boolean> {
    if (!(await isExecutable(python))) {
      return false;
    }
    const { output } = await run(python, [ISOLATED, "-c", VERSION_SCRIPT], { timeoutMs: 20_000 }).catch(() => ({
      output: "",
    }));
    const version = parseVersion(output);
    this.#log.info(`${python}: ${version ? `Python ${version.join(".")}` : "no answer"}`);
    return version !== undefined && isNewEnough(version);
  }

  async #run(
    command: string,
    args: string[],
    failure: string,
    token: vscode.CancellationToken,
    onLine?: (line: string) => void,
  ): Promise<void> {
    this.#log.info(`${command} ${args.join(" ")}`);
    const result = await run(command, args, {
      token,
      onLine: (line) => {
        this.#log.info(line);
        onLine?.(line);
      },
    });
    if (result.cancelled) {
      throw new Cancelled();
    }
    if (result.code !== 0) {
      const lines = result.output.split("\n").filter((line) => line.trim() !== "");
      const reason =
        lines.findLast((line) => /^error\b/i.test(line)) ?? lines.at(-1) ?? `status ${String(result.code)}`;
      throw new Error(`${failure}: ${reason.replace(/^error:? */i, "")}`);
    }
  }
}

/** Remove a folder, though something may still be writing into it for a moment. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

async function exists(file: string): Promise<boolean> {
  return (
    path.isAbsolute(file) &&
    (await stat(file).then(
      () => true,
      () => false,
    ))
  );
}
