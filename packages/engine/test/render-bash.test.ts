// A rendered script in real bash prints the very values it was given, wherever the references stand, and runs none of them.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Config, expand, type Places, renderCommand, type Task, type World } from '@evalmake/core';
import { parsePipeline } from '@evalmake/core/parse';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('render-bash');
test.before((context) => {
  context.folder = new TemporaryFolder();
});
test.after(({ folder }) => folder.remove());

const world: World = {
  snapshot: { entry: () => ({ kind: 'missing' }), exists: () => false, glob: () => [] },
  records: {
    journal: () => [],
    manifest: () => undefined,
    lastAttempt: () => undefined,
    openAttempt: () => undefined,
  },
  rows: () => {
    throw new Error('no target of these tests has rows');
  },
  env: () => undefined,
  hasSecret: () => false,
  tool: () => undefined,
  digest: (text) => text,
  restorable: () => undefined,
  formerly: () => false,
  shared: false,
  kept: () => [],
  matches: () => false,
};
const nowhere = () => '';
const places: Places = {
  output: nowhere,
  configFile: '',
  taskFile: '',
  missingFile: '',
  stateDir: '',
  listFile: nowhere,
  rowsTodo: 'todo',
  rowsDone: 'done',
};

/** What bash prints for a script with these config values, split at NUL. */
function printed(folder: TemporaryFolder, script: string, values: Config['value']): string[] {
  const text = JSON.stringify({ evalmake: 1, targets: { t: { run: script } } });
  const pipeline = parsePipeline(text, 'p').value;
  if (pipeline === undefined) throw new Error(`the script of the test is wrong: ${script}`);
  const config: Config = { value: values, texts: {} };
  const graph = expand({ pipeline, config, world }).value;
  if (graph === undefined) throw new Error(`the script of the test does not expand: ${script}`);
  const command = renderCommand({ graph, config, world, task: graph.tasks[0] as Task, files: [], places });
  folder.write({ 'run.sh': command.script as string });
  const out = execFileSync('bash', ['run.sh'], {
    cwd: folder.root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  assert.is(existsSync(folder.path('pwned')), false, 'a value was executed');
  return out.split('\0').slice(0, -1);
}

const nasty = fc.constantFrom(
  '$(touch pwned)',
  '`touch pwned`',
  "'; touch pwned; '",
  '"; touch pwned; "',
  '"$(touch pwned)"',
  '$HOME',
  '${HOME}',
  '$((1+1))',
  '-n',
  '--',
  '-e a',
  '\\',
  '\\n',
  "'",
  '"',
  "'\"'",
  '!!',
  '*',
  '~',
  '{a,b}',
  '[a-z]*',
  '#x',
  'a # b',
  ' ',
  '  a  b ',
  '\n',
  'a\nb',
  '\n\n',
  '\t',
  'EOF',
  'a\nEOF\nb',
  '%s',
  '<(touch pwned)',
  '; touch pwned',
  '& touch pwned',
  '| touch pwned',
  '> pwned',
  '\r',
  '𝄞 été',
  '$',
  '\\$',
  "$'x'",
  '$"x"',
  '${x',
  '`',
  '\\`',
  '((',
  '',
  '"${__evalmake_0[@]}"',
  '\u0001',
  '\u007f',
);
const random = fc.string({
  unit: fc.constantFrom(
    "'",
    '"',
    '\\',
    '$',
    '`',
    '(',
    ')',
    '{',
    '}',
    '\n',
    ' ',
    '-',
    '#',
    ';',
    '&',
    '*',
    '!',
    '=',
    'a',
    'b',
    '<',
    '>',
    '|',
    '~',
    '\t',
    'é',
  ),
  maxLength: 12,
});
const value = fc.oneof(
  nasty,
  random,
  fc.string({ unit: 'grapheme', maxLength: 8 }).filter((s) => !s.includes('\0')),
);
const values = fc.array(value, { minLength: 1, maxLength: 12 });

/** Renders one snippet per value, all in one script, and compares what each prints. */
function prints(
  folder: TemporaryFolder,
  snippet: (ref: string) => string,
  expected: (value: string) => string,
): void {
  fc.assert(
    fc.property(values, (all) => {
      const config = Object.fromEntries(all.map((v, i) => [`v${i}`, v]));
      const script = all.map((_, i) => snippet(`\${{ config.v${i} }}`)).join('\n');
      assert.equal(printed(folder, script, config), all.map(expected));
    }),
    { numRuns: 40 },
  );
}

test('unquoted: one word, as it is', ({ folder }) => {
  prints(
    folder,
    (ref) => `printf '%s\\0' ${ref}`,
    (v) => v,
  );
});

test('unquoted, beside other text', ({ folder }) => {
  prints(
    folder,
    (ref) => `printf '%s\\0' --a=${ref}.b`,
    (v) => `--a=${v}.b`,
  );
});

test('in double quotes', ({ folder }) => {
  prints(
    folder,
    (ref) => `printf '%s\\0' "it's ${ref} \\" $((1+1))"`,
    (v) => `it's ${v} " 2`,
  );
});

test('in single quotes', ({ folder }) => {
  prints(
    folder,
    (ref) => `printf '%s\\0' 'say "${ref}" $HOME'`,
    (v) => `say "${v}" $HOME`,
  );
});

test('in a here-document', ({ folder }) => {
  prints(
    folder,
    (ref) => `cat <<END_OF_TEXT\n<${ref}>\nEND_OF_TEXT\nprintf '\\0'`,
    (v) => `<${v}>\n`,
  );
});

test('in a here-document, beside apostrophes and quotes', ({ folder }) => {
  prints(
    folder,
    (ref) => `cat <<END_OF_TEXT\nit's "${ref}" isn't\nEND_OF_TEXT\nprintf '\\0'`,
    (v) => `it's "${v}" isn't\n`,
  );
});

test('in a here-document whose end is quoted', ({ folder }) => {
  prints(
    folder,
    (ref) => `cat <<'END_OF_TEXT'\n<${ref}> $HOME\nEND_OF_TEXT\nprintf '\\0'`,
    (v) => `<${v}> $HOME\n`,
  );
});

test('a plain value that is the end of a here-document does not end it', ({ folder }) => {
  const script = "cat <<E\n${{ config.a }}\n${{ config.b }}${{ config.c }}\ntouch\nE\nprintf '\\0'";
  for (const [a, b, c] of [
    ['E', 'touch', 'x'],
    ['x', '', 'E'],
    ['E', 'E', 'E'],
  ])
    assert.equal(printed(folder, script, { a, b, c } as Config['value']), [`${a}\n${b}${c}\ntouch\n`]);
});

test('two here-documents of one line, tabs before the end, a case in a substitution', ({ folder }) => {
  prints(
    folder,
    (ref) => `cat <<'A' - 3<<-"B" <<C\n\\$x\nA\n\t'\n\tB\n<${ref}> it's\nC\nprintf '%s\\0' ${ref}`,
    (v) => `<${v}> it's\n${v}`,
  );
  prints(
    folder,
    (ref) => `v="$(case a in (b) :;; a) printf '%s.' ${ref};; esac)"; printf '%s\\0' "$v"`,
    (v) => `${v}.`,
  );
});

test('in arithmetic a value that is no number is an error, and is not run', ({ folder }) => {
  assert.equal(printed(folder, "printf '%s\\0' $(( ${{ config.n }} + 1 ))", { n: 41 }), ['42']);
  for (const n of ['a[$(touch pwned)]', '$(touch pwned)', '`touch pwned`'])
    assert.throws(() => printed(folder, "printf '%s\\0' $(( ${{ config.n }} + 1 ))", { n }));
  assert.is(existsSync(folder.path('pwned')), false);
});

test('after a here-document with an apostrophe quotes are what they were', ({ folder }) => {
  prints(
    folder,
    (ref) => `cat > /dev/null <<E\nit's\nE\nprintf '%s\\0' ${ref}`,
    (v) => v,
  );
});

test('in a here-string, in an assignment, in a test', ({ folder }) => {
  prints(
    folder,
    (ref) => `v=${ref}\n[[ $v == ${ref} && "$v" == "${ref}" ]] && printf '%s\\0' "$v"`,
    (v) => v,
  );
  prints(
    folder,
    (ref) => `cat <<< ${ref}; printf '\\0'`,
    (v) => `${v}\n`,
  );
});

test('in a command substitution, also inside double quotes', ({ folder }) => {
  prints(
    folder,
    (ref) => `v=$(printf '%s.' ${ref}); printf '%s\\0' "$v"`,
    (v) => `${v}.`,
  );
  prints(
    folder,
    (ref) => `v="$(printf '%s.' ${ref})"; printf '%s\\0' "$v"`,
    (v) => `${v}.`,
  );
  prints(
    folder,
    (ref) => `v="$(printf '%s.' "${ref}")"; printf '%s\\0' "$v"`,
    (v) => `${v}.`,
  );
});

test('after comments with quotes in them', ({ folder }) => {
  prints(
    folder,
    (ref) => `# don't "\nx=1;# can't\nprintf '%s\\0' ${ref} # isn't`,
    (v) => v,
  );
});

test('after a parameter expansion with a # in it, and an ANSI-C quote', ({ folder }) => {
  prints(
    folder,
    (ref) => `x=ab; y=\${x#a} z=\${#x} w=$'it\\'s'; printf '%s\\0' ${ref}`,
    (v) => v,
  );
});

test('a list is as many words as it has values, in double quotes one', ({ folder }) => {
  fc.assert(
    fc.property(values, (list) => {
      assert.equal(printed(folder, "printf '%s\\0' ${{ config.list }}", { list }), list);
      assert.equal(
        printed(folder, 'for v in ${{ config.list }}; do printf "%s\\0" "$v"; done', { list }),
        list,
      );
      assert.equal(printed(folder, 'printf "%s\\0" "${{ config.list }}"', { list }), [list.join(' ')]);
    }),
    { numRuns: 20 },
  );
});

test('an empty list is no word', ({ folder }) => {
  assert.equal(printed(folder, "printf '%s\\0' a ${{ config.list }} b", { list: [] }), ['a', 'b']);
});

test('strict mode: an unset variable, a failing command and a failing pipe end the script', ({ folder }) => {
  for (const script of ['echo $nothing_here', 'false', 'false | true']) {
    assert.throws(() => printed(folder, `${script}\nprintf 'went on\\0'`, {}), undefined, script);
  }
});

test.run();
