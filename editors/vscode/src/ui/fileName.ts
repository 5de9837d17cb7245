// A title as the name of a tab.

const LONGEST = 60;

/** A file name without what would make folders, queries or empty names of it. */
export function fileName(title: string | undefined): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is taken out
  const name = (title ?? "").replace(/[\u0000-\u001f\u007f/\\?#]+/g, " ").trim();
  return name.slice(0, LONGEST).trim() || "aigc-lsp";
}
