// Collects the licences of what is bundled: most of them want to be passed on with the code.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The text for a file beside the bundle, from esbuild's list of what went into it. */
export function thirdPartyLicenses(metafile) {
  const roots = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const found = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input);
    if (found) {
      roots.add(found[0]);
    }
  }
  const parts = [...roots].sort().map((root) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const file = readdirSync(root).find((each) => /^licen[cs]e(\.(md|txt))?$/i.test(each));
    if (!file || !existsSync(join(root, file))) {
      throw new Error(`${name} ${version} (${license}) has no licence file`);
    }
    return `${name} ${version} (${license})\n\n${readFileSync(join(root, file), "utf8").trim()}\n`;
  });
  return `This extension contains the following packages.\n\n${parts.join("\n----\n\n")}`;
}
