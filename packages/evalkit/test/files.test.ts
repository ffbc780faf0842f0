// Tests of the file formats: JSONL, CSV, JSON and YAML in; JSONL, CSV and JSON out, byte for byte.
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from 'evalkit/config';
import { type Cell, csvCell, readCsv, writeCsv } from 'evalkit/csv';
import { readJson } from 'evalkit/json-in';
import { jsonText, roundNumber, writeJson } from 'evalkit/json-out';
import { readJsonl, writeJsonl } from 'evalkit/jsonl';
import { readLines } from 'evalkit/lines';
import { writeOutFile } from 'evalkit/out-file';
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const folder = mkdtempSync(join(tmpdir(), 'files-'));
let files = 0;

function file(content: string | Uint8Array, ending = 'txt'): string {
  files += 1;
  const path = join(folder, `f${files}.${ending}`);
  writeFileSync(path, content);
  return path;
}

async function messageOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(folder, '') : String(error);
  }
  return 'no error';
}

test('lines: numbers and places, a last line without an end, U+2028 inside, CRLF, a byte order mark', () => {
  const path = file('\uFEFFa\r\nb\u2028c\n\nlast');
  assert.equal(
    [...readLines(path)],
    [
      { number: 1, text: 'a', start: 0, size: 5 },
      { number: 2, text: 'b\u2028c', start: 6, size: 5 },
      { number: 3, text: '', start: 12, size: 0 },
      { number: 4, text: 'last', start: 13, size: 4 },
    ],
  );
});

test('lines: a character that spans two pieces of the file stays whole', () => {
  const long = `${'x'.repeat(65535)}é${'y'.repeat(70000)}`;
  assert.equal(
    [...readLines(file(`${long}\nz\n`))].map((line) => line.text),
    [long, 'z'],
  );
});

test('lines: what is not UTF-8 is named with its line', async () => {
  const path = file(Buffer.from([0x61, 0x0a, 0xff, 0x0a]));
  assert.match(await messageOf(() => [...readLines(path)]), /f\d+\.txt:2: not valid UTF-8/);
});

test('jsonl: objects come back, and messages name file, line and field', async () => {
  const path = join(folder, 'deep', 'rows.jsonl');
  assert.is(
    writeJsonl(path, [
      { b: 1, a: 'é' },
      { a: 'second', b: 0.1 + 0.2, c: undefined },
    ]),
    2,
  );
  assert.is(readFileSync(path, 'utf8'), '{"b":1,"a":"é"}\n{"a":"second","b":0.3}\n');
  assert.equal(
    [...readJsonl(path)].map((row) => row.text('a')),
    ['é', 'second'],
  );
  const bad = file('{"a":1}\n\n{"a":\n');
  assert.match(await messageOf(() => [...readJsonl(bad)]), /:3: not valid JSON/);
  assert.match(await messageOf(() => [...readJsonl(file('[1]\n'))]), /:1: expected an object, found a list/);
  const row = [...readJsonl(path)][1];
  assert.match(await messageOf(() => row?.count('b')), /:2: b: expected a whole number from 0 up, found 0.3/);
  assert.match(await messageOf(() => row?.text('z')), /:2: z: expected a text, found missing/);
});

test('json out: order as given, 10 significant digits, no NaN, no minus zero', () => {
  assert.is(
    jsonText({ z: 1 / 3, a: [-0, 1e-12 / 3], u: undefined }),
    '{\n  "z": 0.3333333333,\n  "a": [\n    0,\n    3.333333333e-13\n  ]\n}\n',
  );
  assert.throws(() => jsonText({ a: { b: [0, Number.NaN] } }), /\$\.a\.b\[1\] is NaN/);
  assert.is(roundNumber(123456789012), 123456789000);
  for (const value of [0, 7, -12, 9999999999, -9999999999, 10000000001, 12345678901, 0.1 + 0.2, 1e300])
    assert.is(roundNumber(value), Number(value.toPrecision(10)));
  assert.ok(Object.is(roundNumber(-0), 0));
});

test('json in: a syntax error has line and column', async () => {
  assert.match(await messageOf(() => readJson(file('{\n  "a": 1,\n  b\n}', 'json'))), /:3:3: not valid JSON/);
  assert.match(await messageOf(() => readJson(file('', 'json'))), /is empty/);
  assert.match(await messageOf(() => readJson(join(folder, 'none.json'))), /none\.json: no such file/);
});

test('an output appears whole or not at all', async () => {
  const path = join(folder, 'kept.json');
  writeJson(path, { good: true });
  const failed = await messageOf(() =>
    writeOutFile(path, (out) => {
      out.write('half');
      throw new Error('stop');
    }),
  );
  assert.is(failed, 'stop');
  assert.is(readFileSync(path, 'utf8'), '{\n  "good": true\n}\n');
  assert.not.ok(existsSync(`${path}.tmp`));
});

test('csv: any text survives the round trip', async () => {
  const path = join(folder, 'round.csv');
  const cell = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a,b', '"', '\r\n', ' x ', '', '\uFEFF'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 5 }), async (rows) => {
      writeCsv(path, ['one', 'two'], rows);
      const back = await readCsv(path, ['one', 'two']);
      assert.equal(
        back.map((row) => [row.text('one'), row.text('two')]),
        rows,
      );
    }),
    { numRuns: 60 },
  );
});

test('csv: cells, line numbers and typed access', async () => {
  const rows: Cell[][] = [
    ['x\ny', 1 / 3],
    ['', null],
    ['z', true],
  ];
  const path = join(folder, 'typed.csv');
  assert.is(writeCsv(path, ['a', 'n'], rows), 3);
  assert.is(readFileSync(path, 'utf8'), 'a,n\n"x\ny",0.3333333333\n,\nz,1\n');
  const back = await readCsv(path, ['n']);
  assert.equal(
    back.map((row) => row.where.split(':').at(-1)),
    ['2', '4', '5'],
  );
  assert.is(back[1]?.optionalNumber('n'), null);
  assert.match(await messageOf(() => back[1]?.number('n')), /:4: n: expected a number, found an empty cell/);
  assert.match(await messageOf(() => back[0]?.number('a')), /:2: a: expected a number, found "x\\ny"/);
  assert.throws(() => csvCell(Number.POSITIVE_INFINITY), /CSV cell is Infinity/);
});

test('csv: a broken file is named with its line', async () => {
  assert.match(await messageOf(() => readCsv(file('a,b\n1,2\n3\n'), ['a'])), /:3: not a valid CSV row/);
  assert.match(
    await messageOf(() => readCsv(file('a,b\n'), ['a', 'c', 'd'])),
    /:1: missing columns c, d; the file has a, b/,
  );
  assert.match(await messageOf(() => readCsv(file('a,a\n1,2\n'), ['a'])), /:1: column a appears twice/);
  assert.match(await messageOf(() => readCsv(file(''), ['a'])), /is empty; a header line was expected/);
  assert.match(await messageOf(() => readCsv(join(folder, 'none.csv'), ['a'])), /none\.csv: no such file/);
});

test('config: JSON and YAML give the same values, and messages name the dotted key', async () => {
  const yaml = readConfig(file('stats: { alpha: 0.05 }\ntemps: [0.0, 0.7]\nmodel: m\n', 'yaml'));
  const json = readConfig(file('{"stats":{"alpha":0.05},"temps":[0,0.7],"model":"m"}', 'json'));
  for (const config of [yaml, json]) {
    assert.is(config.number('stats.alpha'), 0.05);
    assert.equal(config.numberList('temps'), [0, 0.7]);
    assert.not.ok(config.has('stats.beta'));
  }
  assert.match(
    await messageOf(() => json.integer('stats.alpha', { min: 1 })),
    /stats\.alpha: expected a whole number from 1 up, found 0\.05/,
  );
  assert.match(
    await messageOf(() => json.text('stats.seed')),
    /stats\.seed: expected a non-empty text, it is missing/,
  );
  assert.match(
    await messageOf(() => json.oneOf('model', ['a', 'b'])),
    /model: expected one of a, b, found "m"/,
  );
  assert.match(
    await messageOf(() => json.numberList('temps', { max: 0.5 })),
    /temps\[1\]: expected a number up to 0\.5, found 0\.7/,
  );
  assert.match(await messageOf(() => json.text('constructor')), /constructor: expected .* it is missing/);
  assert.match(await messageOf(() => readConfig(file('a: [1\nb: 2', 'yaml'))), /yaml:\d+:\d+: /);
  assert.match(await messageOf(() => readConfig(file('[]', 'json'))), /expected a map of configuration keys/);
});

test.run();
