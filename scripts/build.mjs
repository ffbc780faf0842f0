// Builds everything from source: type-check and emit all packages, then bundle the two programs.
// One bundled CommonJS file per program starts about 100 ms sooner than the same modules loaded one by one.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { build, transform } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);

/**
 * Compiles the JSON Schema of manifests to one module without dependencies, so that the core can judge a manifest and
 * nobody waits for a schema compiler. It goes straight to dist, beside what tsc emits; its types are in src/generated.
 */
async function validators() {
  const plain = (key, value) => (key === 'description' ? undefined : value); // the compiled code carries its schema
  const schema = JSON.parse(readFileSync('schemas/manifest.schema.json', 'utf8'), plain);
  const code = { source: true, esm: true };
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, code });
  ajv.addSchema(schema);
  await build({
    stdin: { contents: standalone.default(ajv, { validateManifest: schema.$id }), resolveDir: root },
    outfile: 'packages/core/dist/generated/manifest-validator.js',
    bundle: true,
    platform: 'neutral',
    target: 'es2023',
    format: 'esm',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
}

/** Runs the TypeScript compiler over every project; a type error ends the build. */
function typecheck() {
  try {
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], { stdio: 'inherit' });
  } catch {
    process.exit(1);
  }
}

/** Bytes of what only the page's script does; what writes tasks and timelines is the server's code and comes on top. */
const ownScriptMost = 12_000;

/**
 * Makes the module that holds what the HTML report carries in itself: its style sheet and its script, both as short as they
 * get. The script is bundled from source, since it runs in a browser; it shares the code that writes tasks and timelines.
 */
async function pageAssets() {
  const page = 'packages/cli/src/page';
  const css = (name) => readFileSync(`${page}/style/${name}.css`, 'utf8');
  const dark = css('dark').replace(/\/\*.*?\*\//s, '');
  const themes = `@media screen and (prefers-color-scheme: dark) { :root:not([data-theme="light"]) {${dark}} }
    @media screen { :root[data-theme="dark"] {${dark}} }`;
  const sheet = [css('tokens'), themes, css('page'), css('pictures'), css('places')].join('\n');
  const { code: stylesheet } = await transform(sheet, { loader: 'css', minify: true, target: 'chrome105' });
  const script = await build({
    entryPoints: [`${page}/script/main.ts`],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  const parts = Object.entries(Object.values(script.metafile.outputs)[0].inputs);
  const own = parts.filter(([path]) => path.startsWith(`${page}/script/`));
  const bytes = own.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  if (bytes > ownScriptMost)
    throw new Error(`the page's own script has ${bytes} bytes, more than ${ownScriptMost}`);
  const texts = { stylesheet: stylesheet.trim(), script: script.outputFiles[0].text.trim() };
  mkdirSync(`${cli}/generated`, { recursive: true });
  const lines = Object.entries(texts).map(
    ([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`,
  );
  writeFileSync(`${cli}/generated/page-assets.js`, lines.join(''));
}

/** What all bundles have in common. */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
};

/** Bundles one entry point, with its source map. @returns the files it was made of */
async function bundle(entry, outfile, options = {}) {
  const own = { entryPoints: [entry], outfile, sourcemap: 'linked', metafile: true };
  const { metafile } = await build({ ...common, ...own, ...options });
  return Object.keys(metafile.inputs);
}

/** The HTML report, as the program imports it. */
const pageLibrary = './page/page.js';

/** The layout of graphs is a library of its own, also for the page. */
const layoutApart = {
  name: 'layout',
  setup({ onResolve }) {
    onResolve({ filter: /^@viz-js\/viz$/ }, ({ path }) => ({
      path: `./${libraryFile(path).split('/').at(-1)}`,
      external: true,
    }));
  },
};

/**
 * Libraries that only some calls need, by the name they are imported with: each becomes one file beside the program, loaded on
 * demand. One file costs a fourth of a tree of modules: execa 87 -> 19 ms of CPU, yaml 28 -> 7, ajv 34 -> 9, fast-glob 28 -> 9.
 * hasha stays as it is, since its worker threads need a file of their own.
 */
const libraries = {
  './ajv-library.js': './packages/engine/dist/ajv-library.js',
  '@bufbuild/protobuf/wire': '@bufbuild/protobuf/wire',
  chokidar: 'chokidar',
  execa: 'execa',
  'fast-glob': 'fast-glob',
  micromatch: 'micromatch',
  yaml: 'yaml',
  // The HTML report, and the layout of its graph: 1.2 MB that nothing else needs.
  [pageLibrary]: './packages/cli/dist/page/page.js',
  '@viz-js/viz': '@viz-js/viz',
};
const libraryFile = (name) =>
  `./libraries/${name
    .replace(/^\.\/|\.js$/g, '')
    .split('/')
    .at(-1)}.cjs`;

/** Bundles the libraries, and puts the licences of all they contain beside them. */
async function bundleLibraries(folder) {
  const inputs = new Set();
  for (const [name, entry] of Object.entries(libraries)) {
    const outfile = join(folder, libraryFile(name));
    const contents = `module.exports = require('${entry.startsWith('.') ? join(root, entry) : entry}');`;
    const stdin = { contents, resolveDir: join(root, 'packages/engine') };
    const own = { plugins: [layoutApart], supported: { 'dynamic-import': false } };
    const { metafile } = await build({
      ...common,
      ...(name === pageLibrary ? own : {}),
      stdin,
      outfile,
      metafile: true,
    });
    for (const input of Object.keys(metafile.inputs)) inputs.add(input);
  }
  writeLicences(join(folder, 'libraries/LICENSES.txt'), [...inputs]);
}

/** Writes the licences of all packages that these files are of. */
function writeLicences(outfile, inputs) {
  const packages = inputs.map((path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const texts = [...new Set(packages)].filter(Boolean).sort().map(licenceOf);
  writeFileSync(outfile, texts.join('\n'));
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? noticeOf(folder) : readFileSync(join(folder, file), 'utf8');
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/** Of a package without a file: what its code says of itself, and the sources of what was compiled into it, where it tells. */
function noticeOf(folder) {
  const { main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const banner = /^\/\*!([\s\S]*?)\*\//.exec(readFileSync(join(folder, main), 'utf8'))?.[1]?.trim() ?? '';
  const record = join(folder, 'lib/provenance.json');
  if (!existsSync(record)) return banner;
  const { predicate } = JSON.parse(readFileSync(record, 'utf8'));
  const sources = predicate.buildDefinition.resolvedDependencies.map(({ uri }) => uri);
  const named = sources.filter((uri) => uri.endsWith('.tar.gz'));
  const licences = 'Graphviz: Eclipse Public License, https://graphviz.org/license. Expat: MIT.';
  return [banner, '', 'Compiled from', ...named, ...(banner.includes('Graphviz') ? [licences] : [])].join(
    '\n',
  );
}

/**
 * vega-canvas for Node awaits an optional package with native code, which a CommonJS bundle cannot, and which would make
 * pictures depend on the machine; its edition for browsers does without.
 */
const withoutCanvas = { 'vega-canvas': './node_modules/vega-canvas/build/vega-canvas.browser.js' };

/** Removes what V8 made of former bundles (see packages/cli/bin/compiled.cjs). */
function removeCompiled(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder)) if (entry.includes('.v8')) rmSync(join(folder, entry));
}

/** Lets the program load those files, also where it asks through a `require` of its own making; and hasha as a module. */
const withLibraries = {
  name: 'libraries',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path }) =>
      path in libraries ? { path: libraryFile(path), external: true } : undefined,
    );
    onLoad({ filter: /packages\/engine\/dist\/(glob|large-files)\.js$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8')
        .replace(/^const load = .*$/m, '')
        .replace(/\bload\('/g, "require('")
        .replace("import('hasha')", "importModule('hasha')");
      return { contents, loader: 'js' };
    });
  },
};

const cli = 'packages/cli/dist';
const kit = 'packages/evalkit/dist';
await validators();
typecheck();
await pageAssets();
for (const folder of [cli, `${cli}/libraries`, kit, `${kit}/phases`]) removeCompiled(folder);
// The schemas belong to the program: `evalmake schema` prints them.
cpSync('schemas', `${cli}/schemas`, {
  recursive: true,
  filter: (f) => !/(config|question)\.schema\.json$/.test(f), // those two are the example experiment's
});
// An `import()` would go through the loader of ES modules, which costs more than a `require`.
const supported = { 'dynamic-import': false };
if (existsSync(`${cli}/main.js`)) {
  await bundleLibraries(cli);
  const js = `${common.banner.js} const importModule = require.importModule ?? ((name) => import(name));`;
  await bundle(`${cli}/main.js`, `${cli}/evalmake.cjs`, {
    plugins: [withLibraries],
    supported,
    banner: { js },
  });
}
// evalkit: the dispatcher and each phase are bundles of their own, so that a change in one phase's code
// changes one file, and a pipeline that names these files re-runs that phase only.
if (existsSync(`${kit}/main.js`)) {
  cpSync('packages/cli/bin/compiled.cjs', `${kit}/compiled.cjs`);
  await bundle(`${kit}/main.js`, `${kit}/evalkit.cjs`, { external: ['./phases/*'], supported });
  const inputs = [];
  for (const file of readdirSync(`${kit}/phases`).filter((f) => f.endsWith('.js'))) {
    const outfile = `${kit}/phases/${file.replace(/\.js$/, '.cjs')}`;
    inputs.push(...(await bundle(`${kit}/phases/${file}`, outfile, { alias: withoutCanvas, supported })));
  }
  writeLicences(`${kit}/LICENSES.txt`, inputs);
}
