// Hooks of node's loader: finds modules as bundlers do, and turns TypeScript and JSX into JavaScript with what the project has.
import { existsSync, readFileSync, statSync } from "node:fs";
import * as nodeModule from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const ENDINGS = [".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".cjs", ".json", "/index.ts", "/index.tsx", "/index.js"];
const SOURCE = /\.(?:[mc]?tsx?|jsx)$/;
const { createRequire, stripTypeScriptTypes: strip } = nodeModule; // not every node has the latter
let compile;

export function initialize({ folder }) {
  compile = compiler(createRequire(`${folder}/package.json`));
}

function compiler(require) {
  const found = (name, from = require) => {
    try {
      return from(name);
    } catch {
      return undefined;
    }
  };
  const vite = (() => {
    try {
      const path = require.resolve("vitest/package.json");
      return createRequire(createRequire(path).resolve("vite/package.json"));
    } catch {
      return undefined;
    }
  })();
  const esbuild = found("esbuild") ?? (vite && found("esbuild", vite));
  if (esbuild?.transform) {
    return async (text, path) => {
      const loader = path.endsWith("x") ? path.slice(path.lastIndexOf(".") + 1) : "ts";
      const options = { loader, format: "esm", target: "esnext", jsx: "automatic", sourcefile: path };
      return (await esbuild.transform(text, options)).code;
    };
  }
  const typescript = found("typescript");
  if (typescript?.transpileModule) {
    const compilerOptions = { target: 99, module: 99, jsx: 4, isolatedModules: true };
    return (text, fileName) => typescript.transpileModule(text, { compilerOptions, fileName }).outputText;
  }
  const rolldown = vite && found("rolldown/experimental", vite);
  if (rolldown?.transformSync) return (text, path) => rolldown.transformSync(path, text).code;
  if (strip) return (text) => strip(text, { mode: "transform" });
  return () => {
    throw new Error("neither esbuild nor typescript is in node_modules");
  };
}

export async function resolve(specifier, context, next) {
  try {
    const found = await next(specifier, context);
    if (!found.url.startsWith("file:") || existsSync(fileURLToPath(found.url))) return found;
  } catch (error) {
    if (!/^\.{0,2}\//.test(specifier) || !context.parentURL) throw error;
  }
  const path = fileURLToPath(new URL(specifier, context.parentURL));
  const bare = path.replace(/\.([mc]?)jsx?$/, "");
  for (const one of [path, bare].flatMap((start) => ENDINGS.map((ending) => start + ending))) {
    if (existsSync(one) && statSync(one).isFile()) return next(pathToFileURL(one).href, context);
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.startsWith("file:") || url.includes("/node_modules/")) return next(url, context);
  const path = fileURLToPath(url);
  if (SOURCE.test(path)) {
    const source = await compile(readFileSync(path, "utf8"), path);
    return { format: "module", source, shortCircuit: true };
  }
  if (path.endsWith(".json")) {
    return { format: "module", source: `export default ${readFileSync(path, "utf8")}`, shortCircuit: true };
  }
  if (path.endsWith(".js")) {
    const source = readFileSync(path, "utf8");
    if (/^\s*(?:import\s*[\w${*"']|export\s)/m.test(source)) return { format: "module", source, shortCircuit: true };
  }
  return next(url, context);
}
