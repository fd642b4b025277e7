// Evaluates JSONata for the moto engine, as Step Functions does: npm jsonata 2.0.6,
// without $eval, with the functions that Step Functions adds.
//
// One request a line on standard input: {"expression": TEXT, "bindings": {NAME: VALUE}}.
// One answer a line on standard output, in the order of the requests: {"value": ANY},
// {"undefined": true}, or {"error": TEXT}. Ends when standard input does.
"use strict";

const crypto = require("node:crypto");
const readline = require("node:readline");
const jsonata = require("jsonata");

const hashes = { MD5: "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" };
const rangeLimit = 1000;

function partition(array, size) {
  if (array === undefined) return undefined;
  if (!Number.isInteger(size) || size < 1) throw new Error(`$partition: chunk size must be a positive integer, is ${size}`);
  const chunks = [];
  for (let i = 0; i < array.length; i += size) chunks.push(array.slice(i, i + size));
  return chunks;
}

function range(first, last, delta) {
  if (![first, last, delta].every(Number.isInteger) || delta === 0) {
    throw new Error(`$range: needs integers and a delta that is not 0, has ${first}, ${last}, ${delta}`);
  }
  const values = [];
  for (let n = first; delta > 0 ? n <= last : n >= last; n += delta) {
    if (values.push(n) > rangeLimit) throw new Error(`$range: more than ${rangeLimit} values`);
  }
  return values;
}

function hash(text, algorithm) {
  if (text === undefined) return undefined;
  if (!Object.hasOwn(hashes, algorithm)) throw new Error(`$hash: unknown algorithm "${algorithm}"`);
  return crypto.createHash(hashes[algorithm]).update(text, "utf8").digest("hex");
}

// The generator of Step Functions is not published: equal seeds give equal numbers, and that is all.
function random(seed) {
  if (seed === undefined) return Math.random();
  return crypto.createHash("sha256").update(String(seed)).digest().readUInt32BE(0) / 2 ** 32;
}

function parse(text) {
  return text === undefined ? undefined : JSON.parse(text);
}

function compile(text) {
  const expression = jsonata(text);
  expression.registerFunction("partition", partition, "<an:a>");
  expression.registerFunction("range", range, "<nnn:a<n>>");
  expression.registerFunction("hash", hash, "<s-s:s>");
  expression.registerFunction("random", random, "<n?:n>");
  expression.registerFunction("uuid", () => crypto.randomUUID(), "<:s>");
  expression.registerFunction("parse", parse, "<s-:x>");
  expression.assign("eval", undefined);
  return expression;
}

// Serializing drops the marks that JSONata leaves on its sequences. What JSON would change
// silently (a function, a number that is not finite) is an error in Step Functions.
function plain(key, value) {
  if (typeof value === "function" || value?._jsonata_lambda || value?._jsonata_function) {
    throw new Error(`the result holds a function at "${key}"`);
  }
  if (typeof value === "number" && !Number.isFinite(value)) throw new Error(`the result holds ${value} at "${key}"`);
  return value;
}

const compiled = new Map();

async function evaluate({ expression, bindings }) {
  if (!compiled.has(expression)) compiled.set(expression, compile(expression));
  const value = await compiled.get(expression).evaluate(undefined, bindings);
  return value === undefined ? '{"undefined":true}' : `{"value":${JSON.stringify(value, plain)}}`;
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const answer = await evaluate(JSON.parse(line)).catch((error) => JSON.stringify({ error: error.message ?? String(error) }));
    process.stdout.write(answer + "\n");
  }
}

main();
