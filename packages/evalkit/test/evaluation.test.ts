// Runs all phases by hand on a small data set, as the pipeline does: twice, comparing bytes, and with things gone wrong.
// test-timeout: 240
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../../../', import.meta.url));
// A copy of the compiled phases: a rebuild during the test must not change the program between two runs that are compared.
// It lies in the workspace, so that the packages the phases import are found.
const compiled = mkdtempSync(join(root, 'build/evaluation-'));
cpSync(join(root, 'packages/evalkit/dist'), compiled, { recursive: true });
const phases = join(compiled, 'phases');

type Tree = Readonly<Record<string, unknown>>;

const pipeline = parse(readFileSync(join(root, 'pipeline.yaml'), 'utf8')) as {
  targets: Record<string, { config?: string[] }>;
};
const wholeConfig = {
  ...(parse(readFileSync(join(root, 'config.yaml'), 'utf8')) as Tree),
  temps: [0, 0.7],
  samples_per_item: [1, 2],
};

/** The target of the pipeline that runs a phase. */
const TARGETS: Readonly<Record<string, string>> = {
  'build-batches': 'build',
  'unsupported-sensitivity': 'unsupported_sensitivity',
  'mixed-effects': 'mixed_effects',
  'power-analysis': 'power_analysis',
  'cost-effectiveness': 'cost_effectiveness',
};

/** Just the keys that a target declares, as evalmake gives them to its command. */
function declaredConfig(phase: string): Tree {
  const out: Record<string, unknown> = {};
  for (const key of pipeline.targets[TARGETS[phase] ?? phase]?.config ?? []) {
    let from: unknown = wholeConfig;
    let to = out;
    const parts = key.split('.');
    parts.forEach((part, index) => {
      from = (from as Tree)[part];
      if (index === parts.length - 1) to[part] = from;
      else {
        const next = (to[part] ?? {}) as Record<string, unknown>;
        to[part] = next;
        to = next;
      }
    });
  }
  return out;
}

const PASSAGES = [
  [
    'Corr Mill',
    'Corr Mill was built in 1702 by the engineer Ada Lund. Its wheel is 9 metres high. The flour was stored in oak barrels.',
  ],
  [
    'Asp Bridge',
    'Asp Bridge was opened on 4 May 1868. It was designed by Bo Berg and has seven arches. A flood broke the parapet in 1953.',
  ],
  [
    'Tarn Light',
    'Tarn Light stands on a rock off Fenn. Its keeper Cy Dahl left in 1988. The lamp was first fuelled by rapeseed oil.',
  ],
  [
    'Pell Works',
    'Pell Works made clocks between 1779 and 1846. It employed 26 craftsmen. A fire in a bakery destroyed the building.',
  ],
] as const;

const QUESTIONS: readonly (readonly (readonly [string, string | null])[])[] = [
  [
    ['Who built Corr Mill?', 'Ada Lund'],
    ['How high is the wheel?', '9 metres'],
    ['Who painted Corr Mill?', null],
  ],
  [
    ['Who designed Asp Bridge?', 'Bo Berg'],
    ['How many arches does Asp Bridge have?', 'seven'],
    ['How many people cross Asp Bridge each day?', null],
  ],
  [
    ['Who left Tarn Light in 1988?', 'Cy Dahl'],
    ['What was the lamp first fuelled by?', 'rapeseed oil'],
    ['When was Tarn Light built?', null],
  ],
  [
    ['How many craftsmen did Pell Works employ?', '26'],
    ['What did Pell Works make?', 'clocks'],
    ['Who founded Pell Works?', null],
  ],
];

function squad(): Tree {
  const data = PASSAGES.map(([title, context], passage) => ({
    title,
    paragraphs: [
      {
        context,
        qas: (QUESTIONS[passage] ?? []).map(([question, answer], number) => ({
          id: `p${passage}-q${number}`,
          question,
          is_impossible: answer === null,
          answers: answer === null ? [] : [{ text: answer, answer_start: context.indexOf(answer) }],
        })),
      },
    ],
  }));
  return { version: '1', data };
}

function put(path: string, content: string | Tree): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
}

/** A folder with raw data, prompts and one configuration per phase. */
function workspace(): string {
  const folder = mkdtempSync(join(tmpdir(), 'evaluation-'));
  put(join(folder, 'raw/open.json'), squad());
  const closed = [
    { id: 'c1', question: 'What is the capital of Norway?', answers: ['Oslo'] },
    { id: 'c2', question: 'Which river flows through Vienna?', answers: ['Danube'] },
    { id: 'c3', question: 'Who wrote The Silent Wheel?', answers: ['Ada Lund'] },
    { id: 'c4', question: 'What is the capital of Peru?', answers: ['Lima'] },
  ];
  put(join(folder, 'raw/closed.jsonl'), closed.map((row) => `${JSON.stringify(row)}\n`).join(''));
  put(
    join(folder, 'facts.txt'),
    'Oslo is the capital of Norway.\nThe Danube flows through Vienna.\nAda Lund wrote The Silent Wheel.\n',
  );
  cpSync(join(root, 'prompts'), join(folder, 'prompts'), { recursive: true });
  for (const file of readdirSync(phases)) {
    const phase = file.match(/^([a-z-]+)\.js$/)?.[1];
    if (phase) put(join(folder, `config/${phase}.json`), declaredConfig(phase));
  }
  return folder;
}

function run(
  folder: string,
  phase: string,
  words: string,
  env: Record<string, string> = {},
): SpawnSyncReturns<string> {
  const args = [join(phases, `${phase}.js`), phase, ...words.split(' ')];
  return spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, EVALMAKE: '', ...env },
  });
}

function ok(folder: string, phase: string, words: string, env: Record<string, string> = {}): string {
  const done = run(folder, phase, words, env);
  assert.is(done.status, 0, `${phase}: ${done.stderr}`);
  assert.is(done.stdout, '');
  return done.stderr;
}

const BUILD =
  '--config config/build-batches.json --open prepared/open.jsonl --closed prepared/closed.jsonl --out-dir batch --size 15';
const PREPARE =
  '--config config/prepare.json --open raw/open.json --closed raw/closed.jsonl --open-out prepared/open.jsonl --closed-out prepared/closed.jsonl';
const INFER = '--config config/infer.json --knowledge facts.txt';

function shards(folder: string): string[] {
  return readdirSync(join(folder, 'batch')).sort();
}

function runAnswers(folder: string): void {
  ok(folder, 'prepare', PREPARE);
  ok(folder, 'build-batches', BUILD);
  for (const condition of ['control', 'treatment']) {
    for (const shard of shards(folder)) {
      const name = shard.replace('.jsonl', '.results.jsonl');
      ok(
        folder,
        'infer',
        `${INFER} --requests batch/${shard} --prompt prompts/${condition}.md --out results/${condition}/${name}`,
      );
    }
  }
}

function resultFiles(folder: string): string {
  return ['control', 'treatment']
    .flatMap((condition) =>
      readdirSync(join(folder, 'results', condition)).map((name) => `results/${condition}/${name}`),
    )
    .join(' ');
}

function runAnalysis(folder: string): void {
  ok(
    folder,
    'parse',
    `--config config/parse.json --results ${resultFiles(folder)} --out out/predictions.csv`,
  );
  ok(
    folder,
    'score',
    '--config config/score.json --predictions out/predictions.csv --open prepared/open.jsonl --closed prepared/closed.jsonl --out out/scores.csv',
  );
  ok(folder, 'costs', '--config config/costs.json --predictions out/predictions.csv --out out/costs.json');
  for (const phase of [
    'stats',
    'unsupported-sensitivity',
    'mixed-effects',
    'power-analysis',
    'cost-effectiveness',
  ]) {
    ok(folder, phase, `--config config/${phase}.json --scores out/scores.csv --out out/${phase}.json`);
  }
  const report =
    '--config config/report.json --prompts prompts/control.md prompts/treatment.md --open prepared/open.jsonl --closed prepared/closed.jsonl ' +
    '--predictions out/predictions.csv --significance out/stats.json --costs out/costs.json';
  ok(folder, 'report', `${report} --out out/short.md`);
  const optional = ['unsupported-sensitivity', 'mixed-effects', 'power-analysis', 'cost-effectiveness'];
  ok(
    folder,
    'report',
    `${report} ${optional.map((name) => `--${name} out/${name}.json`).join(' ')} --out out/full.md --html out/full.html`,
  );
  ok(folder, 'figures', '--significance out/stats.json --costs out/costs.json --out-dir out/figures');
  ok(
    folder,
    'archive',
    '--files out/full.md out/costs.json out/stats.json out/figures/ ./out/costs.json --out out/all.tar --index out/all.json',
  );
}

/** Every file below a folder with its digest, by path. */
function digests(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files
      .sort()
      .map((path) => [
        path.slice(folder.length),
        createHash('sha256').update(readFileSync(path)).digest('hex'),
      ]),
  );
}

/** The files that differ between two folders, by path: a readable message when bytes are not the same. */
function differing(one: Record<string, string>, two: Record<string, string>): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(two)])]
    .filter((path) => one[path] !== two[path])
    .sort();
}

const folder = workspace();
runAnswers(folder);
runAnalysis(folder);

function text(path: string): string {
  return readFileSync(join(folder, path), 'utf8');
}

function rowsOf(path: string): Tree[] {
  return text(path)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Tree);
}

test('a second run, in another folder and over existing files, gives the same bytes', () => {
  const before = digests(folder);
  const other = workspace();
  runAnswers(other);
  runAnalysis(other);
  assert.equal(differing(digests(other), before), []);
  runAnswers(folder);
  runAnalysis(folder);
  assert.equal(differing(digests(folder), before), []);
  assert.ok(Object.keys(before).length > 20);
  rmSync(other, { recursive: true });
});

test('every question is asked at every temperature as often as configured, in shards of the size given', () => {
  const requests = shards(folder).flatMap((name) => rowsOf(`batch/${name}`));
  assert.is(requests.length, (12 + 4) * (1 + 2));
  assert.is(new Set(requests.map((row) => row['custom_id'])).size, requests.length);
  assert.equal(
    shards(folder).map((name) => rowsOf(`batch/${name}`).length),
    [15, 15, 15, 3],
  );
  for (const row of requests)
    assert.match(String(row['custom_id']), /^[A-Za-z0-9_.|-]+\|t0\.[07]\|s[01]\|(?:open|closed)$/);
});

test('--only writes the named shards and no other, with the same bytes', () => {
  const before = digests(join(folder, 'batch'));
  for (const name of ['part-0002.jsonl', 'part-0004.jsonl', 'part-0001.jsonl'])
    rmSync(join(folder, 'batch', name));
  put(join(folder, 'missing'), 'data/somewhere/part-0002.jsonl\npart-0004.jsonl\n');
  assert.match(ok(folder, 'build-batches', `${BUILD} --only missing`), /in 4 shards, wrote 2/);
  assert.equal(shards(folder), ['part-0002.jsonl', 'part-0003.jsonl', 'part-0004.jsonl']);
  put(join(folder, 'missing'), '*\n');
  ok(folder, 'build-batches', `${BUILD} --only missing`);
  assert.equal(digests(join(folder, 'batch')), before);
  put(join(folder, 'missing'), 'part-0009.jsonl\n');
  const wrong = run(folder, 'build-batches', `${BUILD} --only missing`);
  assert.is(wrong.status, 1);
  assert.match(wrong.stderr, 'there are 4 shards; no part-0009.jsonl');
});

test('a smaller set leaves no shard of a larger one behind', () => {
  const other = workspace();
  ok(other, 'prepare', PREPARE);
  ok(other, 'build-batches', BUILD.replace('--size 15', '--size 5'));
  assert.is(shards(other).length, 10);
  assert.match(
    ok(other, 'build-batches', BUILD),
    /removed part-0005\.jsonl, .*part-0010\.jsonl of an earlier set/,
  );
  assert.equal(shards(other), shards(folder));
  rmSync(other, { recursive: true });
});

test('answers stand in the order of the requests; usage counts the system prompt', () => {
  const requests = rowsOf('batch/part-0001.jsonl');
  for (const condition of ['control', 'treatment']) {
    const answers = rowsOf(`results/${condition}/part-0001.results.jsonl`);
    assert.equal(
      answers.map((row) => row['custom_id']),
      requests.map((row) => row['custom_id']),
    );
  }
  const tokens = (condition: string): number => {
    const response = rowsOf(`results/${condition}/part-0001.results.jsonl`)[0]?.['response'] as {
      usage: { prompt_tokens: number };
    };
    return response.usage.prompt_tokens;
  };
  assert.ok(tokens('treatment') > tokens('control') + 50);
});

test('the cautious prompt gives fewer false answers and abstains more: both come out of the reader', () => {
  const [head = '', ...lines] = text('out/scores.csv').trim().split('\n');
  const columns = head.split(',');
  const cell = (line: string, name: string): string => line.split(',')[columns.indexOf(name)] ?? '';
  const total = (condition: string, name: string): number =>
    lines
      .filter((line) => cell(line, 'condition') === condition)
      .reduce((sum, line) => sum + Number(cell(line, name)), 0);
  assert.ok(total('treatment', 'false_answer') < total('control', 'false_answer'));
  assert.ok(total('treatment', 'abstained') > total('control', 'abstained'));
  assert.is(lines.length, 16 * 2 * 2);
});

test('below evalmake, progress and cost lines are printed, ten at most; otherwise none', () => {
  const words = `${INFER} --requests batch/part-0001.jsonl --prompt prompts/control.md --out again.jsonl`;
  assert.not.match(ok(folder, 'infer', words), /evalmake:/);
  const lines = ok(folder, 'infer', words, { EVALMAKE: '1' }).split('\n');
  const progress = lines.filter((line) => line.startsWith('evalmake:progress '));
  assert.ok(progress.length >= 1 && progress.length <= 11);
  assert.is(progress.at(-1), 'evalmake:progress 15/15 answers');
  assert.is(lines.filter((line) => /^evalmake:cost usd=0 in=\d+ out=\d+$/.test(line)).length, 1);
  rmSync(join(folder, 'again.jsonl'));
});

test('the report says that no language model answered, and names the keys of analyses that are off', () => {
  const short = text('out/short.md');
  assert.match(short, 'The embedded baseline answered, not a language model.');
  for (const key of ['unsupported_sensitivity', 'mixed_effects', 'power_analysis', 'cost_effectiveness']) {
    assert.match(short, `optional.${key}: true`);
  }
  assert.not.match(text('out/full.md'), 'optional.');
  for (const bad of ['undefined', 'NaN', '[object']) assert.not.match(text('out/full.md'), bad);
});

test('the archive unpacks to the files, figures included, and its index holds their digests', () => {
  const index = JSON.parse(text('out/all.json')) as {
    files: { path: string; sha256: string; bytes: number }[];
  };
  const drawn = readdirSync(join(folder, 'out/figures')).map((name) => `out/figures/${name}`);
  for (const file of ['figures.json', 'effects.svg', 'effects.vl.json', 'costs.svg', 'costs.vl.json']) {
    assert.ok(drawn.includes(`out/figures/${file}`), file);
  }
  const packed = ['out/costs.json', ...drawn.sort(), 'out/full.md', 'out/stats.json'];
  assert.equal(
    index.files.map((entry) => entry.path),
    packed,
  );
  const listed = spawnSync('tar', ['-tf', join(folder, 'out/all.tar')], { encoding: 'utf8' });
  assert.is(listed.stdout, ['index.json', ...packed, ''].join('\n'));
  const unpacked = spawnSync('tar', ['-xOf', join(folder, 'out/all.tar'), 'out/full.md'], {
    encoding: 'utf8',
  });
  assert.is(unpacked.stdout, text('out/full.md'));
  for (const entry of index.files) {
    assert.is(
      entry.sha256,
      createHash('sha256')
        .update(readFileSync(join(folder, entry.path)))
        .digest('hex'),
    );
  }
  const outside = run(folder, 'archive', '--files /etc/hostname ../x --out a.tar --index a.json');
  assert.is(outside.status, 1);
  assert.match(outside.stderr, /hostname: must be a path below[\s\S]*\.\.\/x: must be a path below/);
});

test('the archive takes no empty folder, no link and no folder from outside', () => {
  mkdirSync(join(folder, 'odd-folder/empty'), { recursive: true });
  put(join(folder, 'odd-folder/deep/er/file.txt'), 'x');
  const pack = (words: string) => run(folder, 'archive', `--files ${words} --out odd.tar --index odd.json`);
  for (const [words, says] of [
    ['odd-folder/empty', 'odd-folder/empty: is an empty folder'],
    ['odd-folder', 'odd-folder/empty: is an empty folder'],
    ['..', '..: must be a path below the current folder'],
    ['nowhere/', 'nowhere/: no such file'],
  ] as const) {
    const done = pack(words);
    assert.is(done.status, 1, words);
    assert.match(done.stderr, says);
  }
  symlinkSync('deep', join(folder, 'odd-folder/deep/round'));
  assert.match(pack('odd-folder/deep').stderr, 'odd-folder/deep/round: is neither a file nor a folder');
  rmSync(join(folder, 'odd-folder/deep/round'));
  assert.is(pack('odd-folder/deep').status, 0);
  const { files } = JSON.parse(text('odd.json')) as { files: { path: string }[] };
  assert.equal(
    files.map((entry) => entry.path),
    ['odd-folder/deep/er/file.txt'],
  );
});

test('parse refuses duplicates, foreign conditions and errors, with their places', () => {
  const [first = '', second = ''] = text('results/control/part-0001.results.jsonl').split('\n');
  const failed = second.replace(
    /"response":.*$/,
    '"response":null,"error":{"message":"too busy","code":"529"}}',
  );
  put(join(folder, 'odd/control/part.jsonl'), `${first}\n${failed}\n`);
  put(join(folder, 'odd/other/part.jsonl'), `${second}\n`);
  const odd = 'odd/control/part.jsonl odd/other/part.jsonl';
  const words = `--config config/parse.json --out odd.csv --results ${odd} ${resultFiles(folder)}`;
  const done = run(folder, 'parse', words);
  assert.is(done.status, 1);
  assert.match(
    done.stderr,
    /part-0001\.results\.jsonl:1: .* was answered as control already at odd\/control\/part\.jsonl:1/,
  );
  assert.match(
    done.stderr,
    'odd/other/part.jsonl: lies in the folder other, which is not one of conditions (control, treatment)',
  );
  assert.match(
    done.stderr,
    /odd\/control\/part\.jsonl:2: .* failed: too busy; run infer again, or give --allow-errors/,
  );
  rmSync(join(folder, 'odd'), { recursive: true });
});

test('answers do not name their condition, and the table has one request_id per condition and custom_id', () => {
  const answers = rowsOf('results/control/part-0001.results.jsonl');
  for (const row of answers) assert.not.ok('condition' in row);
  const [head = '', ...lines] = text('out/predictions.csv').trim().split('\n');
  const at = head.split(',').indexOf('request_id');
  assert.is(new Set(lines.map((line) => line.split(',')[at])).size, lines.length);
});

test('parse leaves errors out only when told to, and says how many', () => {
  const path = 'results/control/part-0004.results.jsonl';
  const whole = text(path);
  put(join(folder, path), whole.replace(/"response":.*\n/, '"response":null,"error":"gone"}\n'));
  const words = `--config config/parse.json --out odd.csv --results ${resultFiles(folder)}`;
  assert.is(run(folder, 'parse', words).status, 1);
  assert.match(
    ok(folder, 'parse', `${words} --allow-errors`),
    /95 predictions from 8 files; 1 answers are errors and left out/,
  );
  put(join(folder, path), whole);
});

test('what is wrong is named: a missing key, a missing file, an empty prompt, an unknown item, a missing flag', () => {
  const failing = (phase: string, words: string, status: number, message: RegExp): void => {
    const done = run(folder, phase, words);
    assert.is(done.status, status, done.stderr);
    assert.match(done.stderr, message);
  };
  put(join(folder, 'empty.json'), {});
  put(join(folder, 'empty.md'), ' \n');
  put(join(folder, 'few.jsonl'), `${text('prepared/open.jsonl').split('\n')[0]}\n`);
  const request = '--requests batch/part-0001.jsonl --out x.jsonl';
  failing(
    'prepare',
    PREPARE.replace('config/prepare', 'empty'),
    1,
    /empty\.json: datasets\.open_book\.format: expected .* it is missing/,
  );
  failing('infer', `${INFER} ${request} --prompt none.md`, 1, /none\.md: no such file/);
  failing(
    'infer',
    `${INFER} ${request} --prompt empty.md`,
    1,
    /empty\.md: is empty; a system prompt was expected/,
  );
  failing(
    'score',
    '--config config/score.json --predictions out/predictions.csv --open few.jsonl --out x.csv',
    1,
    /predictions\.csv:\d+: item_id: "c1" is not among the prepared closed-book questions/,
  );
  failing('parse', '--config config/parse.json', 2, /--results FILE is required.*\n.*--out FILE is required/);
  failing(
    'build-batches',
    BUILD.replace('15', 'many'),
    2,
    /--size must be a whole number from 1 up, not many/,
  );
  assert.is(run(folder, 'score', '--help').status, 0);
  assert.match(
    run(folder, 'score', '--help').stdout,
    /Usage: evalkit score --config FILE --predictions FILE/,
  );
});

test('the dispatcher knows every phase, and says so of a word that it does not know', () => {
  const main = join(compiled, 'main.js');
  const help = spawnSync(process.execPath, [main, '--help'], { encoding: 'utf8' });
  const known = readdirSync(phases).flatMap((name) => name.match(/^([a-z-]+)\.js$/)?.[1] ?? []);
  for (const phase of known) assert.match(help.stdout, `\n  ${phase} `);
  const unknown = spawnSync(process.execPath, [main, 'pars'], { encoding: 'utf8' });
  assert.is(unknown.status, 2);
  assert.match(unknown.stderr, 'unknown phase "pars"; did you mean parse?');
  assert.is(spawnSync(process.execPath, [main], { encoding: 'utf8' }).status, 2);
});

test.after(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(compiled, { recursive: true, force: true });
});

test.run();
