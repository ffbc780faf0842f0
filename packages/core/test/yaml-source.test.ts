// YAML as values that know where they stand: places, duplicates, source texts, merge keys, syntax errors.
import type { Json } from '@evalmake/core';
import { locate, pointerKey, readYaml } from '@evalmake/core/yaml-source';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

function readValue(text: string): Json | undefined {
  const { value, problems } = readYaml(text, 'f.yaml');
  assert.equal(problems, []);
  return value?.value;
}

function problemsOf(text: string): string[] {
  return readYaml(text, 'f.yaml').problems.map(
    (p) => `${p.file}:${p.line}:${p.column} ${p.code}: ${p.message}`,
  );
}

/** The source text of a number, when it is not written as JavaScript writes it. */
function written(text: string, ...pointer: (string | number)[]): string | undefined {
  return readYaml(text, 'f.yaml').value?.texts[pointerKey(pointer)];
}

test('plain values', () => {
  assert.equal(readValue('a: [1, x, true, null, ~, "1"]\nb: {c: 1.5}\n'), {
    a: [1, 'x', true, null, null, '1'],
    b: { c: 1.5 },
  });
  assert.is(readValue(''), null);
  assert.is(readValue('# only a comment\n'), null);
  assert.equal(readValue('a:\n  - b: 1\n    c:\n'), { a: [{ b: 1, c: null }] });
});

test('YAML 1.2: yes, no, on, off and dates are text', () => {
  assert.equal(readValue('a: [yes, no, on, off, 2024-01-01, 1_000, 0o17]'), {
    a: ['yes', 'no', 'on', 'off', '2024-01-01', '1_000', 15],
  });
});

test('numbers keep how they were written, wherever they stand', () => {
  assert.is(written('a: 1.0\n', 'a'), '1.0');
  assert.is(written('a: [0, 1e3, 0.10]\n', 'a', 1), '1e3');
  assert.is(written('a: [0, 1e3, 0.10]\n', 'a', 2), '0.10');
  assert.is(written('a: 0x10\n', 'a'), '0x10');
  assert.is(written('a: 7\n', 'a'), undefined);
  assert.is(written('a: "1.0"\n', 'a'), undefined);
  assert.is(written('a: &x 1.0\nb: {c: *x}\n', 'b', 'c'), '1.0');
});

test('values that JSON cannot hold are text', () => {
  assert.equal(readValue('a: [.inf, -.inf, .nan]'), { a: ['.inf', '-.inf', '.nan'] });
});

test('a key that stands twice is told with its place, at every depth', () => {
  assert.equal(problemsOf('a: 1\nb: 2\na: 3\n'), [
    'f.yaml:3:1 duplicate-key: the key "a" stands twice in the file',
  ]);
  assert.equal(problemsOf('t:\n  x: {b: 1, "b": 2}\n  y: 1\n  x: 2\n'), [
    'f.yaml:2:13 duplicate-key: the key "b" stands twice in t.x',
    'f.yaml:4:3 duplicate-key: the key "x" stands twice in t',
  ]);
});

test('keys that an object has by itself are ordinary keys', () => {
  assert.equal(problemsOf('toString: 1\nconstructor: 2\nhasOwnProperty: 3\n'), []);
  assert.equal(Object.keys(readValue('toString: 1\nconstructor: 2\n') as object), [
    'toString',
    'constructor',
  ]);
});

test('aliases stand for their anchor', () => {
  assert.equal(readValue('a: &x {b: 1}\nc: *x\n'), { a: { b: 1 }, c: { b: 1 } });
});

test('an alias without its anchor is a problem', () => {
  const found = readYaml('a: 1\nb: *nowhere\n', 'f.yaml').problems;
  assert.is(found.length, 1);
  assert.equal([found[0]?.severity, found[0]?.line, found[0]?.column], ['error', 2, 4]);
});

test('an anchor that holds itself is a problem, not a crash', () => {
  const found = readYaml('a: &x [*x]\n', 'f.yaml').problems;
  assert.is(found.length, 1);
  assert.equal([found[0]?.severity, found[0]?.line], ['error', 1]);
});

test('merge keys: own keys win, whether they stand before or after', () => {
  assert.equal(readValue('b: &b {lr: 1, n: 2}\na:\n  lr: 3\n  <<: *b\n'), {
    b: { lr: 1, n: 2 },
    a: { lr: 3, n: 2 },
  });
  assert.equal(readValue('b: &b {lr: 1, n: 2}\na:\n  <<: *b\n  lr: 3\n'), {
    b: { lr: 1, n: 2 },
    a: { lr: 3, n: 2 },
  });
});

test('merge keys: the text of an own number is not that of the merged one', () => {
  assert.is(written('b: &b {lr: 1.0}\na:\n  lr: 2\n  <<: *b\n', 'a', 'lr'), undefined);
  assert.is(written('b: &b {lr: 1.0}\na:\n  <<: *b\n', 'a', 'lr'), '1.0');
});

test('merge keys: a list of maps, earlier ones win', () => {
  const text = 'b: &b {x: 1}\nc: &c {x: 2, y: 3}\na:\n  <<: [*b, *c]\n  z: 4\n';
  assert.equal((readValue(text) as { a: Json }).a, { x: 1, y: 3, z: 4 });
});

test('an own key that stands twice beside a merge is still a duplicate', () => {
  assert.equal(problemsOf('b: &b {x: 1}\na:\n  <<: *b\n  y: 1\n  y: 2\n'), [
    'f.yaml:5:3 duplicate-key: the key "y" stands twice in a',
  ]);
});

test('a key that is a map, a list or an alias is a problem, not a crash nor a guess', () => {
  for (const text of [
    '? <<: 1\n',
    '? {a: b}\n: c\n',
    'x:\n  ? [a]\n  : c\n',
    '{{ a }}: b\n',
    '&a x: 1\n*a : 2\n',
  ]) {
    const { problems } = readYaml(text, 'f.yaml');
    assert.is(problems.length, 1, text);
    assert.ok((problems[0]?.line ?? 0) >= 1, text);
  }
});

test('a merge of what is no map, and the key __proto__, are problems', () => {
  for (const text of ['<<: 1\n', 'a: &x 1\nb: { <<: *x }\n', 'a: &x { <<: *x }\n', '__proto__: { a: 1 }\n'])
    assert.is(readYaml(text, 'f.yaml').problems.length, 1, text);
  assert.equal(readValue('"<<": 1\n'), { '<<': 1 });
});

test('aliases that multiply without measure are a problem, not the end of memory', () => {
  const rows = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 12; i++)
    rows.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  assert.equal(
    readYaml(rows.join('\n'), 'f.yaml').problems.map((p) => p.code),
    ['too-many-aliases'],
  );
});

test('an alias means the last anchor before it, through another alias too', () => {
  assert.equal(readValue('a: &x { b: &y 1, c: *y }\nd: &y 2\ne: *x\nf: *y\n'), {
    a: { b: 1, c: 1 },
    d: 2,
    e: { b: 1, c: 1 },
    f: 2,
  });
});

test('syntax errors are located, in one line, without the parser repeating the place', () => {
  for (const [text, line] of [
    ['a: 1\n b: 2\n', 1],
    ['a: [1, 2\nb: 3\n', 2],
    ['a: "x\n', 2],
    ['a: b: c\n', 1],
    ['a:\n\t- b\n', 2],
    ['a: }\n', 1],
  ] as const) {
    const { value, problems } = readYaml(text, 'f.yaml');
    assert.is(value, undefined, text);
    assert.ok(problems.length > 0, text);
    assert.is(problems[0]?.line, line, text);
    for (const p of problems) {
      assert.is(p.code, 'yaml-syntax');
      assert.is(p.file, 'f.yaml');
      assert.not.match(p.message, /at line|\n/);
    }
  }
});

test('an unquoted template in flow style is one problem, not what the parser makes of it', () => {
  assert.equal(problemsOf('a: {x: ${{ config.y }}, z: [${{ a }}]}\n'), [
    'f.yaml:1:8 template-not-quoted: a template inside { } or [ ] must be quoted',
  ]);
});

/** Where `locate` puts a problem with this pointer. */
function placeOf(text: string, pointer: readonly (string | number)[], atKey = false): string {
  const problem = { code: 'x', message: 'x', severity: 'error', pointer, atKey } as const;
  const [at] = locate([problem], text, 'f.yaml');
  return `${at?.file}:${at?.line}:${at?.column}`;
}

const document =
  'targets:\n  a:\n    inputs: [x, {path: y}]\n    "quoted": &q {k: v}\n    alias: *q\n    empty:\n';

test('a pointer leads to its value, its key, or the nearest thing above that is there', () => {
  assert.is(placeOf(document, ['targets', 'a', 'inputs']), 'f.yaml:3:13');
  assert.is(placeOf(document, ['targets', 'a', 'inputs'], true), 'f.yaml:3:5');
  assert.is(placeOf(document, ['targets', 'a', 'inputs', 1, 'path']), 'f.yaml:3:24');
  assert.is(placeOf(document, ['targets', 'a', 'quoted', 'k']), 'f.yaml:4:22');
  assert.is(placeOf(document, ['targets', 'a', 'alias', 'k']), 'f.yaml:4:22');
  assert.is(placeOf(document, ['targets', 'a', 'nothing', 'deep']), 'f.yaml:3:5');
  assert.is(placeOf(document, ['nothing']), 'f.yaml:1:1');
  assert.is(placeOf(document, []), 'f.yaml:1:1');
});

test('problems of another file, or with a place, stay as they are', () => {
  const other = { code: 'x', message: 'x', severity: 'error', pointer: ['targets'], file: 'g.yaml' } as const;
  const placed = { code: 'x', message: 'x', severity: 'error', line: 9, column: 9 } as const;
  const bare = { code: 'x', message: 'x', severity: 'error', pointer: ['targets', 'a'] } as const;
  const [one, two, three] = locate([other, placed, bare], document, 'f.yaml');
  assert.is(one, other);
  assert.is(two, placed);
  assert.is(three?.line, 3);
});

const yamlish = fc.array(
  fc.oneof(
    fc.constantFrom(
      'a',
      'b',
      ': ',
      ':',
      '\n',
      '\n  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      ', ',
      '"',
      "'",
      '|\n',
      '>\n',
      '#',
    ),
    fc.constantFrom(
      '&x ',
      '*x',
      '<<: ',
      '!t ',
      '---\n',
      '...\n',
      '%',
      '? ',
      '1.0',
      '\t',
      '${{ a }}',
      '@',
      '\\',
      '~',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  ),
  { maxLength: 25 },
);

test('random text never throws: it is values, or located problems', () => {
  fc.assert(
    fc.property(yamlish, (parts) => {
      const text = parts.join('');
      const { value, problems } = readYaml(text, 'f.yaml');
      assert.ok(value !== undefined || problems.length > 0);
      for (const p of problems) assert.ok((p.line ?? 0) >= 1 && (p.column ?? 0) >= 1, JSON.stringify(text));
      locate([{ code: 'x', message: 'x', severity: 'error', pointer: ['a', 0, 'b'] }], text, 'f.yaml');
    }),
    { numRuns: 300 },
  );
});

test('JSON is YAML: what JSON holds is read as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' }), (value) => {
      const text = JSON.stringify(value);
      fc.pre(!text.includes('__proto__') && !text.includes('"<<"') && !/"[^"]{1000}/.test(text));
      assert.equal(readYaml(text, 'f.yaml').value?.value, JSON.parse(text));
    }),
    { numRuns: 200 },
  );
});

test.run();
