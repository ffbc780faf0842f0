// Compiled code: runs a bundled file from what V8 made of it the last time, which saves a fifth of a short call.
// Node 22 can do this itself (`module.enableCompileCache`); this is for Node 20. Whatever goes wrong, the file is just compiled.
'use strict';
const { createHash } = require('node:crypto');
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { createRequire, wrap } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const loaded = new Map();

/** Loads a file like `require`, with the bundles beside it that it requires loaded in the same way. */
exports.load = (file) => {
  const before = loaded.get(file);
  if (before !== undefined) return before.exports;
  const source = readFileSync(file, 'utf8');
  // V8 itself only compares lengths and its own version, so the name says what the text was.
  const cache = `${file}.${createHash('sha256').update(source).digest('hex').slice(0, 16)}.${process.version}-${process.arch}.v8`;
  const cachedData = readIfThere(cache);
  const script = new Script(wrap(source), { filename: file, cachedData });
  const plain = createRequire(file);
  const require = (id) => (/^\.\/.*\.cjs$/.test(id) ? exports.load(join(dirname(file), id)) : plain(id));
  // Code from a cache cannot `import()`: this one, which is not from there, does it in its place.
  require.importModule = (name) => import(name);
  const module = { exports: {} };
  loaded.set(file, module);
  script.runInThisContext().call(module.exports, module.exports, require, module, file, dirname(file));
  // Kept at the end, when it holds the functions that a call needs.
  if (cachedData === undefined || script.cachedDataRejected) process.once('exit', () => keep(cache, script));
  return module.exports;
};

function readIfThere(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function keep(cache, script) {
  try {
    writeFileSync(`${cache}.${process.pid}`, script.createCachedData());
    renameSync(`${cache}.${process.pid}`, cache);
  } catch {
    // the program may lie where its user cannot write
  }
}
