// The house rules, enforced over every tracked file; each rule is also shown a file that breaks it.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as content from './house/content-rules.ts';
import { functionsOf } from './house/functions.ts';
import * as layers from './house/layer-rules.ts';
import { repositoryFiles, type SourceFile } from './house/repository.ts';
import { expectNone, type Rule } from './house/rule.ts';
import { type Exception, fileLength, firstSentence, functionLength, nounNames } from './house/size-rules.ts';
import { codeOf } from './house/source-text.ts';

/** What may be longer than the limits, and why. Sizes are exact and only go down; a new entry needs a good reason. */
const exceptions: readonly Exception[] = [];

const rules: readonly Rule[] = [
  fileLength(exceptions),
  functionLength(exceptions),
  firstSentence,
  nounNames,
  layers.importDirection,
  layers.noCycles,
  layers.declaredImports,
  content.pureCore,
  content.quietEngine,
  content.oneReader,
  content.noAny,
  content.noSilencing,
  content.noOnlyOrSkip,
  content.noSleep,
  content.noNotes,
  content.noMachinePaths,
  content.noRegistryHosts,
  content.noHeadlessDocs,
];

const files = repositoryFiles();

test('the repository is seen whole', () => {
  const paths = new Set(files.map(({ path }) => path));
  for (const path of ['package.json', 'test/tidy.test.ts', 'packages/core/package.json'])
    assert.ok(paths.has(path), path);
  assert.not.ok([...paths].some((path) => /(?:^|\/)(?:node_modules|dist|build)\//.test(path)));
});

for (const rule of rules) {
  test(rule.name, () => expectNone(rule.check(files)));
}

/** Checks that a rule finds exactly these `path:line` in these files (path, then text). */
function finds(rule: Rule, planted: Record<string, string>, expected: string[]): void {
  const given: SourceFile[] = Object.entries(planted).map(([path, text]) => ({ path, text }));
  assert.equal(
    rule.check(given).map(({ path, line }) => `${path}:${line}`),
    expected,
  );
}

const core = 'packages/core/src/x.ts';
const engine = 'packages/engine/src/x.ts';
const lines = (n: number, line = 'a();') => Array(n).fill(line).join('\n');

test('planted: a file one line too long, and exceptions that no longer fit', () => {
  finds(fileLength([]), { [core]: `${lines(300)}\n` }, []);
  finds(fileLength([]), { [core]: lines(301) }, [`${core}:1`]);
  const listed = (n: number): Exception[] => [{ path: core, lines: n, why: 'a table' }];
  finds(fileLength(listed(310)), { [core]: lines(310) }, []);
  finds(fileLength(listed(310)), { [core]: lines(311) }, [`${core}:1`]);
  finds(fileLength(listed(310)), { [core]: lines(305) }, ['test/tidy.test.ts:1']);
  finds(fileLength(listed(310)), { [core]: lines(10) }, ['test/tidy.test.ts:1']);
  finds(fileLength(listed(310)), {}, ['test/tidy.test.ts:1']);
});

test('planted: functions one line too long, in each way of writing them', () => {
  const body = (n: number) => `{\n${lines(n - 2, '  call(`a ${b} }`); // }')}\n}`;
  const heads = ['function f(a: string): void ', 'export const f = async (a: X<{ b: 1 }>): Promise<Y> => '];
  for (const head of heads) {
    finds(functionLength([]), { [core]: `\n${head}${body(60)}` }, []);
    finds(functionLength([]), { [core]: `\n${head}${body(61)}` }, [`${core}:2`]);
  }
  finds(
    functionLength([]),
    { [core]: `class A {\n  b = 1;\n  async f(a: X): Promise<{ c: 1 }> ${body(61)}\n}` },
    [`${core}:3`],
  );
  finds(functionLength([]), { [core]: `run(a, {}, (b) => ${body(61)});` }, [`${core}:1`]);
  finds(functionLength([]), { [core]: `function f(): {\n  a: 1;\n} ${body(60)}` }, [`${core}:1`]);
  const harmless = [
    'const a = ',
    'interface A ',
    'export class A extends B(C) ',
    'f(a, ',
    'type A = ',
    'if (a) ',
  ];
  for (const head of harmless) finds(functionLength([]), { [core]: `${head}${body(70)}` }, []);
  const listed = [{ path: core, functionName: 'f', lines: 61, why: 'a table' }];
  finds(functionLength(listed), { [core]: `function f() ${body(61)}` }, []);
  finds(functionLength(listed), { [core]: `function f() ${body(62)}` }, [`${core}:1`]);
  finds(functionLength(listed), { [core]: `function g() ${body(9)}` }, ['test/tidy.test.ts:1']);
});

test('planted: names of functions', () => {
  const text =
    'export function one() {}\nconst two = (a) => {};\nclass A {\n  private async three<T>(a: T) {}\n}\n';
  assert.equal(
    functionsOf(text).map(({ name, line }) => `${name}:${line}`),
    ['one:1', 'two:2', 'three:4'],
  );
});

test('planted: no first sentence, names that say nothing', () => {
  finds(firstSentence, { [core]: 'export {};\n', [engine]: '// A noun.\n' }, [`${core}:1`]);
  const named = [
    'packages/core/src/utils.ts',
    'packages/core/src/sub/types.ts',
    'test/house/helpers.ts',
    'packages/cli/src/runLoop.ts',
  ];
  finds(
    nounNames,
    Object.fromEntries(named.map((path) => [path, ''])),
    named.map((path) => `${path}:1`),
  );
  finds(nounNames, { 'packages/core/src/plan.ts': '', 'packages/core/test/run-loop.test.ts': '' }, []);
});

test('planted: imports in the wrong direction', () => {
  const rule = layers.importDirection;
  finds(rule, { [core]: "// .\nimport { x } from '@evalmake/engine';" }, [`${core}:2`]);
  finds(rule, { [core]: "import {\n  a,\n} from 'node:fs';" }, [`${core}:3`]);
  finds(rule, { [core]: "import type { A } from 'yaml';\nexport * from './y.ts';" }, []);
  finds(rule, { [core]: "import '../../engine/src/y.ts';" }, [`${core}:1`]);
  finds(rule, { [engine]: "import { a } from '@evalmake/core/plan';\nimport 'node:fs';" }, []);
  finds(rule, { [engine]: "const a = await import('evalmake');\n" }, [`${engine}:1`]);
  finds(rule, { 'packages/evalkit/src/x.ts': "import '@evalmake/core';" }, ['packages/evalkit/src/x.ts:1']);
  finds(rule, { 'packages/llm/src/x.ts': "import 'yaml';" }, ['packages/llm/src/x.ts:1']);
  finds(rule, { [core]: "// import '@evalmake/engine';\nconst a = 'from';" }, []);
});

test('planted: import cycles, through types and across packages', () => {
  const cycle = {
    [core]: "import type { A } from './y.ts';",
    'packages/core/src/y.ts': "export { b } from './x.ts';",
  };
  finds(layers.noCycles, cycle, [`${core}:1`]);
  finds(layers.noCycles, { [core]: "import './x.ts';" }, [`${core}:1`]);
  finds(
    layers.noCycles,
    { [core]: "import '@evalmake/engine/x';", [engine]: "import { a } from '@evalmake/core/x';" },
    [`${core}:1`],
  );
  finds(
    layers.noCycles,
    { [core]: "import './y.ts'; import './z.ts';", 'packages/core/src/y.ts': "import './z.ts';" },
    [],
  );
});

test('planted: an undeclared dependency', () => {
  const manifest = '{ "dependencies": { "yaml": "2.9.1" } }';
  const text = "import 'yaml';\nimport 'node:fs';\nimport 'ajv/dist/x.js';";
  finds(layers.declaredImports, { [core]: text, 'packages/core/package.json': manifest }, [`${core}:3`]);
});

test('planted: impure core, printing engine, a second reader of the environment', () => {
  finds(
    content.pureCore,
    { [core]: 'const a = 1;\nnew Date();\nMath.random();\nprocess.cwd();\nconsole.log(1);' },
    [...[2, 3, 4, 5].map((line) => `${core}:${line}`)],
  );
  finds(
    content.pureCore,
    { [core]: "// Date\nconst a = { process: 'console' };\na.process();", [engine]: 'Date.now();' },
    [],
  );
  finds(content.quietEngine, { [engine]: 'console.error(1);\nprocess.stderr.write(a);\nlog(a);' }, [
    `${engine}:1`,
    `${engine}:2`,
  ]);
  const reads = 'f(process.argv);\nf(process.env.A);\nprocess.exit(1);\nprocess.pid;';
  finds(
    content.oneReader,
    { [engine]: reads, 'packages/cli/src/x.ts': reads, 'packages/evalkit/src/phase.ts': reads },
    [...[1, 2, 3].map((line) => `${engine}:${line}`)],
  );
});

test('planted: any and silenced errors', () => {
  const bad = ['let a: any;', 'f(a as any);', 'let b: any[];', 'let c: Map<string, any>;', 'type A = any;'];
  finds(
    content.noAny,
    { [core]: bad.join('\n') },
    bad.map((_, index) => `${core}:${index + 1}`),
  );
  finds(
    content.noAny,
    { [core]: "const a = list.any(b);\n// any\nconst many = 'x as any';\nPromise.any(a);" },
    [],
  );
  finds(content.noSilencing, { [core]: '// a\n// @ts-ig' + 'nore\n' }, [`${core}:2`]);
});

test('planted: tests that are left out, or sleep', () => {
  const path = 'packages/core/test/x.test.ts';
  finds(content.noOnlyOrSkip, { [path]: "test.only('a', f);\ntest.sk" + "ip('b', f);\n'.only('" }, [
    `${path}:1`,
    `${path}:2`,
  ]);
  const sleeps = [
    'await new Promise((done) => setTime' + 'out(done, 100));',
    'await new Promise<void>((ok, no) => {\n  setTime' + 'out(() => ok(), 100);\n});',
    "import { x } from 'node:timers/prom" + "ises';",
    'Atomics.wa' + 'it(a, 0, 0, 100);',
  ];
  finds(
    content.noSleep,
    { [path]: sleeps.join('\n') },
    [1, 2, 5, 6].map((line) => `${path}:${line}`),
  );
  const guard =
    'new Promise((ok, no) => {\n  const late = setTimeout(() => {\n    kill();\n    no(e);\n  }, 100);\n})';
  finds(content.noSleep, { [path]: guard }, []);
});

test('planted: notes to self, places, registries', () => {
  finds(content.noNotes, { 'docs/a.md': '# A\nTO' + 'DO: b\n${{ rows.todo }}' }, ['docs/a.md:2']);
  const places = [
    '/ro' + 'ot/x',
    'cd /wo' + 'rk/main',
    '"/ho' + 'me/ann/x"',
    'C:\\Us' + 'ers\\a',
    'x /wo' + 'rk',
  ];
  finds(
    content.noMachinePaths,
    { 'a.md': places.join('\n') },
    places.map((_, index) => `a.md:${index + 1}`),
  );
  finds(
    content.noMachinePaths,
    { 'a.md': 'src/work/x ~/home/x /workspace/x a/root/b /tmp/x `${x}/root/b`' },
    [],
  );
  finds(content.noRegistryHosts, { 'a.json': 'x\n"resolved": "https' + '://a.example/x.tgz"' }, ['a.json:2']);
  finds(content.noRegistryHosts, { '.npmrc': 'r=https://regis' + 'try.example.org/' }, ['.npmrc:1']);
  finds(content.noRegistryHosts, { 'package-lock.json': '"resolved": "packages/core",' }, []);
  finds(content.noHeadlessDocs, { 'docs/a.md': 'text', 'docs/b.md': '# B\n' }, ['docs/a.md:1']);
});

test('source text: literals, templates, regular expressions and comments are told apart', () => {
  const cases: [text: string, code: string][] = [
    ["a('{'); // {", "a(' ');"],
    ['a /* { \n } */ b', 'a \n b'],
    ['f(`a ${b({ c: "}" })} ` + `}`)', 'f(` b({ c: " " }) ` + ` `)'],
    ['x = a / b; // c / d', 'x = a / b;'],
    ['y = /[/\'"]{2}/g.test(a);', 'y = / /g.test(a);'],
    ["'it\\'s' + \"//\"", '\' \' + " "'],
  ];
  for (const [text, code] of cases) {
    assert.is(codeOf(text).length, text.length, 'offsets stay what they are');
    assert.is(codeOf(text).replace(/ +/g, ' ').trimEnd(), code);
  }
});

test.run();
