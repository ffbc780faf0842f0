// JSON text: faults are found where the parser of the language finds one, and values where they stand.
import { exactDigits, jsonFault, jsonOffset, lineAt, parseExactly } from '@evalmake/engine/facts-json';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('a fault says where and why', () => {
  const cases: [string, number, string][] = [
    ['', 0, 'there is nothing in it'],
    [' \n', 2, 'there is nothing in it'],
    ['{"a": NaN}', 6, 'NaN is not JSON'],
    ['{"a": 1,}', 8, 'expected a key in double quotes, found "}"'],
    ['[1,]', 3, 'expected a value, found "]"'],
    ['[1 2]', 3, 'expected "," or "]", found "2"'],
    ['{"a" 1}', 5, 'expected ":", found "1"'],
    ["{'a': 1}", 1, 'expected a key in double quotes, found "\'"'],
    ['{"a": "x', 8, 'it ends within a string'],
    ['{"a": [1, {"b": 2}', 18, 'it ends too early'],
    ['{} {}', 3, 'expected the end, found "{"'],
    ['"a\tb"', 2, 'a raw "\\t" stands in a string'],
    ['"\\x"', 1, '\\x is no escape of JSON'],
    ['<<<<<<< HEAD', 0, 'expected a value, found "<"'],
    ['1\u00002', 1, 'expected the end, found "\\u0000"'],
  ];
  for (const [text, offset, why] of cases) assert.equal(jsonFault(text), { offset, why }, text);
});

test('deep nesting is walked without recursion', () => {
  assert.is(jsonFault('['.repeat(200_000) + ']'.repeat(200_000)), undefined);
  assert.equal(jsonFault('['.repeat(200_000)), { offset: 200_000, why: 'it ends too early' });
});

test('every text is judged as the parser of the language judges it', () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '\\',
    'u00e9',
    '1',
    '-',
    '0',
    '.5',
    'e3',
    'true',
    'nul',
    ' ',
    '\n',
    '\r',
  ];
  const soup = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((p) => p.join(''));
  const near = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', '}', ',', '0', '\\'))
    .map(([text, at, put]) => {
      const i = at % (text.length + 1);
      return text.slice(0, i) + put + text.slice(i + 1);
    });
  fc.assert(
    fc.property(fc.oneof(soup, near, fc.json(), fc.string()), (text) => {
      assert.is(jsonFault(text) === undefined, parses(text), JSON.stringify(text));
    }),
    { numRuns: 2000 },
  );
});

test('the offset of a value, by its pointer', () => {
  const text = '{"a": [10, {"b,\\"": [true]}], "c": {"a": 1}}';
  const at = (...pointer: (string | number)[]) => text.slice(jsonOffset(text, pointer));
  assert.match(at('a', 0), /^10/);
  assert.match(at('a', 1), /^\{"b/);
  assert.match(at('a', 1, 'b,"', 0), /^true/);
  assert.match(at('c', 'a'), /^1}}/);
  assert.is(jsonOffset(text, ['c', 'missing']), text.indexOf('{"a": 1'));
  assert.is(jsonOffset('[[], {}, [1]]', [2, 0]), 10);
});

test('the offset of every value holds that value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), fc.nat(20), (value, indent) => {
      const text = JSON.stringify(value, null, indent % 4);
      const walk = (v: unknown, pointer: (string | number)[]): void => {
        const offset = jsonOffset(text, pointer);
        assert.ok(
          text.slice(offset).startsWith(JSON.stringify(v).slice(0, 1)),
          `${text} at ${pointer.join('/')}`,
        );
        if (typeof v === 'number' || typeof v === 'string')
          assert.ok(text.startsWith(JSON.stringify(v), offset));
        if (v !== null && typeof v === 'object') {
          for (const [k, child] of Object.entries(v))
            walk(child, [...pointer, Array.isArray(v) ? Number(k) : k]);
        }
      };
      walk(JSON.parse(text), []);
    }),
  );
});

test('lines and columns count from 1', () => {
  assert.equal(lineAt('ab\ncd', 0), { line: 1, column: 1 });
  assert.equal(lineAt('ab\ncd', 4), { line: 2, column: 2 });
  assert.equal(lineAt('ab\ncd', 2), { line: 1, column: 3 });
});

test('long numbers keep their digits, everything else is as parsed', () => {
  const row = parseExactly(
    '{"id": 12345678901234567891, "s": "12345678901234567891 \\" 1234567890123456789", "n": [1.5, -2]}',
  ) as {
    id: string;
  };
  assert.is(exactDigits(row.id), '12345678901234567891');
  assert.equal({ ...row, id: 0 }, { id: 0, s: '12345678901234567891 " 1234567890123456789', n: [1.5, -2] });
  assert.is(exactDigits('12'), undefined);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      if (!/[\d.eE+-]{16}/.test(text)) assert.equal(parseExactly(text), JSON.parse(text));
    }),
  );
});

test.run();
