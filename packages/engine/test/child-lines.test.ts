// Child lines: what a command says about itself is understood however its output is cut, and the last lines are kept.
import { type ChildLine, LineReader, parseChildLine } from '@evalmake/engine/child-lines';
import { exitText } from '@evalmake/engine/failure';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** What a reader reports and keeps of output cut into chunks of these sizes. */
function read(text: string, sizes: readonly number[] = []): { lines: ChildLine[]; tail: readonly string[] } {
  const bytes = Buffer.from(text);
  const lines: ChildLine[] = [];
  const reader = new LineReader((line) => lines.push(line));
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes.length === 0 ? bytes.length : Math.max(1, sizes[i % sizes.length] as number);
    reader.take(bytes.subarray(at, at + size));
    at += size;
  }
  return { lines, tail: reader.end() };
}

test('every line of the protocol', () => {
  assert.equal(parseChildLine('evalmake:progress 12/500 sending'), {
    kind: 'progress',
    done: 12,
    of: 500,
    text: 'sending',
  });
  assert.equal(parseChildLine('evalmake:progress 1/2'), { kind: 'progress', done: 1, of: 2, text: '' });
  assert.equal(parseChildLine('evalmake:note hello  world'), { kind: 'note', text: 'hello  world' });
  assert.equal(parseChildLine('evalmake:warn x'), { kind: 'warn', text: 'x' });
  assert.equal(parseChildLine('evalmake:cost usd=0.12 in=100 out=20'), {
    kind: 'cost',
    usd: 0.12,
    tokensIn: 100,
    tokensOut: 20,
  });
  assert.equal(parseChildLine('evalmake:cost out=2 usd=1e-3'), {
    kind: 'cost',
    usd: 0.001,
    tokensIn: 0,
    tokensOut: 2,
  });
  assert.equal(parseChildLine('evalmake:wait 30 batch_x is running'), {
    kind: 'wait',
    seconds: 30,
    text: 'batch_x is running',
  });
  assert.equal(parseChildLine('evalmake:metric em=0.5'), { kind: 'metric', name: 'em', value: 0.5 });
  assert.equal(parseChildLine('evalmake:metric open.em -1.5e2'), {
    kind: 'metric',
    name: 'open.em',
    value: -150,
  });
});

test('a payment may have a name', () => {
  const cost = { kind: 'cost', usd: 0.5, tokensIn: 0, tokensOut: 0 } as const;
  assert.equal(parseChildLine('evalmake:cost usd=0.5 id=batch_a-1'), { ...cost, id: 'batch_a-1' });
  assert.equal(parseChildLine('evalmake:cost id=b usd=0.5'), { ...cost, id: 'b' });
  assert.equal(parseChildLine('evalmake:cost usd=0.5 id= paid=1'), cost);
});

test('what is not quite a line of the protocol is text', () => {
  for (const line of [
    'evalmake:progress',
    'evalmake:progress x/2',
    'evalmake:progress 1',
    'evalmake:metric em',
    'evalmake:metric em=x',
    'evalmake:wait soon',
    'evalmake:unknown x',
    'evalmake: note x',
    ' evalmake:note x',
    'Evalmake:note x',
    'evalmake:note',
    'xevalmake:note y',
  ])
    assert.is(parseChildLine(line), undefined, line);
});

test('numbers that are none are text, not NaN', () => {
  for (const line of ['evalmake:metric em=1.2.3', 'evalmake:metric em=.', 'evalmake:cost usd=1.2.3']) {
    const made = parseChildLine(line);
    assert.ok(made === undefined || !Object.values(made).some((v) => Number.isNaN(v)), line);
  }
});

test('lines of the protocol are reported and not kept; the last twenty others are kept', () => {
  const text = Array.from({ length: 30 }, (_, i) => `line ${i}\nevalmake:progress ${i}/30\n`).join('');
  const { lines, tail } = read(text);
  assert.is(lines.length, 30);
  assert.equal(
    tail,
    Array.from({ length: 20 }, (_, i) => `line ${i + 10}`),
  );
});

test('a last line without its end counts, and Windows ends are cut off', () => {
  assert.equal(read('one\r\nevalmake:note x\r\ntwo').tail, ['one', 'two']);
  assert.equal(read('one\r\nevalmake:note x\r\ntwo').lines, [{ kind: 'note', text: 'x' }]);
  assert.equal(read('evalmake:note last').lines, [{ kind: 'note', text: 'last' }]);
  assert.equal(read('').tail, []);
});

const part = fc.oneof(
  fc.constantFrom(
    'evalmake:progress 1/2 é\n',
    'evalmake:note 𝄞\n',
    'evalmake:warn w\r\n',
    'text\n',
    '\n',
    '\r\n',
    'no end',
    'evalmake:',
    'été 東京 𝄞',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 });

test('how the output is cut does not matter', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 10 }), sizes, (parts, cut) => {
      const text = parts.join('');
      assert.equal(read(text, cut), read(text));
    }),
    { numRuns: 300 },
  );
});

test('how a line is cut that is longer than what is kept does not matter either', () => {
  for (const head of ['', 'evalmake:note ', 'é']) {
    const text = `${head}${'0123456789'.repeat(1000)}evalmake:note inside\nnext\n`;
    for (const size of [1, 100, 4095, 4096, 4097, 8192])
      assert.equal(read(text, [size]), read(text), `${head} ${size}`);
  }
});

test('the middle of a long line is never taken for a line of the protocol', () => {
  const line = `${'x'.repeat(4096 * 2)}evalmake:cost usd=99`;
  for (let pad = 0; pad < 30; pad++) {
    const text = `${line}${'y'.repeat(4096 - 20 - pad)}\n`;
    assert.equal(read(text, [1]).lines, [], `${pad}`);
  }
});

test('an exit in words', () => {
  assert.is(exitText(1, null), 'exit code 1');
  assert.is(exitText(null, 'SIGKILL'), 'killed by SIGKILL');
  assert.is(exitText(null, null), 'ended without an exit code');
  assert.match(exitText(127, null), /^exit code 127: a command was not found/);
  assert.match(exitText(141, null), /^exit code 141: .*SIGPIPE/);
  assert.is(exitText(137, null), 'exit code 137: a process was killed by SIGKILL');
  assert.is(exitText(255, null), 'exit code 255');
});

test.run();
