// The parts of import: pieces of JSON, values of cells, dotted fields, gathered items; each against something simpler.
import { Failure, Problems } from 'evalkit/failure';
import { amountOf, countOf, identifierOf, nameOf, shareOf, truthOf } from 'evalkit/importing/cell-value';
import { ItemGroups } from 'evalkit/importing/item-groups';
import { jsonPieces } from 'evalkit/importing/json-pieces';
import { memberAt } from 'evalkit/importing/log-record';
import { parseLoose } from 'evalkit/importing/loose-json';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureOf } from './failure-of.ts';

const wanted = { members: ['eval', 'status'], lists: ['samples'] };

/** The pieces of a text that arrives in parts of so many bytes, as [key, value] with the values parsed. */
function piecesOf(text: string | Buffer, size: number): [string, unknown][] {
  const bytes = Buffer.from(text);
  const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  return [...jsonPieces('log.json', wanted, parts)].map(({ key, text: one }) => [key, JSON.parse(one)]);
}

const anyDocument = fc.record({
  other: fc.jsonValue(),
  eval: fc.jsonValue(),
  samples: fc.array(fc.jsonValue(), { maxLength: 5 }),
  'a "quoted": [name': fc.jsonValue(),
  status: fc.jsonValue(),
});

test('pieces are what a whole parse gives, wherever the parts of the file end', () => {
  const property = fc.property(
    anyDocument,
    fc.constantFrom(undefined, 2, '\t'),
    fc.integer({ min: 1, max: 40 }),
    (document, indent, size) => {
      const text = JSON.stringify(document, null, indent);
      const whole = JSON.parse(text) as typeof document;
      const expected = [
        ['eval', whole.eval],
        ...whole.samples.map((sample) => ['samples', sample]),
        ['status', whole.status],
      ];
      assert.equal(piecesOf(text, size), expected);
    },
  );
  fc.assert(property, { numRuns: 200 });
});

test('a document that is cut off anywhere is refused', () => {
  const text = JSON.stringify({ eval: { a: 'x}' }, samples: [{ b: ['"]'] }, 2], status: 'success' });
  for (let length = 1; length < text.length; length += 1) {
    const said = failureOf(() => piecesOf(text.slice(0, length), 7));
    assert.match(said, 'log.json:1: the document ends in its middle');
  }
});

test('bytes that are no document are refused, and nothing else is thrown', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.stringMatching(/^[[\]{}",: a0\\]{0,40}$/).map((text) => new TextEncoder().encode(text)),
  );
  const property = fc.property(bytes, (some) => {
    try {
      for (const { text } of jsonPieces('log.json', wanted, [Buffer.from(some)])) parseLoose(text, 'x');
    } catch (error) {
      assert.ok(error instanceof Failure, String(error));
    }
  });
  fc.assert(property, { numRuns: 500 });
  assert.match(
    failureOf(() => piecesOf('[{"eval": 1}]', 9)),
    'an object was expected',
  );
  assert.match(
    failureOf(() => piecesOf('{} x', 9)),
    'something follows',
  );
});

test('a piece says on which line it starts', () => {
  const text = '{\n "samples": [\n  {"a":\n 1},\n\n  2\n ]\n}\n';
  const lines = [...jsonPieces('log.json', wanted, [Buffer.from(text)])].map(({ line }) => line);
  assert.equal(lines, [3, 6]);
});

test('NaN and Infinity are null, but not within texts', () => {
  assert.equal(parseLoose('{"a": NaN, "b": [-Infinity, "NaN \\" Infinity"]}', 'x'), {
    a: null,
    b: [null, 'NaN " Infinity'],
  });
  assert.match(
    failureOf(() => parseLoose('{"a": NaNx}', 'log:3')),
    'log:3: not valid JSON',
  );
});

test('a dotted field finds own members only, the longest name first', () => {
  const value = JSON.parse(
    '{"a.b": {"c": 1}, "a": {"b": {"c": 2}, "d": 3}, "__proto__": {"x": 4}}',
  ) as unknown;
  assert.is(memberAt(value, 'a.b.c'), 1);
  assert.is(memberAt(value, 'a.d'), 3);
  assert.is(memberAt(value, '__proto__.x'), 4);
  for (const path of ['constructor', 'a.constructor.name', 'a.d.toFixed', '', '.', 'a.', 'toString.length'])
    assert.is(memberAt(value, path), undefined, path);
});

const cell = (value: unknown) => ({ value, where: 't.csv:2', field: 'x' });

test('right and wrong, shares, counts and money, as programs write them', () => {
  for (const value of [true, 1, '1', '1.0', ' True ', 'C', 'yes', 'correct'])
    assert.is(truthOf(cell(value)), 1);
  for (const value of [false, 0, '0', '0.0', 'FALSE', 'I', 'N', 'incorrect'])
    assert.is(truthOf(cell(value)), 0);
  for (const read of [truthOf, countOf, amountOf])
    for (const value of [null, undefined, '', ' ']) assert.is(read(cell(value)), null);
  assert.is(shareOf(cell('P'), 1), 0.5);
  assert.is(shareOf(cell('8'), 10), 0.8);
  assert.is(shareOf(cell(1), 10), 0.1);
  assert.is(countOf(cell('12')), 12);
  assert.is(amountOf(cell('1.5e-3')), 0.0015);
  const wrong: [() => unknown, string][] = [
    [
      () => truthOf(cell(0.5)),
      'expected right or wrong (0 or 1); graded values are mapped by --score, found 0.5',
    ],
    [
      () => truthOf(cell('perhaps')),
      't.csv:2: x: expected right or wrong (0, 1, true, C, …), found "perhaps"',
    ],
    [() => truthOf(cell({ a: 1 })), 'found an object'],
    [() => shareOf(cell('1.01'), 1), 'expected a number from 0 to 1, found "1.01"'],
    [() => shareOf(cell('0x1'), 1), 'found "0x1"'],
    [() => countOf(cell('1.5')), 'expected a whole number from 0 up'],
    [() => amountOf(cell('-1')), 'expected a number from 0 up'],
    [() => amountOf(cell('1e999')), 'expected a number from 0 up'],
    [() => identifierOf(cell('a\nb')), 'without control characters'],
    [() => identifierOf(cell([])), 'found a list'],
    [() => nameOf(cell('<img src=x>')), 'expected a name without'],
    [() => nameOf(cell('a`b')), 'expected a name without'],
    [() => nameOf(cell('x'.repeat(201))), '…'],
  ];
  for (const [action, message] of wrong) assert.ok(failureOf(action).includes(message), failureOf(action));
});

const anyObservation = fc.record({
  dataset: fc.constantFrom('d', 'e'),
  item: fc.constantFrom('i', 'j', 'd\u0000i', '__proto__'),
  condition: fc.constantFrom('a', 'b', 'constructor'),
  temp: fc.constantFrom('unstated', '0.0', '0.7', '10.0'),
  sample: fc.constantFrom('0', '1', '2'),
  value: fc.option(fc.integer({ min: 0, max: 8 }), { freq: 4 }),
});

test('gathered items are what a plain grouping gives, in one order', () => {
  const property = fc.property(fc.array(anyObservation, { maxLength: 40 }), (rows) => {
    const problems = new Problems();
    const groups = new ItemGroups(['t.csv'], problems);
    const seen = new Set<string>();
    const plain = new Map<string, number[]>();
    rows.forEach(({ value, ...row }, line) => {
      const values = value === null ? {} : { score: value / 8 };
      groups.add({ ...row, cluster: '', part: null, values }, { file: 0, line });
      const key = JSON.stringify([row.dataset, row.item, row.temp, row.condition]);
      const own = plain.get(key) ?? [];
      plain.set(key, own);
      if (!seen.has(key + row.sample) && value !== null) own.push(value / 8);
      seen.add(key + row.sample);
    });
    assert.is(problems.empty, seen.size === rows.length, 'every second record of an answer is a problem');
    const found = [...groups.inOrder(['score'])].map(({ dataset, item, temp, condition, ...group }) => {
      const values = plain.get(JSON.stringify([dataset, item, temp, condition])) ?? [];
      assert.is(group.samples, values.length);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      assert.ok(values.length === 0 ? group.mean('score') === null : near(group.mean('score'), mean));
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      const deviation = Math.sqrt(squares / (values.length - 1));
      assert.ok(
        values.length < 2 ? group.deviation('score') === null : near(group.deviation('score'), deviation),
      );
      return [dataset, item, temp === 'unstated' ? -1 : Number(temp), condition];
    });
    assert.is(found.length, plain.size);
    assert.equal(found, [...found].sort(compareKeys));
  });
  fc.assert(property, { numRuns: 200 });
});

function near(found: number | null, expected: number): boolean {
  return found !== null && Math.abs(found - expected) < 1e-7;
}

function compareKeys(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] as string) < (b[at] as string) ? -1 : 1;
}

test.run();
