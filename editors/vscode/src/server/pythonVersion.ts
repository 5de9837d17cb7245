// Which Pythons can run the server, told from what they print about themselves.

export const OLDEST: readonly [number, number] = [3, 11];

/** Printed by Python, read by `parseVersion`. */
export const VERSION_SCRIPT = "import sys; print('python %d.%d' % sys.version_info[:2])";

/** The names under which Pythons are looked for, the newest first; the plain names last. */
export function candidateNames(windows: boolean): string[] {
  const numbered = [15, 14, 13, 12, 11].map((minor) => `python3.${minor}`);
  return windows ? ["python", "python3"] : ["python3", ...numbered, "python"];
}

export function parseVersion(output: string): [number, number] | undefined {
  const found = /^python (\d+)\.(\d+)$/m.exec(output);
  return found ? [Number(found[1]), Number(found[2])] : undefined;
}

export function isNewEnough(version: readonly [number, number]): boolean {
  return version[0] > OLDEST[0] || (version[0] === OLDEST[0] && version[1] >= OLDEST[1]);
}
