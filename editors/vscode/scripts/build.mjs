// Bundles the extension into dist/extension.js; `--production` minifies it, `--watch` builds on each change.
import { writeFileSync } from "node:fs";
import esbuild from "esbuild";
import { thirdPartyLicenses } from "./licenses.mjs";

const production = process.argv.includes("--production");

/** @type {import("esbuild").BuildOptions} */
const options = {
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  mainFields: ["module", "main"],
  minify: production,
  sourcemap: !production,
  legalComments: "none",
  metafile: true,
  logLevel: "info",
};

if (process.argv.includes("--watch")) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  const { metafile } = await esbuild.build(options);
  writeFileSync("dist/THIRD-PARTY-LICENSES.txt", thirdPartyLicenses(metafile));
}
