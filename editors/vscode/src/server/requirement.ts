// Says what pip is to install.

const NAME = "aigc-lsp[cpu]";

/** The requirement for pip: from `url`, the address of a wheel or folder, else `source` as it is, else the released one. */
export function requirement(source: string, url: string | undefined): string {
  if (url !== undefined) {
    return `${NAME} @ ${url}`;
  }
  return source || NAME;
}
