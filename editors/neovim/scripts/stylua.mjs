// Formats the Lua files with StyLua's WebAssembly build, which npm installs without a download from elsewhere.
// `node stylua.mjs --check FILE…` lists files that are not formatted and fails; without --check it formats them.
import { readFileSync, writeFileSync } from "node:fs";
import { Config, IndentType, OutputVerification, QuoteStyle, formatCode } from "@johnnymorganz/stylua";

// The keys of stylua.toml that are used here; another one is a mistake, not something to pass over.
const KNOWN = {
  column_width: Number,
  indent_type: (value) => IndentType[value],
  indent_width: Number,
  quote_style: (value) => QuoteStyle[value],
};

function configuration() {
  const config = Config.new();
  for (const line of readFileSync(new URL("../stylua.toml", import.meta.url), "utf8").split("\n")) {
    if (!line.trim()) continue;
    const [key, value] = line.split("=").map((part) => part.trim().replaceAll('"', ""));
    if (!(key in KNOWN)) throw new Error(`stylua.toml: ${key} is not known to scripts/stylua.mjs`);
    config[key] = KNOWN[key](value);
  }
  return config;
}

const check = process.argv.includes("--check");
const files = process.argv.slice(2).filter((argument) => argument !== "--check");
if (!files.length) throw new Error("no files");
let wrong = 0;
for (const file of files) {
  const text = readFileSync(file, "utf8");
  const formatted = formatCode(text, configuration(), undefined, OutputVerification.Full);
  if (formatted === text) continue;
  wrong += 1;
  if (check) console.error(`${file} is not formatted`);
  else writeFileSync(file, formatted);
}
if (check && wrong) process.exit(1);
