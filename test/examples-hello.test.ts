// examples/hello, run as its README says.
import { utimesSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Workspace } from './examples/workspace.ts';

/** The lines of `counts.txt`, computed once more: the most frequent word first, equal ones by code unit. */
function counted(poem: string): [number, string][] {
  const counts = new Map<string, number>();
  for (const word of poem.toLowerCase().match(/[a-z]+/g) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .map(([word, n]): [number, string] => [n, word])
    .sort((a, b) => b[0] - a[0] || (a[1] < b[1] ? -1 : 1));
}

/** The numbers and words of lines as `uniq -c` writes them. */
function parsed(lines: readonly string[]): [number, string][] {
  return lines.map((line) => {
    const [count, word] = line.trim().split(' ');
    return [Number(count), word ?? ''];
  });
}

const built = Workspace.of('hello');
test.after(() => built.close());

test('the first build runs all three, the second none', () => {
  assert.equal(built.plan().ids('run').concat(built.plan().ids('maybe')).sort(), [
    'counts',
    'report',
    'words',
  ]);
  assert.equal(built.build().ran, ['counts', 'report', 'words']);
  const expected = counted(built.read('poem.txt'));
  const [title, ...top] = built.read('out/report.txt').trimEnd().split('\n');
  assert.is(title, 'The three most frequent words:');
  assert.equal(parsed(top), expected.slice(0, 3));
  assert.equal(parsed(built.read('out/counts.txt').trimEnd().split('\n')), expected);
  const before = built.digests();
  assert.equal(built.build().ran, []);
  assert.equal(built.digests(), before);
});

test('content counts, not time', () => {
  const copy = built.copy();
  utimesSync(copy.path('poem.txt'), 1_000_000_000, 1_000_000_000);
  copy.write('out/words.txt', copy.read('out/words.txt'));
  assert.equal(copy.plan().ids('fresh'), ['counts', 'report', 'words']);
  assert.equal(copy.build().ran, []);
  copy.close();
});

test('an equal output cuts the rest off', () => {
  const copy = built.copy();
  copy.edit('poem.txt', 'The tide comes in', 'THE TIDE COMES IN');
  assert.equal(copy.plan().causes('words'), ['input-changed poem.txt']);
  const again = copy.build();
  assert.equal(again.ran, ['words']);
  assert.equal(again.changed, []);
  assert.ok(again.cutOff.includes('counts'));
  copy.close();
});

test('a new line runs all three', () => {
  const copy = built.copy();
  copy.write('poem.txt', `${copy.read('poem.txt')}Home, home, home, home, home, home.\n`);
  assert.equal(copy.build().ran, ['counts', 'report', 'words']);
  const expected = counted(copy.read('poem.txt'));
  assert.equal(parsed(copy.read('out/report.txt').trimEnd().split('\n').slice(1)), expected.slice(0, 3));
  copy.close();
});

test('a lost file in the middle is made again alone', () => {
  const copy = built.copy();
  const before = copy.digests();
  copy.remove('out/counts.txt');
  assert.equal(copy.plan().causes('counts'), ['output-missing out/counts.txt']);
  assert.equal(copy.build().ran, ['counts']);
  assert.equal(copy.digests(), before);
  copy.close();
});

test.run();
