// Lint: each rule finds what it is about at its place, and leaves alone what looks like it and is well.
import { type Problem, plan } from '@evalmake/core';
import { lint } from '@evalmake/core/lint/lint';
import { locate } from '@evalmake/core/yaml-source';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryWorld } from './doubles/memory-world.ts';
import { configOf, graphOf, versioned } from './doubles/pipeline-text.ts';

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly tools?: readonly string[];
  readonly config?: string;
}

/** Everything that is found, `line:column code message` in the text as the test wrote it. */
function found(text: string, { files = {}, tools = [], config }: Given = {}): string[] {
  const world = new MemoryWorld(files);
  for (const tool of tools) world.tools.set(tool, `${tool}@1`);
  const graph = graphOf(text, { world, ...(config === undefined ? {} : { config }) });
  const wanted = (graph.pipeline.default ?? [...graph.byTarget.keys()]).flatMap(
    (n) => graph.byTarget.get(n) ?? [],
  );
  const { decisions } = plan({ graph, config: configOf(config), world, wanted });
  const all = lint({
    graph,
    config: configOf(config),
    world,
    reached: (task) => decisions[task] !== undefined,
  });
  const placed: Problem[] = locate(locate(all, versioned(text), 'pipeline.yaml'), config ?? '', 'c.yaml');
  return placed.map(({ line = 0, column, file, code, message }) => {
    const place = file === 'c.yaml' ? `c.yaml:${line}:${column}` : `${line - 1}:${column}`;
    return `${place} ${code} ${message}`;
  });
}

/** One target `t` whose command this is; further keys follow. */
const target = (run: string, more = '') =>
  `targets:\n  t:\n    run: |\n${run.replace(/^/gm, '      ')}\n    outputs: o\n${more}`;

/** The codes and subjects of what is found, without places. */
const codes = (text: string, given: Given = {}) => found(text, given).map((line) => line.split(' ')[1]);
const uses = (run: string, more = '') =>
  found(target(run, more), { tools: ['go'] }).flatMap((line) => / uses (.*), which/.exec(line)?.[1] ?? []);

test('a target of which no code counts is named, and several of one program once', () => {
  const text = `targets:
  a: { run: "python -m train > \${{ outputs }}", outputs: a }
  b: { run: "python -m score > \${{ outputs }}", outputs: b }
`;
  assert.equal(found(text), [
    '2:8 no-code no code counts for "a" (and 1 more: b): another "python" would not run it again',
  ]);
});

test('code counts as a script, a tool, a glob, a version, a module with a version', () => {
  const python = 'python train.py > ${{ outputs }}';
  assert.equal(codes(target(python)), ['no-code']);
  assert.equal(codes(target(python), { files: { 'train.py': '' } }), []);
  assert.equal(codes(target('train > ${{ outputs }}')), ['no-code']);
  assert.equal(codes(target('train > ${{ outputs }}'), { tools: ['train'] }), []);
  assert.equal(codes(target('python -m a > ${{ outputs }}', '    code: [src/*.py]\n')), ['no-code']);
  assert.equal(
    codes(target('python -m a > ${{ outputs }}', '    code: [src/*.py]\n'), { files: { 'src/a.py': '' } }),
    [],
  );
  assert.equal(codes(target('python -m a > ${{ outputs }}', '    version: "3"\n')), []);
  assert.equal(codes(target('solve > ${{ outputs }}', '    prelude: module load solve/2.1\n')), []);
  assert.equal(codes(target('solve > ${{ outputs }}', '    prelude: module load solve\n')), ['no-code']);
  assert.equal(codes('targets:\n  t: { run: [solve, x], outputs: o }\n'), ['no-code']);
});

test('shell that runs only the tools of every system is its own code, and so is code behind -c', () => {
  for (const run of [
    `LC_ALL=C tr -cs 'A-Za-z; solve' '\\n' < x | sort | uniq -c > \${{ outputs }}`,
    `(echo 'a; solve'; head -n 3 x) > \${{ outputs }}`,
    `for m in solve other; do echo $m; done > \${{ outputs }}`,
    `awk '{ n[$0]++ } END { for (w in n) print n[w] }' x > \${{ outputs }} # solve`,
    'helper() { cat "$1"; }\nhelper x > ${{ outputs }}',
    'cat > ${{ outputs }} <<END\nsolve it\nEND',
    `python3 -c 'print(1)' > \${{ outputs }}`,
    'python3 - <<END > ${{ outputs }}\nprint(1)\nEND',
    'node --input-type=module -e "1" > ${{ outputs }}',
    'timeout 10 env A=b cat x > ${{ outputs }}',
    'case "$X" in solve) cat x ;; esac > ${{ outputs }}',
    '[[ -f x && solve != y ]] && cat x > ${{ outputs }}',
  ])
    assert.equal(codes(target(run)), [], run);
  for (const run of [
    'timeout 10 env A=b solve > ${{ outputs }}',
    'cat x | solve > ${{ outputs }}',
    'echo $(solve) > ${{ outputs }}',
  ])
    assert.equal(codes(target(run)), ['no-code'], run);
});

test('values that are made up in a command are named', () => {
  assert.equal(found(target('go --at "$(date)" > ${{ outputs }}'), { tools: ['go'] }), [
    '3:5 volatile-value "t" uses $(date), which is another value in each run: the same inputs give other outputs',
  ]);
  assert.equal(uses('date > ${{ outputs }}'), ['$(date)']);
  assert.equal(uses('go --seed $RANDOM --id "$$" $(uuidgen) `hostname` > ${{ outputs }}'), [
    'uuidgen',
    'hostname',
    '$RANDOM',
    '$$',
  ]);
  assert.equal(uses('shuf x > ${{ outputs }}'), ['shuf without --random-source']);
  assert.equal(uses('sort -R x > ${{ outputs }}'), ['sort -R']);
  assert.equal(uses('cat <<END > ${{ outputs }}\nat ${EPOCHSECONDS}\nEND'), ['$EPOCHSECONDS']);
  assert.equal(uses('t=$(mktemp)\ngo > $t; mv $t ${{ outputs }}'), ['mktemp']);
});

test('what only the log is told, fixed dates, seeds, tidied files and declared chance are well', () => {
  for (const run of [
    'echo "started $(date)"; go > ${{ outputs }}',
    'start=$(date +%s); go > ${{ outputs }}; echo "took $(( $(date +%s) - start )) s"',
    'go --at "$(date -d @0)" > ${{ outputs }}',
    'RANDOM=42; go --seed $RANDOM > ${{ outputs }}',
    `go --price '$RANDOM' > \${{ outputs }}`,
    'shuf --random-source=x x > ${{ outputs }}',
    'sleep $((RANDOM % 3)); go > ${{ outputs }}',
    'mktemp -p ${{ state }} > ${{ outputs }}',
    `t=$(mktemp); trap 'rm -f $t' EXIT; go > $t; mv $t \${{ outputs }}`,
  ])
    assert.equal(uses(run), [], run);
  assert.equal(uses('go --seed $RANDOM > ${{ outputs }}', '    nondeterministic: true\n'), []);
});

test('variables of one machine that count are named', () => {
  assert.equal(found(target('cat x > ${{ outputs }}', '    env: [HOME, LANG]\n')), [
    '6:5 volatile-env "t" counts the variable HOME, which differs between machines or sessions: it is stale in each of them',
  ]);
  assert.equal(codes(target('cat x > ${{ outputs }}', '    env: { LANG: null, HOME: /x }\n')), []);
  assert.equal(codes(target('cat "$HOME/x" > ${{ outputs }}')), []);
});

test('a file of the workspace that a command names and nothing declares is named', () => {
  const files = { 'notes/rubric.md': 'x', 'p/a.md': 'x', 'in.txt': 'x', 'score.py': 'x' };
  const score = 'python score.py --rubric notes/rubric.md < in.txt > ${{ outputs }}';
  assert.equal(found(target(score), { files }), [
    '3:5 undeclared-read the command of "t" names notes/rubric.md, which is no input of it: a change of the file goes unnoticed',
    '3:5 undeclared-read the command of "t" names in.txt, which is no input of it: a change of the file goes unnoticed',
  ]);
  const reads = (run: string, more = '') =>
    found(target(run, more), { files }).flatMap((line) => /names (\S+),/.exec(line)?.[1] ?? []);
  assert.equal(reads(score, '    inputs: [notes/*.md, in.txt]\n'), []);
  assert.equal(reads(score, '    code: [notes/rubric.md]\n    inputs: in.txt\n'), []);
  assert.equal(reads(score, '    deps_file: d.txt\n'), []);
  assert.equal(reads('cat notes/rubric.md in.txt > ${{ outputs }}', '    inputs: notes/\n'), ['in.txt']);
  assert.equal(reads('cat --file=in.txt "./p/a.md" > ${{ outputs }}'), ['in.txt', 'p/a.md']);
  assert.equal(reads('cat ${{ x }}/a.md > ${{ outputs }}', 'vars: { x: p }\n'), ['p/a.md']);
  assert.equal(reads('cat rubric.md > ${{ outputs }}', '    cwd: notes\n'), ['notes/rubric.md']);
  assert.equal(reads('cat x > ${{ outputs }}', '    env: { RUBRIC: notes/rubric.md }\n'), [
    'notes/rubric.md',
  ]);
  assert.equal(reads('cat p/${{ m }}.md > ${{ outputs }}', '    each: { m: [a] }\n'), ['p/a.md']);
});

test('words that are no reads are no undeclared reads', () => {
  const files = { 'in.txt': 'x', 'b/made.txt': 'x' };
  for (const run of [
    'echo see in.txt > ${{ outputs }}',
    'cat x > ${{ outputs }}; cp ${{ outputs }} in.txt; rm -f in.txt; touch in.txt',
    'cat x > ${{ outputs }} 2> in.txt',
    'cat x > ${{ outputs }} # in.txt',
    'cd b; cat in.txt > ${{ outputs }}',
    'cat absent.txt /in.txt ../in.txt -in.txt > ${{ outputs }}',
  ])
    assert.equal(codes(target(run), { files }), [], run);
  const made = '  m: { run: "cat x > ${{ outputs }}", outputs: b/made.txt }\n';
  assert.equal(codes(target('cat b/made.txt > ${{ outputs }}', made), { files }), []);
});

test('a key of the config that nothing reads is named, of a whole map only the map', () => {
  const text = `config: c.yaml
vars: { v: "\${{ config.in_var }}" }
targets:
  t:
    run: "cat \${{ v }} \${{ config }} > \${{ outputs }}"
    when: \${{ config.on }}
    each: { m: "\${{ config.models }}" }
    config: [a.b, "n.list"]
    uncounted: [a.wait]
    outputs: "o/\${{ m }}"
`;
  const config = `a: { b: 1, wait: 2, lost: 3 }
in_var: x
on: true
models: [p, q]
n: { list: [{ x: 1 }, { x: 2 }] }
x-anchors: { k: 1 }
gone:
  deep: { x: 1 }
  more: 2
`;
  assert.equal(found(text, { config }), [
    'c.yaml:1:21 config-unused nothing reads the config key "a.lost": no command is given it, and changing it changes nothing',
    'c.yaml:7:1 config-unused nothing reads the config key "gone": no command is given it, and changing it changes nothing',
  ]);
  assert.equal(found(text.replace('"n.list"', '"*"'), { config }), []);
});

test('a target that a default leaves out and nothing needs is named', () => {
  const text = (more: string) => `default: [b]
targets:
  a: { run: "cat x > \${{ outputs }}", outputs: a }
  b: { run: "cat \${{ inputs }} > \${{ outputs }}", inputs: { from: a }, outputs: b }
  old: { run: "cat x > \${{ outputs }}", outputs: o${more} }
`;
  assert.equal(found(text('')), [
    '5:3 target-unreached "old" is built only when it is named: it is not in "default", and nothing needs it',
  ]);
  assert.equal(found(text(', desc: For the paper')), []);
  assert.equal(found(text(', when: false')), []);
  assert.equal(found(text('').replace('default: [b]\n', '')), []);
  assert.equal(found(text('').replace('old:', 'report:')), []);
});

test('a command without outputs is named, and a group is not', () => {
  const text = 'targets:\n  a: { run: "cat x" }\n  all: { inputs: { from: a } }\n';
  assert.equal(found(text), [
    '2:3 no-outputs "a" has no outputs: once it has run it counts as done, whatever became of what it made',
  ]);
});

test('paid work without checks or timeout is named', () => {
  const paid = '    paid: { usd: 1 }\n    manifest: m.json\n';
  assert.equal(codes(target('cat x > ${{ outputs }}', paid)), [
    'paid-without-checks',
    'paid-without-timeout',
  ]);
  assert.equal(found(target('cat x > ${{ outputs }}', `${paid}    timeout: 1h\n`)), [
    '6:5 paid-without-checks "t" is paid and has no checks: an empty or cut off answer counts as good',
  ]);
  const all = `${paid}    timeout: 1h\n    checks: { non_empty: true }\n`;
  assert.equal(codes(target('cat x > ${{ outputs }}', all)), []);
});

test('values that look like secrets are named and never told', () => {
  const hex = '0123456789abcdef0123456789abcdef';
  const text = `config: c.yaml
targets:
  t: { run: "cat x > \${{ outputs }}", outputs: o, config: ["*"], env: { MY_TOKEN: ${hex} } }
`;
  const config = `provider: { api_key: ${hex}, api_key_env: PROVIDER_API_KEY, digest: ${hex} }
names: [sk-abcdefghijklmnop1234, sk-lm]
`;
  const lines = found(text, { config });
  assert.equal(lines, [
    'c.yaml:1:13 config-secret the config key "provider.api_key" looks like a secret: its value is recorded and shown',
    'c.yaml:2:9 config-secret the config key "names.0" looks like a secret: its value is recorded and shown',
    '3:73 secret-in-pipeline "MY_TOKEN" looks like a secret: its value is recorded and shown',
  ]);
  assert.not.ok(lines.join('').includes(hex));
});

test.run();
