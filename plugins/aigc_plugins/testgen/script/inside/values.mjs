// Writes values as expressions that a test can hold, and tells what cannot be written. It runs no code of the module.

const NAMES = /^[A-Za-z_$][\w$]*$/;
const MOST = 2000;
const LONGEST = 400;

export class Unwritable extends Error {}

/** Return an expression for a value; `depth` bounds how deep it is read. */
export function source(value, depth = 6, seen = new Set()) {
  if (value === null || value === undefined) return String(value);
  const kind = typeof value;
  if (kind === "string") return quoted(value);
  if (kind === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (kind === "bigint") return `${value}n`;
  if (kind === "boolean") return String(value);
  if (kind !== "object") throw new Unwritable(`a ${kind} cannot be compared`);
  if (seen.has(value)) throw new Unwritable("it holds itself");
  if (depth === 0) throw new Unwritable("it is too deep");
  const text = object(value, depth - 1, new Set([...seen, value]));
  if (text.length > MOST) throw new Unwritable("it is too large");
  return text;
}

function quoted(text) {
  if (text.length > LONGEST) throw new Unwritable("its text is too long");
  return JSON.stringify(text).replace(/[\u2028\u2029\u007f-\u009f]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function object(value, depth, seen) {
  const inner = (one) => source(one, depth, seen);
  const made = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    if (made !== Array.prototype || Object.keys(value).length !== value.length) throw new Unwritable("it is no plain array");
    return `[${value.map(inner).join(", ")}]`;
  }
  if (made === Object.prototype || made === null) return plain(value, inner);
  if (made === Map.prototype) return value.size ? `new Map(${inner([...value])})` : "new Map()";
  if (made === Set.prototype) return value.size ? `new Set(${inner([...value])})` : "new Set()";
  if (made === Date.prototype) {
    if (Number.isNaN(value.getTime())) return "new Date(NaN)";
    return `new Date(${quoted(value.toISOString())})`;
  }
  if (made === RegExp.prototype) return String(value);
  if (ArrayBuffer.isView(value) && made.constructor?.name?.endsWith("Array")) {
    return `new ${made.constructor.name}(${inner([...value])})`;
  }
  if (value instanceof Error) return `new ${made.constructor.name}(${quoted(value.message)})`;
  throw new Unwritable(`a ${made.constructor?.name ?? "value"} cannot be written`);
}

function plain(value, inner) {
  if (Object.getOwnPropertySymbols(value).length) throw new Unwritable("it has symbols for keys");
  const entries = Object.entries(Object.getOwnPropertyDescriptors(value)).map(([key, one]) => {
    if (!("value" in one)) throw new Unwritable("it has getters");
    return `${NAMES.test(key) && key !== "__proto__" ? key : quoted(key)}: ${inner(one.value)}`;
  });
  const text = entries.length ? `{ ${entries.join(", ")} }` : "{}";
  return Object.getPrototypeOf(value) === null ? `Object.assign(Object.create(null), ${text})` : text;
}

/** Return the fields of an instance as an object that can be written; functions are left out. */
export function fields(value) {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => typeof one !== "function"));
}
