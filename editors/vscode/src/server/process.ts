// Runs a command to its end and collects what it prints; it can be cancelled. Never uses a shell.
import { type ChildProcess, spawn } from "node:child_process";
import { homedir } from "node:os";
import readline from "node:readline";

export interface Result {
  code: number | null;
  output: string;
  cancelled: boolean;
}

/** What of vscode's CancellationToken is needed here. */
export interface Cancellation {
  readonly isCancellationRequested: boolean;
  onCancellationRequested(listener: () => void): { dispose(): void };
}

export interface RunOptions {
  token?: Cancellation;
  onLine?: (line: string) => void;
  environment?: NodeJS.ProcessEnv;
  timeoutMs?: number;
}

const KILL_AFTER_MS = 3_000;
const GROUPS = process.platform !== "win32";

/** Run a command in the home folder. Standard output and error come as one text. Rejects where it cannot be started. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: homedir(),
      env: { ...process.env, ...options.environment },
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
      detached: GROUPS, // a process group of its own, which is ended as a whole
    });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      readline.createInterface({ input: stream, crlfDelay: Infinity }).on("line", (line) => {
        lines.push(line);
        options.onLine?.(line);
      });
    }
    let cancelled = false;
    const stop = () => {
      cancelled = true;
      kill(child, "SIGTERM");
      setTimeout(() => {
        kill(child, "SIGKILL");
      }, KILL_AFTER_MS).unref();
    };
    const subscription = options.token?.onCancellationRequested(stop);
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(stop, options.timeoutMs);
    if (options.token?.isCancellationRequested) {
      stop();
    }
    const finish = () => {
      subscription?.dispose();
      clearTimeout(timer);
    };
    child.once("error", (error) => {
      finish();
      reject(error);
    });
    child.once("close", (code) => {
      finish();
      resolve({ code, output: lines.join("\n"), cancelled });
    });
  });
}

/** End a process and what it started. */
function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (!GROUPS || child.pid === undefined) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}
