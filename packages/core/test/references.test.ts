// References: every `${{ … }}` and every name in a pipeline means something, or is one located problem that helps.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseProblems } from './doubles/pipeline-text.ts';

/** What is wrong with a target of this body, beside a producer `prep` with outputs `a` and `b`. */
function wrong(body: string, top = ''): string[] {
  const text = `targets:\n  prep: { run: x, outputs: { a: pa, b: pb } }\n  one: { run: x, outputs: po }\n  t:\n${body.replace(/^/gm, '    ')}\n`;
  return parseProblems(text + top, { hint: true }).map((p) => p.replace(/^\S+ /, ''));
}

const io = 'inputs: { raw: x, "in": y }\noutputs: { res: o, log: l }\n';

test('what a command may refer to', () => {
  const refs = [
    'config.a.b',
    'config.a.slug',
    'env.HOME',
    'inputs',
    'inputs.raw',
    'inputs.raw.dir',
    'inputs.raw.list',
    'inputs.list',
    'inputs.dir',
    'outputs',
    'outputs.res',
    'outputs.res.dir',
    'outputs.dir',
    'outputs.missing',
    'task',
    'state',
    'v',
    'm',
    'm.slug',
    'm.prompt',
    'config',
  ];
  for (const ref of refs) {
    assert.equal(
      wrong(`run: x \${{ ${ref} }}\neach: { m: [1] }\nconfig: a\n${io}`, 'vars: { v: w }\n'),
      [],
      ref,
    );
  }
});

test('a name that means nothing suggests the nearest one, or says what there is', () => {
  assert.equal(wrong('run: x ${{ cnfig.a }}'), [
    'unknown-reference: ${{ cnfig.a }}: nothing is named "cnfig" | did you mean "config"?',
  ]);
  assert.equal(wrong('run: x ${{ modle }}\neach: { model: [1] }'), [
    'unknown-reference: ${{ modle }}: nothing is named "modle" | did you mean "model"?',
  ]);
  assert.equal(wrong('run: x ${{ resluts }}', 'vars: { results: r }\n'), [
    'unknown-reference: ${{ resluts }}: nothing is named "resluts" | did you mean "results"?',
  ]);
  assert.equal(wrong('run: x ${{ zzzzzzzz }}'), [
    'unknown-reference: ${{ zzzzzzzz }}: nothing is named "zzzzzzzz" | a template refers to config, inputs, outputs, env, vars or an each variable',
  ]);
});

test('inputs and outputs that the target does not have', () => {
  assert.equal(wrong(`run: x \${{ inputs.rwa }}\n${io}`), [
    'unknown-reference: the target has no input named "rwa" | did you mean "raw"?',
  ]);
  assert.equal(wrong(`run: x \${{ outputs.stats }}\n${io}`), [
    'unknown-reference: the target has no output named "stats" | it has: res, log',
  ]);
  assert.equal(wrong('run: x ${{ inputs }}'), [
    'unknown-reference: ${{ inputs }}: the target declares no inputs',
  ]);
  assert.equal(wrong('run: x ${{ outputs.dir }}'), [
    'unknown-reference: ${{ outputs.dir }}: the target declares no outputs',
  ]);
});

test('a field of an input or output that does not exist is told, not passed over', () => {
  for (const ref of [
    'inputs.raw.path',
    'inputs.raw.slug',
    'outputs.res.list',
    'outputs.res.stem',
    'inputs.raw.dir.dir',
    'task.json',
    'state.dir',
  ]) {
    assert.is(wrong(`run: x \${{ ${ref} }}\n${io}`).length, 1, ref);
  }
});

test('an expression, and a template that is never closed', () => {
  assert.equal(wrong('run: "x ${{ a + 1 }}"'), [
    'bad-template: "${{ a + 1 }}" is not a dotted path; templates hold no expressions',
  ]);
  assert.equal(wrong('run: "x ${{ config.a"'), ['bad-template: "${{" is never closed by "}}"']);
});

test('env names one variable', () => {
  assert.equal(wrong('run: x ${{ env }}'), ['bad-reference: ${{ env }} must name one variable: env.NAME']);
  assert.equal(wrong('run: x ${{ env.A.B }}'), [
    'bad-reference: ${{ env.A.B }} must name one variable: env.NAME',
  ]);
});

test('secrets stand in no template', () => {
  const hint = 'the command finds it in its environment';
  assert.equal(wrong('run: x ${{ env.KEY }}\nsecrets: [KEY]'), [
    `secret-in-template: \${{ env.KEY }}: a secret cannot stand in a template | ${hint}`,
  ]);
  assert.equal(wrong('run: x ${{ secrets.KEY }}'), [
    `secret-in-template: \${{ secrets.KEY }}: a secret cannot stand in a template | ${hint}`,
  ]);
  assert.equal(wrong('run: x\nenv: { A: "${{ env.KEY }}" }\nsecrets: [KEY]'), [
    `secret-in-template: \${{ env.KEY }}: a secret cannot stand in a template | ${hint}`,
  ]);
  assert.is(wrong('run: x ${{ v }}\nsecrets: [KEY]', 'vars: { v: "${{ env.KEY }}" }\n').length, 1);
});

test('secrets stand in no template, whichever way round', () => {
  for (const body of [
    'run: x ${{ env.KEY.slug }}\nsecrets: [KEY]',
    'run: x ${{ v.slug }}\nsecrets: [KEY]',
    'run: x ${{ w }}\nsecrets: [KEY]',
    'run: x\neach: { m: { glob: "${{ env.KEY }}/*" } }\nsecrets: [KEY]',
    'run: x\neach: { m: { range: [0, "${{ env.KEY }}"] } }\nsecrets: [KEY]',
  ]) {
    const found = wrong(body, 'vars: { v: "${{ env.KEY }}", w: "${{ v }}" }\n');
    assert.is(found.length, 1, body);
    assert.match(found[0] as string, /^secret-in-template: /, body);
  }
});

test('what exists only while a command runs cannot stand in a path', () => {
  for (const line of [
    'outputs: o/${{ inputs.raw }}',
    'manifest: ${{ outputs }}',
    'cwd: ${{ state }}',
    'when: ${{ task }}',
    'code: ${{ inputs.raw }}',
  ]) {
    const found = wrong(`run: x\ninputs: { raw: x }\n${line}`);
    assert.is(found.length, 1, line);
    assert.match(
      found[0] as string,
      /^bad-reference: .* has no meaning here: it exists only while the command runs$/,
    );
  }
});

test('rows have a meaning only where the target declares them', () => {
  assert.equal(wrong('run: x ${{ rows.todo }}'), [
    'unknown-reference: ${{ rows.todo }}: the target has no "rows:" | declare rows: { from, to, id }',
  ]);
});

test('the config file of a target holds its declared keys, so there must be some', () => {
  assert.equal(wrong('run: x ${{ config }}'), [
    'config-without-keys: ${{ config }} is used, but the target declares no config keys | name the keys the command reads: config: [key, …]; the file holds exactly these',
  ]);
});

test('naming the config file itself would bypass the declared keys', () => {
  const top = 'config: conf/c.yaml\n';
  for (const body of [
    'run: x --config conf/c.yaml',
    "run: x --config='./conf/c.yaml'",
    'run: [x, conf/c.yaml]',
    'run: x\ninputs: conf/c.yaml',
  ]) {
    const found = wrong(body, top);
    assert.is(found.length, 1, body);
    assert.match(found[0] as string, /^config-as-input: .*"conf\/c\.yaml"/);
  }
  assert.equal(wrong('run: x conf/c.yaml.bak', top), []);
});

test('a file of an each variable is read through an input, so that its content counts', () => {
  const hint =
    'declare inputs: { file: "${{ part.path }}" } and write ${{ inputs.file }}, so that its content counts';
  assert.equal(wrong('run: cat ${{ part.path }}\neach: { part: { from: prep.a } }'), [
    `undeclared-input: \${{ part.path }} is a file the command reads, but no input declares it | ${hint}`,
  ]);
  assert.equal(wrong('run: cat ${{ part }}\neach: { part: { glob: d/* } }').length, 1);
  assert.equal(wrong('run: echo ${{ part.stem }}\neach: { part: { glob: d/* } }'), []);
});

test('a var or env hides neither the config file nor a file of an each variable', () => {
  const top = 'config: ./conf/c.yaml\nvars: { c: conf/c.yaml, p: "${{ part.path }}" }\n';
  const each = 'each: { part: { glob: d/* } }\n';
  for (const [body, code] of [
    ['run: x ${{ c }}', 'config-as-input'],
    ['run: x\nenv: { C: conf/c.yaml }', 'config-as-input'],
    [`${each}run: cat \${{ p }}`, 'undeclared-input'],
    [`${each}run: x\nenv: { P: "\${{ part }}" }`, 'undeclared-input'],
  ] as const) {
    const found = wrong(body, top);
    assert.is(found.length, 1, body);
    assert.ok(found[0]?.startsWith(code), body);
  }
});

test('producers and their outputs are known, or the nearest is suggested', () => {
  assert.equal(wrong('run: x\ninputs: { from: perp }'), [
    'unknown-target: no target is named "perp" | did you mean "prep"?',
  ]);
  assert.equal(wrong('run: x\ninputs: { from: prep.c }'), [
    'unknown-output: target "prep" has no output named "c" | did you mean "prep.a"?',
  ]);
  assert.equal(wrong('run: x\ninputs: { from: prep.zzzz }'), [
    'unknown-output: target "prep" has no output named "zzzz" | its outputs: a, b',
  ]);
  assert.equal(wrong('run: x\ninputs: { from: one.a }'), [
    'unknown-output: target "one" has no output named "a" | its outputs have no names: write {from: one}',
  ]);
  assert.equal(wrong('run: x\neach: { p: { from: perp.a } }'), [
    'unknown-target: no target is named "perp" | did you mean "prep"?',
  ]);
});

test('default names targets, instances, patterns or paths', () => {
  assert.equal(wrong('run: x', 'default: [t, "t@1", "pr*", out/x, "o.txt"]\n'), []);
  assert.equal(wrong('run: x', 'default: [pre]\n'), [
    'unknown-target: no target is named "pre" | did you mean "prep"?',
  ]);
});

test('the command of a check is a template like any other', () => {
  assert.is(
    wrong('run: x > ${{ outputs }}\noutputs: o\nchecks: { command: "test -s ${{ outputz }}" }').length,
    1,
  );
  assert.is(
    wrong('run: x > ${{ outputs }}\noutputs: o\nchecks: { command: "test -s ${{ a b }}" }').length,
    1,
  );
  assert.equal(
    wrong(
      'run: x > ${{ outputs }}\noutputs: o\nchecks: { command: "test -s ${{ outputs }} ${{ config.a }}" }',
    ),
    [],
  );
});

test('vars: no circle, no name that means something else', () => {
  assert.equal(wrong('run: x', 'vars: { a: "${{ b }}", b: "${{ c }}", c: "${{ a }}" }\n'), [
    'var-cycle: the var "a" refers to itself: a -> b -> c -> a',
  ]);
  assert.is(wrong('run: x ${{ a }}', 'vars: { a: "${{ a }}" }\n').length, 1);
  assert.equal(wrong('run: x\neach: { a: [1] }', 'vars: { a: b }\n'), [
    'bad-name: "a" is already the name of a var',
  ]);
  for (const name of ['config', 'inputs', 'env'])
    assert.is(wrong('run: x', `vars: { ${name}: b }\n`).length, 1, name);
});

test('a var holds nothing of one target, and a circle through .slug is one too', () => {
  for (const ref of ['inputs', 'outputs.a', 'task', 'state', 'config'])
    assert.match(wrong('run: x', `vars: { a: "\${{ ${ref} }}" }\n`).join(), /^bad-reference: /, ref);
  assert.match(wrong('run: x', 'vars: { a: "${{ a.slug }}" }\n').join(), /^var-cycle: /);
  assert.match(wrong('run: x ${{ a.b }}', 'vars: { a: x }\n').join(), /^unknown-reference: .*has no fields/);
});

test('a var that uses another, and an each variable of the target that uses it', () => {
  assert.equal(
    wrong('run: x ${{ a }}\neach: { m: [1] }', 'vars: { a: "${{ b }}/${{ m }}", b: "${{ config.x }}" }\n'),
    [],
  );
});

test('names that every object has by itself mean nothing here either', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    assert.is(wrong(`run: x \${{ ${name} }}`).length, 1, name);
    assert.is(wrong('run: x ${{ a }}', `vars: { a: "\${{ ${name} }}" }\n`).length, 1, name);
  }
});

test.run();
