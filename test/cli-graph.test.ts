// `evalmake graph` as a picture and into a file: families with their states, folded where there are too many boxes.
import * as assert from 'uvu/assert';
import { writeChain } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { step } from './workspace/step.ts';

/** The names and states of the boxes of a picture, from their titles. */
const boxes = (svg: string): string[] =>
  [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map((m) => m[1] ?? '').filter((title) => /: \d/.test(title));

scenario(
  'The picture shows states and families, is the same bytes twice, and changes nothing else on disk.',
  async (ws) => {
    ws.pipeline(`
    targets:
      norm:
        run: cat in.txt > \${{ outputs }}
        inputs: in.txt
        outputs: norm.txt
      infer:
        each: { condition: [control, open], part: { range: [1, 3] } }
        run: 'echo \${{ condition }} \${{ part }} > \${{ outputs }}; cat \${{ inputs }}'
        inputs: { from: norm }
        outputs: o/\${{ condition }}-\${{ part }}.txt
      extra: { when: false, run: "cat \${{ inputs }} > \${{ outputs }}", inputs: { from: norm }, outputs: x }
  `);
    ws.write('in.txt', 'one\n');
    assert.is((await ws.evalmake([])).code, 0);
    ws.remove('o/open-2.txt');
    const before = ws.tree();
    const { code, stdout, stderr } = await ws.evalmake(['graph', '--format', 'svg']);
    assert.is(code, 0, stderr);
    assert.is(stderr, '');
    assert.equal(boxes(stdout), [
      'test: 1 to run · 6 fresh · 1 off',
      'norm: 1 fresh',
      'infer@control: 3 fresh',
      'infer@open: 1 to run, 2 fresh',
      'extra: 1 off',
    ]);
    assert.equal([...ws.tree()], [...before]);
    const file = await ws.evalmake(['graph', '-o', 'graph.svg']);
    assert.equal([file.code, file.stdout], [0, '']);
    assert.is(ws.read('graph.svg'), stdout);
    assert.is(boxes((await ws.evalmake(['graph', '--all', '--format', 'svg'])).stdout).length, 9);
    assert.equal(boxes((await ws.evalmake(['graph', 'norm', '--format', 'svg'])).stdout), [
      'test: 1 fresh',
      'norm: 1 fresh',
    ]);
  },
);

scenario(
  'More than 300 boxes are folded, and that is said; what cannot be folded is refused.',
  async (ws) => {
    const target = (name: string, each = '') =>
      `  ${name}: { ${each}run: "cat x > \${{ outputs }}", outputs: "${name}${each === '' ? '' : '-${{ n }}'}" }\n`;
    const head = 'evalmake: 1\nname: test\ntargets:\n';
    ws.write('pipeline.yaml', `${head}${target('many', 'each: { n: { range: [1, 301] } }, ')}`);
    const folded = await ws.evalmake(['graph', '--all', '--format', 'svg']);
    assert.is(folded.code, 0);
    assert.is(folded.stderr, 'evalmake: note: 301 tasks are more than 300 boxes: folded to 1 family\n');
    assert.equal(boxes(folded.stdout).slice(1), ['many: 301 to run']);
    const names = Array.from({ length: 301 }, (_, i) => `t${i}`);
    ws.write('pipeline.yaml', `${head}${names.map((name) => target(name)).join('')}`);
    const refused = await ws.evalmake(['graph', '-o', 'graph.svg']);
    assert.is(refused.code, 2);
    assert.match(refused.stderr, 'name some targets, or write --format dot');
    assert.not.ok(ws.exists('graph.svg'));
  },
);

scenario(
  'Every form goes into a file whose ending says the form; an ending that says nothing is refused.',
  async (ws) => {
    writeChain(ws);
    await step(ws);
    for (const [ending, format] of [
      ['mmd', 'mermaid'],
      ['dot', 'dot'],
      ['txt', 'text'],
      ['json', 'json'],
    ] as const) {
      assert.is((await ws.evalmake(['graph', '-o', `g.${ending}`])).code, 0);
      assert.is(ws.read(`g.${ending}`), (await ws.evalmake(['graph', '--format', format])).stdout);
    }
    const refused = await ws.evalmake(['graph', '-o', 'g.pdf']);
    assert.is(refused.code, 2);
    assert.match(refused.stderr, 'what kind of graph is "g.pdf"?');
  },
);

runScenarios();
