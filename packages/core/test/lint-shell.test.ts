// Bash text as commands: what runs, what is read, what goes to the log, in all the ways in which a script may be written.
import { readShell } from '@evalmake/core/lint/shell-script';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** Each command as its words, joined; a word that the shell fills in is marked. */
function commands(text: string): string[] {
  return readShell(text).commands.map(({ words }) =>
    words.map(({ text, expands }) => (expands ? `~${text}` : text)).join(' '),
  );
}

const logged = (text: string, program: string): boolean | undefined =>
  readShell(text).commands.find(({ words }) => words[0]?.text === program)?.logged;

test('operators, comments, quotes and line ends part commands and words', () => {
  assert.equal(commands('a b; c && d || e | f & g # h\ni \\\n j'), ['a b', 'c', 'd', 'e', 'f', 'g', 'i j']);
  assert.equal(commands(`awk '{ print; x }' "a;b" 'c'd"e"\\ f`), ['awk { print; x } a;b cde f']);
  assert.equal(commands(`echo a#b; echo $'x;y'`), ['echo a#b', 'echo x;y']);
});

test('references of evalmake are parts of words and no expansions', () => {
  assert.equal(commands('score --in ${{ inputs.a }} p/${{ x }}.md "$Y" > ${{ outputs }}'), [
    'score --in ${{ inputs.a }} p/${{ x }}.md ~$Y',
  ]);
});

test('commands inside substitutions are commands, and the word is filled in', () => {
  assert.equal(commands('x=$(date +%s) run --id "$(hostname)-`uuidgen`"'), [
    'date +%s',
    'hostname',
    'uuidgen',
    'run --id ~$(hostname)-`uuidgen`',
  ]);
  assert.equal(commands('diff <(sort a) <(sort b)'), ['sort a', 'sort b', 'diff']);
  assert.equal(commands('echo $( (a; b) ) c'), ['a', 'b', 'echo ~$( (a; b) ) c']);
});

test('blocks, loops, branches and functions are told from what they hold', () => {
  const text = `f() { helper x; }
if [ -f a ]; then b; elif c; then d; else e; fi
for m in x y; do run $m; done
while read -r l; do g; done < list.txt
case "$1" in
  a|b) one ;;
  # a remark
  (c) two;;
esac
{ h; (i; j); }
function k { l; }
arr=(m n)
[[ $a == b && c < d ]] && o`;
  const found = commands(text);
  for (const word of [
    'helper x',
    '[ -f a ]',
    'b',
    'c',
    'd',
    'e',
    'for m in x y',
    'run ~$m',
    'read -r l',
    'g',
  ])
    assert.ok(found.includes(word), `${word} in ${found.join(' | ')}`);
  for (const word of ['one', 'two', 'h', 'i', 'j', 'l', 'o'])
    assert.ok(found.includes(word), `${word} in ${found.join(' | ')}`);
  for (const word of ['a', 'b|', 'm n', 'm', 'fi', 'done', 'then', 'esac', 'case'])
    assert.not.ok(found.includes(word), word);
  assert.equal([...readShell(text).functions], ['f', 'k']);
  assert.ok(readShell(text).sets.has('arr'));
});

test('here-documents are no commands, and what they expand is used', () => {
  const { commands: found } = readShell(
    'cat > x <<END\nrm $RANDOM $(date)\nEND\npython - <<"E"\nprint($USER)\nE\nb',
  );
  assert.equal(
    found.map(({ words }) => words[0]?.text),
    ['date', 'cat', 'python', 'b'].sort((a, b) => order(found, a) - order(found, b)),
  );
  const cat = found.find(({ words }) => words[0]?.text === 'cat');
  assert.equal([cat?.here, cat?.uses], [true, ['RANDOM']]);
  assert.equal(found.find(({ words }) => words[0]?.text === 'python')?.uses, []);
});

function order(list: readonly { words: readonly { text: string }[] }[], name: string): number {
  return list.findIndex(({ words }) => words[0]?.text === name);
}

test('files that are read by redirection are told, and what is written is not', () => {
  const [first] = readShell('tr a b < in.txt > out.txt 2>> err.txt').commands;
  assert.equal(
    first?.reads.map(({ text }) => text),
    ['in.txt'],
  );
  assert.equal(
    first?.words.map(({ text }) => text),
    ['tr', 'a', 'b'],
  );
});

test('what is printed goes to the log unless a file, a pipe, a variable or a block takes it', () => {
  assert.is(logged('date', 'date'), true);
  assert.is(logged('date >&2', 'date'), true);
  assert.is(logged('echo "at $(date)"', 'date'), true);
  assert.is(logged('echo "at $(date)" > out', 'date'), false);
  assert.is(logged('date | tee out', 'date'), false);
  assert.is(logged('x=$(date)', 'date'), false);
  assert.is(logged('run --at "$(date)"', 'date'), false);
  assert.is(logged('{ date; } > out', 'date'), false);
  assert.is(logged('(date) | cat > out', 'date'), false);
  assert.is(logged('for i in 1 2; do date; done > out', 'date'), false);
  assert.is(logged('for i in 1 2; do date; done', 'date'), true);
  assert.is(logged('if true; then date; fi &> out', 'date'), false);
});

test('no text makes it fail or go on for ever', () => {
  const pieces = [
    '$(',
    ')',
    '`',
    '"',
    "'",
    '\\',
    '${{',
    '}}',
    '${',
    '$((',
    '))',
    '<<E',
    '\n',
    '(',
    '{',
    'case x in',
    ';;',
  ];
  let seed = 7;
  for (let round = 0; round < 3000; round++) {
    let text = '';
    for (let i = 0; i < 12; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      text += `${pieces[(seed >>> 8) % pieces.length]}${seed & 64 ? ' ' : 'a'}`;
    }
    readShell(text);
  }
});

test.run();
