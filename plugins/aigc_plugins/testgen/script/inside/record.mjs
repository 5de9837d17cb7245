// Runs scenarios against a module in the sandbox, twice each, and tells what came of them, which probes they take and
// which planted faults change the outcome. Orders come as JSON on standard input; answers are lines behind a secret mark.
import { readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { createRequire, register } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";

import { Unwritable, fields, source } from "./values.mjs";

const write = writeSync;
const now = performance.now.bind(performance);
const exit = process.exit.bind(process);
const later = setTimeout;
const json = JSON.stringify;
const FOREIGN = /^(?:TypeError|ReferenceError|SyntaxError)$/;
const KILLS = 8;
const SLOW = 3;

const orders = JSON.parse(readFileSync(0, "utf8"));
const { mark, file, bindings, observers, limit } = orders;
const until = now() + orders.seconds * 1000;
const original = Buffer.from(orders.text);
const loadCommonJs = createRequire(file);
let taken = new Set();

function answer(value) {
  write(1, `\n${mark}${json(value)}\n`);
}

globalThis.__aigc_probe = (number) => {
  taken.add(number);
};
globalThis.__aigc_call = undefined;

process.exit = (status) => {
  throw new Error(`the process was to end with ${status}`);
};
process.on("uncaughtException", () => {});
process.on("unhandledRejection", () => {});
for (const name of ["log", "info", "warn", "error", "debug", "trace", "table", "dir"]) console[name] = () => {};
process.stdout.write = () => true;
process.stderr.write = () => true;

// The second run of each scenario is at another time and with other chance: what depends on them differs.
const RealDate = Date;
const realRandom = Math.random;
class ShiftedDate extends RealDate {
  constructor(...given) {
    super(...(given.length ? given : [RealDate.now() + 40_000_000_000]));
  }
  static now() {
    return RealDate.now() + 40_000_000_000;
  }
}
function shift(on) {
  globalThis.Date = on ? ShiftedDate : RealDate;
  Math.random = on ? () => 0.123456789 : realRandom;
}

async function loaded(text, number) {
  const path = join(dirname(file), `__aigc${number}_${basename(file)}`);
  writeFileSync(path, text);
  try {
    if (!orders.esm) {
      const whole = loadCommonJs(path);
      delete loadCommonJs.cache[path];
      return named(whole, whole);
    }
    const space = await import(pathToFileURL(path).href);
    return named(space, space.default);
  } finally {
    rmSync(path, { force: true });
  }
}

function named(space, whole) {
  const found = {};
  for (const [name, how] of bindings) {
    found[name] = how === "default" || how === "*" ? whole : space[how];
  }
  return found;
}

class Slow extends Error {}

/** Run a function with a time limit, and wait for the promise that it may give. */
async function limited(call) {
  globalThis.__aigc_call = call;
  let value;
  try {
    value = vm.runInThisContext("__aigc_call()", { timeout: limit });
  } catch (error) {
    if (error?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") throw new Slow();
    throw error;
  }
  if (typeof value?.then !== "function") return value;
  let timer;
  const slow = new Promise((_, reject) => {
    timer = later(() => reject(new Slow()), limit);
  });
  try {
    return await Promise.race([value, slow]);
  } finally {
    clearTimeout(timer);
  }
}

const names = bindings.map(([name]) => name);

/** Compile a scenario: its arranging statements give a function for the act and one for each thing to look at. */
function compiled(scenario) {
  const { arrange, act, looks } = scenario;
  const kind = arrange.some((line) => /\bawait\b/.test(line)) ? "async " : "";
  const acting = /\bawait\b/.test(act) ? "async " : "";
  const seen = looks.map((one) => `${json(one)}: () => (${one})`).join(", ");
  const body = `"use strict";\n(${kind}({ ${names.join(", ")} }) => {\n${arrange.join("\n")}\nreturn { act: ${acting}() => (${act}), looks: { ${seen} } }; })`;
  return vm.runInThisContext(body, { timeout: limit });
}

function written(value) {
  try {
    return source(value);
  } catch (error) {
    if (error instanceof Unwritable) return undefined;
    throw error;
  }
}

/** Return what a value shows as checks: pairs of an expression (with `result` for it) and what it is. */
function shown(value) {
  const text = written(value);
  if (text !== undefined) return [["result", text]];
  if (typeof value === "function") return [["typeof result", '"function"']];
  const name = value?.constructor?.name;
  if (typeof value !== "object" || !names.includes(name)) return undefined;
  const found = [["result instanceof", name]];
  const inner = written(fields(value));
  for (const one of observers[name] ?? []) {
    const look = attempt(() => vm.runInThisContext(`(result) => result${one}`)(value));
    if (look !== undefined) found.push([`result${one}`, look]);
  }
  if (found.length === 1 && inner !== undefined) found.push(["{ ...result }", inner]);
  return found;
}

function attempt(look) {
  try {
    const value = look();
    return written(value?.[Symbol.iterator] && typeof value.next === "function" ? undefined : value);
  } catch {
    return undefined;
  }
}

function thrown(error) {
  if (error instanceof Slow) return { slow: true };
  if (!(error instanceof Error)) {
    const text = written(error);
    return text === undefined ? { problem: "it throws what is no error" } : { error: "", message: text };
  }
  const name = error.constructor?.name ?? error.name;
  if (/Maximum call stack/.test(error.message)) return { problem: "it runs out of stack" };
  if (FOREIGN.test(name) && !orders.text.includes(`new ${name}(`)) return { problem: "it is used wrongly", misuse: true };
  return { error: name, message: error.message };
}

/** Run a scenario once; the outcome can be compared as text. */
async function outcome(scenario, make, module) {
  let ready;
  try {
    ready = await limited(() => make(module));
  } catch (error) {
    return { problem: error instanceof Slow ? "time" : "it cannot be arranged" };
  }
  let checks;
  try {
    let value = await limited(ready.act);
    if (value && typeof value.next === "function" && typeof value[Symbol.iterator] === "function" && !/^\[\.\.\./.test(scenario.act)) {
      return { iterator: true };
    }
    checks = shown(value);
    if (checks === undefined) return { problem: "what it gives cannot be compared" };
    if (value === undefined && scenario.looks.length) checks = [];
  } catch (error) {
    const one = thrown(error);
    if (one.problem || one.slow) return one;
    checks = [["throws", json(one)]];
  }
  if (checks[0]?.[0] !== "throws") {
    for (const one of scenario.looks) {
      const text = attempt(() => vm.runInThisContext("__aigc_call()", ((globalThis.__aigc_call = ready.looks[one]), { timeout: limit })));
      if (text !== undefined) checks.push([one, text]);
    }
  }
  return { checks };
}

/** Move arguments that the act changes into statements before it, so that a test can look at them after it. */
function lifted(scenario, make, module) {
  if (!scenario.callee || !scenario.args.some((one) => /^(?:\[|\{|new )/.test(one))) return undefined;
  const { args, callee, labels } = scenario;
  const fixed = args.map((one, at) => (/^(?:\[|\{|new )/.test(one) ? labels[at] : one));
  if (new Set([...labels, ...names]).size < labels.length + names.length) return undefined;
  const moved = args.flatMap((one, at) => (fixed[at] === one ? [] : [`const ${labels[at]} = ${one};`]));
  const wait = scenario.act.startsWith("await ") ? "await " : "";
  const looks = args.flatMap((one, at) => (fixed[at] === one ? [] : [labels[at]]));
  return {
    ...scenario, arrange: [...scenario.arrange, ...moved], act: `${wait}${callee}(${fixed.join(", ")})`, looks: [...scenario.looks, ...looks],
    lifted: new Map(looks.map((one) => [one, args[labels.indexOf(one)]])),
  };
}

async function changed(scenario, module) {
  const other = lifted(scenario);
  if (other === undefined) return undefined;
  const before = await outcome({ ...other, act: "undefined" }, compiled({ ...other, act: "undefined" }), module);
  const after = await outcome(other, compiled(other), module);
  if (!before.checks || !after.checks) return undefined;
  const known = new Map(before.checks);
  const differs = after.checks.some(([look, text]) => other.lifted.has(look) && known.get(look) !== text);
  return differs ? other : undefined;
}

/** Return what is worth looking at: what the act changed, or all where it shows nothing else. */
async function telling(scenario, first, module) {
  const idle = { ...scenario, act: "undefined" };
  const before = await outcome(idle, compiled(idle), module);
  const known = new Map(before.checks);
  const changes = scenario.looks.filter((one) => first.checks.some(([look, text]) => look === one && known.get(look) !== text));
  const shows = first.checks.some(([look]) => look.includes("result") || look === "throws");
  return changes.length || shows ? changes : scenario.looks;
}

async function record(scenario, module) {
  let make;
  try {
    make = compiled(scenario);
  } catch {
    return { problem: "it does not compile" };
  }
  taken = new Set();
  const first = await outcome(scenario, make, module);
  if (first.iterator) return record({ ...scenario, act: `[...${scenario.act}]`, callee: "" }, module);
  if (first.problem || first.slow) return { problem: first.problem ?? "time" };
  const branches = [...taken].sort((one, other) => one - other);
  const other = await changed(scenario, module);
  if (other) return record({ ...other, callee: "" }, module);
  if (scenario.looks.length) {
    const looks = await telling(scenario, first, module);
    if (looks.length < scenario.looks.length) return record({ ...scenario, looks, callee: "" }, module);
  }
  shift(true);
  const second = await outcome(scenario, make, module);
  shift(false);
  if (json(first) !== json(second)) return { problem: "it gives something else each time" };
  if (!first.checks.length) return { problem: "nothing of it can be seen" };
  return { ...scenario, make, checks: first.checks, branches };
}

async function kill(mutant, recorded) {
  // Each scenario needs a fault of its own target that it sees; beside that, a few that see a fault are enough.
  const wanting = (one) => !one.owned && one.target === mutant.owner;
  const reaching = recorded.filter(
    (one) => (!mutant.probe || one.branches.includes(mutant.probe)) && (!mutant.known || wanting(one)),
  );
  if (!reaching.length) return;
  const text = Buffer.concat([original.subarray(0, mutant.start), Buffer.from(mutant.after), original.subarray(mutant.end)]);
  let module;
  try {
    module = await Promise.race([
      loaded(text, mutant.number), new Promise((_, reject) => later(() => reject(new Slow()), 3000).unref()),
    ]);
  } catch {
    return; // the text is none that can be loaded: no fault that a test could find
  }
  const ids = [];
  let slow = 0;
  for (const one of reaching) {
    if (ids.length >= KILLS && !wanting(one)) continue;
    const seen = await outcome(one, one.make, module);
    if (json(seen) !== json({ checks: one.checks })) {
      ids.push(one.id);
      one.owned ||= one.target === mutant.owner;
    }
    slow += seen.slow || seen.problem === "time" ? 1 : 0;
    if (slow > 1 || now() > until) break;
  }
  if (ids.length) answer({ mutant: mutant.number, kills: ids, slow: slow > 0 });
}

async function main() {
  let module;
  try {
    if (orders.esm) register("./hooks.mjs", import.meta.url, { data: { folder: dirname(file) } });
    module = await loaded(orders.instrumented, 0);
  } catch (error) {
    answer({ error: `${error?.name}: ${String(error?.message).slice(0, 300)}` });
    return;
  }
  answer({ loaded: Object.keys(module).filter((name) => module[name] !== undefined) });
  const recorded = [];
  const slow = new Map(); // how often a target did not end
  const untilKills = now() + (until - now()) * 0.5;
  for (const scenario of orders.scenarios) {
    if (now() > untilKills) break;
    const waited = slow.get(scenario.target) ?? 0;
    const found = waited < SLOW ? await record(scenario, module) : { problem: "time" };
    if (found.problem) {
      if (found.problem === "time") slow.set(scenario.target, waited + 1);
      answer({ failed: scenario.id, problem: found.problem });
      continue;
    }
    recorded.push(found);
    const { id, arrange, act, checks, branches } = found;
    answer({ recorded: { id, arrange, act, checks, branches } });
  }
  for (const mutant of orders.mutants) {
    if (now() > until) break;
    await kill(mutant, recorded);
  }
  answer({ done: now() <= until });
}

await main();
exit(0);
