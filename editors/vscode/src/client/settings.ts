// Chooses which of the editor's settings the server is told: those that the user set, never defaults.

/** What VS Code knows of one setting; the shape of `WorkspaceConfiguration.inspect`. */
export interface Inspected {
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

/** A setting as package.json declares it. */
export interface Declared {
  scope?: string;
}

const SECTION = "aigc.";
/** Groups that choose what is run or connected to: a workspace never decides them, whatever package.json says. */
const USERS_OWN = new Set(["engine", "plugins", "log"]);
const USERS_SCOPES = new Set(["machine", "application"]);

/** The settings of the server, in package.json's block that is generated from the server's own description of them. */
export function declaredSettings(packageJson: unknown): Record<string, Declared> {
  const blocks = property(property(packageJson, "contributes"), "configuration");
  const block = Array.isArray(blocks)
    ? (blocks as unknown[]).find((each) => property(each, "id") === "server")
    : undefined;
  return (property(block, "properties") ?? {}) as Record<string, Declared>;
}

/** The section `aigc` for the server, nested as its groups are; a workspace that is not trusted decides nothing. */
export function explicitSettings(
  declared: Record<string, Declared>,
  trusted: boolean,
  inspect: (key: string) => Inspected | undefined,
): Record<string, Record<string, unknown>> {
  const section: Record<string, Record<string, unknown>> = {};
  for (const [key, declaration] of Object.entries(declared)) {
    const [group, name] = split(key);
    if (group === undefined || name === undefined) {
      continue;
    }
    const value = effective(inspect(key), trusted && workspaceMayDecide(group, declaration));
    if (value !== undefined) {
      (section[group] ??= {})[name] = value;
    }
  }
  return section;
}

export function workspaceMayDecide(group: string, declaration: Declared): boolean {
  return !USERS_OWN.has(group) && !USERS_SCOPES.has(declaration.scope ?? "window");
}

function effective(found: Inspected | undefined, workspaceToo: boolean): unknown {
  const values = [found?.globalValue, ...(workspaceToo ? [found?.workspaceValue, found?.workspaceFolderValue] : [])];
  return values.reduce((below, above) =>
    isObject(below) && isObject(above) ? { ...below, ...above } : (above ?? below),
  );
}

function split(key: string): [string | undefined, string | undefined] {
  if (!key.startsWith(SECTION)) {
    return [undefined, undefined];
  }
  const [group, ...rest] = key.slice(SECTION.length).split(".");
  return [group, rest.length > 0 ? rest.join(".") : undefined];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function property(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}
