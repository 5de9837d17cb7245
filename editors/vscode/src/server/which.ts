// Looks up a command the way a shell would, but never relative to the current folder nor in folders that are not trusted.
import { access, constants, stat } from "node:fs/promises";
import path from "node:path";

export interface Lookup {
  /** The PATH variable. */
  path: string | undefined;
  windows: boolean;
  /** Folders in which nothing may be found: those of an untrusted workspace. */
  forbidden: readonly string[];
}

/** The folders of `PATH` in which a command may be looked for. */
export function searchFolders(lookup: Lookup): string[] {
  const flavour = lookup.windows ? path.win32 : path.posix;
  const folders = (lookup.path ?? "").split(flavour.delimiter).filter((folder) => flavour.isAbsolute(folder));
  return [...new Set(folders)].filter(
    (folder) => !lookup.forbidden.some((bad) => isInside(folder, bad, lookup.windows)),
  );
}

/** Whether `child` is `parent` or lies in it. */
export function isInside(child: string, parent: string, windows = process.platform === "win32"): boolean {
  const flavour = windows ? path.win32 : path.posix;
  const relative = flavour.relative(parent, child);
  return (
    relative === "" || (relative !== ".." && !relative.startsWith(".." + flavour.sep) && !flavour.isAbsolute(relative))
  );
}

/** The name of a command's file on this system. */
export function executableName(command: string, windows = process.platform === "win32"): string {
  return windows ? `${command}.exe` : command;
}

/** Whether a file is there and may be run. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** The full path of a command, or undefined. */
export async function which(command: string, lookup: Lookup): Promise<string | undefined> {
  for (const folder of searchFolders(lookup)) {
    const file = path.join(folder, executableName(command, lookup.windows));
    if (await isExecutable(file)) {
      return file;
    }
  }
  return undefined;
}
