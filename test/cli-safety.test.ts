// Safety: names and values are data and never become code.
import * as assert from 'uvu/assert';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';

/** Values that a shell would like to interpret. */
const nasty = [
  '$(touch pwned)',
  '`touch pwned`',
  "'; touch pwned; '",
  '"; touch pwned; "',
  "'$(touch pwned)'",
  '"$(touch pwned)"',
  '| touch pwned',
  '> pwned',
  '\\$(touch pwned)\\',
  '${HOME}',
  '*',
  '~',
  '!!',
  '-n',
  '--help',
  'two  spaces',
  ' leading and trailing ',
  '',
  'ünï çødé 漢字 🦊',
  'line one\nline two',
  'tab\there',
  '#not a comment',
  '%s%n',
] as const;

scenario(
  'Every config value reaches the command as one word, byte for byte, and is never executed.',
  async (ws) => {
    ws.write('config.yaml', JSON.stringify({ values: nasty }));
    const show = nasty.map((_, index) => `\${{ config.values.${index} }}`).join(' ');
    ws.pipeline(`
    config: config.yaml
    targets:
      words:
        run: |
          echo words >> "$RAN_LOG"
          printf '%s\\0' ${show} > \${{ outputs.words }}
          printf '%s\\0' \${{ config.values }} > \${{ outputs.list }}
        outputs: { words: words.bin, list: list.bin }
  `);
    await step(ws);
    assert.equal(ws.read('words.bin').split('\0').slice(0, -1), [...nasty]);
    assert.equal(ws.read('list.bin').split('\0').slice(0, -1), [...nasty], 'a list becomes separate words');
    assert.not.ok(ws.exists('pwned'));
  },
);

/** [where the template stands, the script around it] */
const places: readonly (readonly [string, string])[] = [
  ['between double quotes', 'echo "x ${{ config.text }} y" > ${{ outputs }}'],
  ['between single quotes', "echo 'x ${{ config.text }} y' > ${{ outputs }}"],
  ['in a here-document', 'cat > ${{ outputs }} <<END\n${{ config.text }}\nEND'],
  ['in a comment', '# ${{ config.text }}\necho 1 > ${{ outputs }}'],
  ['in a command substitution', 'echo "$(echo ${{ config.text }})" > ${{ outputs }}'],
  ['beside other text', 'echo pre${{ config.text }}post > ${{ outputs }}'],
  ["in $'…' quotes", "echo $'x ${{ config.text }}' > ${{ outputs }}"],
];

for (const [where, script] of places) {
  scenario(`A template ${where} never executes its value.`, async (ws) => {
    for (const text of [
      '$(touch pwned)',
      '`touch pwned`',
      "'; touch pwned; '",
      '"; touch pwned; "',
      'a\ntouch pwned',
    ]) {
      ws.write('config.yaml', JSON.stringify({ text }));
      const lines = script.split('\n').map((line) => `          ${line}`);
      ws.pipeline(`
    config: config.yaml
    targets:
      show:
        run: |
${lines.join('\n')}
        outputs: shown.txt
  `);
      const outcome = await ws.evalmake([]);
      assert.not.ok(ws.exists('pwned'), `${JSON.stringify(text)} was executed (exit ${outcome.code})`);
    }
  });
}

/** File names that a shell, a glob or an option parser would like to interpret. */
const names = [
  'with space.txt',
  '$(touch pwned).txt',
  "quote'.txt",
  'double".txt',
  '-n.txt',
  '--help.txt',
  'ünï-漢字-🦊.txt',
  'semi;colon.txt',
  'star*.txt',
  '[ab].txt',
  '{a,b}.txt',
  'hash#.txt',
  'new\nline.txt',
  '~tilde.txt',
  'back\\slash.txt',
] as const;

scenario('Inputs may have any name: literal, from a glob, and in `.list`.', async (ws) => {
  for (const name of names) ws.write(`raw/${name}`, `${name.replaceAll('\n', ' ')}\n`);
  ws.pipeline(`
    targets:
      glob:
        run: |
          echo glob >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: raw/*.txt
        outputs: glob.out
      literal:
        run: |
          echo literal >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: ["raw/with space.txt", "raw/$(touch pwned).txt", "raw/quote'.txt"]
        outputs: "out put/lit'eral $(touch pwned).out"
  `);
  await step(ws);
  const expected = [...names].sort().map((name) => `${name.replaceAll('\n', ' ')}\n`);
  assert.equal(
    ws.read('glob.out').split('\n').sort(),
    [...expected.map((line) => line.trimEnd()), ''].sort(),
  );
  assert.is(
    ws.read("out put/lit'eral $(touch pwned).out"),
    "with space.txt\n$(touch pwned).txt\nquote'.txt\n",
  );
  assert.not.ok(ws.exists('pwned'));
  await assertSettled(ws);
});

scenario('A name that begins with a dash is not taken for an option by the command.', async (ws) => {
  ws.write('-n.txt', 'dash\n');
  ws.write('-b', 'letter\n');
  ws.pipeline(`
    targets:
      show:
        run: |
          echo show >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: ["-n.txt", "-b"]
        outputs: "-out.txt"
  `);
  await step(ws);
  assert.is(ws.read('-out.txt'), 'dash\nletter\n');
  await assertSettled(ws);
});

scenario('A command given as a list of words sees each word as it is, without a shell.', async (ws) => {
  ws.write('config.yaml', JSON.stringify({ text: '$(touch pwned) "two" words' }));
  ws.write(
    'show.mjs',
    "import { writeFileSync } from 'node:fs';\nwriteFileSync(process.argv[2], JSON.stringify(process.argv.slice(3)));\n",
  );
  ws.pipeline(`
    config: config.yaml
    targets:
      show:
        run: [node, show.mjs, "\${{ outputs }}", "\${{ config.text }}", "a  b", "$HOME", "*"]
        outputs: shown.json
  `);
  assert.is((await ws.evalmake([])).code, 0);
  assert.equal(JSON.parse(ws.read('shown.json')), ['$(touch pwned) "two" words', 'a  b', '$HOME', '*']);
  assert.not.ok(ws.exists('pwned'));
});

scenario(
  'A name that holds line breaks or escape codes cannot forge lines in the terminal or the events.',
  async (ws) => {
    ws.write('raw/a\u001b[2J\nfinished.txt', 'x\n');
    ws.pipeline(`
    targets:
      each_file:
        each: { file: { glob: raw/*.txt } }
        run: |
          echo "each_file" >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: \${{ file.path }}
        outputs: out/\${{ file.stem.slug }}.txt
  `);
    const outcome = await ws.evalmake([]);
    assert.not.match(outcome.stderr, '\u001b');
    assert.not.match(outcome.stdout, '\u001b');
  },
);

scenario('Values of `each` with spaces and signs make safe paths with .slug.', async (ws) => {
  ws.pipeline(`
    targets:
      show:
        each: { model: ["meta/llama 3", "../../escape", "$(touch pwned)"] }
        run: |
          echo show >> "$RAN_LOG"
          printf '%s' \${{ model }} > \${{ outputs }}
        outputs: out/\${{ model.slug }}.txt
  `);
  const outcome = await ws.evalmake([]);
  assert.is(outcome.code, 0, outcome.stderr);
  const made = [...ws.tree().keys()].filter((path) => path.startsWith('out/'));
  assert.is(made.length, 3, made.join(' '));
  assert.equal(made.map((path) => ws.read(path)).sort(), ['$(touch pwned)', '../../escape', 'meta/llama 3']);
  assert.not.ok(ws.exists('pwned'));
});

scenario('A value that makes an output leave the workspace is an error before anything runs.', async (ws) => {
  ws.pipeline(`
    targets:
      show:
        each: { model: ["../../escape"] }
        run: echo show >> "$RAN_LOG"; echo 1 > \${{ outputs }}
        outputs: out/\${{ model }}.txt
  `);
  const outcome = await ws.evalmake([]);
  assert.is(outcome.code, 2, outcome.stderr);
  assert.equal(ws.ran(), []);
});

runScenarios();
