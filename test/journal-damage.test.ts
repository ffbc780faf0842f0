// A journal cut at every byte and with every bit of a part of it flipped: it opens, it plans, and it never lies.
// test-timeout: 240
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '@evalmake/engine/journal';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from './in-process/function-machine.ts';
import { Project } from './in-process/project.ts';

const journalPath = '.evalmake/journal.jsonl';

/** `run: [copy, MARK, INPUT, OUTPUT]`. */
const copy: Command = ({ cwd, argv: [, mark, input, output] }) => {
  writeFileSync(join(cwd, output ?? ''), `${mark} ${readFileSync(join(cwd, input ?? ''), 'utf8')}`);
  return 0;
};

const pairs = 50;
/** Those whose input was changed once, so that the journal has two records of them and every line of their second run. */
const twice = [1, 2, 3, 4];
const pipeline = `evalmake: 1
name: damage
targets:
  a:
    each: { n: { range: [1, ${pairs}] } }
    run: [copy, a, "\${{ inputs }}", "\${{ outputs }}"]
    inputs: in/\${{ n }}.txt
    outputs: a/\${{ n }}
  b:
    each: { n: { range: [1, ${pairs}] } }
    run: [copy, b, "\${{ inputs }}", "b/\${{ n }}"]
    inputs: a/\${{ n }}
    outputs: b/\${{ n }}
`;

/** What the commands make of the inputs as they are, for each task. */
const clean = (project: Project, task: string): string => {
  const [target, n] = task.split('@') as [string, string];
  const a = `a ${project.read(`in/${n}.txt`)}`;
  return target === 'a' ? a : `b ${a}`;
};

interface Context {
  /** As its last build left it. */
  readonly good: Project;
  /** The same, with inputs put back to what they were and outputs tampered with: there a lie shows. */
  readonly bad: Project;
  readonly bytes: Buffer;
  /** The text of each line with its break, and where it begins. */
  readonly lines: readonly { readonly text: string; readonly from: number }[];
  readonly reference: Told;
}

/** The lines that count of each task. Read from inside, since parsing 200 records for each of 100,000 files takes hours. */
type Told = Map<string, { finished: string[]; last: { type: string; json: string } | undefined }>;

function toldBy(journal: Journal): Told {
  return (journal as unknown as { tasks: Told }).tasks;
}

/** Names of the tasks of which two journals tell different things. */
function differing(one: Told, other: Told): string[] {
  const text = (told: Told, task: string): string => {
    const lines = told.get(task);
    return `${lines?.last?.type} ${lines?.last?.json} ${lines?.finished.join()}`;
  };
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].filter((task) => text(one, task) !== text(other, task)).sort();
}

const test = suite<Context>('journal-damage');

test.before(async (context) => {
  const good = new Project(copy);
  good.write('pipeline.yaml', pipeline);
  for (let n = 1; n <= pairs; n++) good.write(`in/${n}.txt`, `old ${n}\n`);
  for (const dir of ['a', 'b']) good.write(`${dir}/.keep`, '');
  assert.is((await good.build()).ran.length, 2 * pairs);
  // A torn end makes the next build write the journal anew: one line for each task, then all lines of what runs again.
  good.write(journalPath, `${good.read(journalPath)}torn`);
  for (const n of twice) good.write(`in/${n}.txt`, `new ${n}\n`);
  assert.is((await good.build()).ran.length, 2 * twice.length);
  const bad = good.copy();
  for (const n of twice) bad.write(`in/${n}.txt`, `old ${n}\n`);
  for (const n of [5, 6, pairs]) bad.write(`a/${n}`, bad.read(`a/${n}`).replace('old', 'odd'));
  for (const n of [7, 8, pairs]) bad.write(`b/${n}`, bad.read(`b/${n}`).replace('old', 'odd'));
  const bytes = readFileSync(good.path(journalPath));
  const texts = bytes
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => `${line}\n`);
  let from = 0;
  const lines = texts.map((text) => {
    from += text.length;
    return { text, from: from - text.length };
  });
  assert.is(from, bytes.length, 'there is nothing but ASCII in it');
  const reference = toldBy(new Journal(good.path(journalPath)));
  Object.assign(context, { good, bad, bytes, lines, reference });
});
test.after(({ good, bad }) => {
  good.remove();
  bad.remove();
});

/** Plans both projects with a damaged journal: no wrong fresh, and not fresh only what was hit or comes after it. */
async function assertPlans(
  { good, bad }: Context,
  bytes: Buffer,
  hit: readonly string[],
  when: string,
): Promise<void> {
  for (const project of [good, bad]) {
    project.write(journalPath, bytes);
    const fresh = await project.fresh();
    for (const task of fresh)
      assert.is(
        project.read(task.replace('@', '/')),
        clean(project, task),
        `${task} is called fresh ${when}`,
      );
    if (project === bad) {
      assert.ok(fresh.size <= 2 * pairs - 2 * twice.length - 8, when);
      continue;
    }
    const behind = new Set(hit.map((task) => task.replace('a@', 'b@')));
    for (let n = 1; n <= pairs; n++)
      for (const task of [`a@${n}`, `b@${n}`])
        assert.ok(fresh.has(task) || hit.includes(task) || behind.has(task), `${task} is not fresh ${when}`);
  }
}

test('cut at every byte, it opens, tells all whole lines and warns of a torn one', ({
  good,
  bytes,
  lines,
}) => {
  const path = good.path(journalPath);
  writeFileSync(path, bytes);
  // From the end, so that each cut is one call.
  for (let k = lines.length - 1; k >= 0; k--) {
    const { text, from } = lines[k] as { text: string; from: number };
    truncateSync(path, from);
    const whole = toldBy(new Journal(path));
    const task = text.split(' ')[3] ?? '';
    writeFileSync(path, bytes.subarray(0, from + text.length));
    for (let cut = from + text.length - 1; cut > from; cut--) {
      truncateSync(path, cut);
      const journal = new Journal(path);
      const told = toldBy(journal);
      // Everything of the torn line's task, and one number for all others: the line is ignored as a whole.
      assert.is(told.size, whole.size, `cut at ${cut}`);
      assert.equal(told.get(task), whole.get(task), `cut at ${cut}`);
      assert.is(journal.warnings.length, 1, `cut at ${cut}`);
      if (cut === from + 1 || cut === from + text.length - 1) assert.equal(differing(told, whole), []);
    }
    truncateSync(path, from);
  }
  // An empty file is as good as none.
  assert.equal([...toldBy(new Journal(path)).keys()], []);
});

test('cut at any line, no task is called fresh that is not, and only those run whose lines are gone', async (context) => {
  const { good, bytes, lines, reference } = context;
  for (const [k, { from, text }] of lines.entries()) {
    // Of two hundred like lines every eighth will do; of those of the last build each one.
    if (k < lines.length - 7 * twice.length && k % 8 !== 0) continue;
    const part = bytes.subarray(0, from + Math.floor(text.length / 2));
    good.write(journalPath, part);
    const hit = differing(toldBy(new Journal(good.path(journalPath))), reference);
    await assertPlans(context, part, hit, `when cut in line ${k + 1}`);
  }
});

test('with any byte of two kilobytes changed, it opens, warns, and loses at most what these lines said', async (context) => {
  const { good, bytes, lines, reference } = context;
  const path = good.path(journalPath);
  const end = (lines.at(-1 - 7 * (twice.length - 2)) as { from: number }).from;
  const seen = new Map<string, Buffer>();
  let cases = 0;
  for (let at = end - 2048; at < end; at++) {
    const byte = bytes[at] as number;
    // The next digit, another letter, what is no UTF-8, a line that is cut in two, a space too many.
    for (const other of new Set([byte ^ 1, byte ^ 0x20, byte ^ 0x80, 0x0a, 0x20])) {
      if (other === byte) continue;
      cases++;
      const changed = Buffer.from(bytes);
      changed[at] = other;
      writeFileSync(path, changed);
      const journal = new Journal(path);
      assert.is(journal.warnings.length, 1, `byte ${at} is ${other}`);
      const hit = differing(toldBy(journal), reference);
      const line = lines.findIndex(({ from, text }) => from <= at && at < from + text.length);
      // A line break that is gone costs two lines.
      const lost = [lines[line]?.text, byte === 0x0a ? lines[line + 1]?.text : ''].map(
        (text) => text?.split(' ')[3],
      );
      for (const task of hit) assert.ok(lost.includes(task), `${task} is lost with byte ${at} as ${other}`);
      seen.set(`${line} ${byte === 0x0a} ${hit.join()}`, changed);
    }
  }
  assert.ok(cases > 8000, `${cases} cases`);
  // What a plan says follows from what the journal tells: each telling is planned once.
  for (const [key, changed] of seen) {
    writeFileSync(path, changed);
    const hit = differing(toldBy(new Journal(path)), reference);
    await assertPlans(context, changed, hit, `when damaged as ${key}`);
  }
});

test('lines that are lost, doubled, moved or merged: the next build mends all, and the third start is silent', async ({
  good,
  bytes,
  lines,
}) => {
  const texts = lines.map(({ text }) => text);
  const last = texts.length - 7 * twice.length;
  const kinds = texts
    .slice(last, last + 7)
    .map((text, i) => ({ k: last + i, name: text.split(' ').slice(2, 4).join(' ') }));
  const damages: [string, string[]][] = [
    ...kinds.map(({ k, name }): [string, string[]] => [`without ${name}`, texts.toSpliced(k, 1)]),
    ...kinds
      .slice(0, -1)
      .map(({ k, name }): [string, string[]] => [
        `${name} merged with the next`,
        texts.toSpliced(k, 2, `${texts[k]?.trimEnd()}#${texts[k + 1]}`),
      ]),
    ['forty lines cut out', texts.toSpliced(50, 40)],
    ['forty lines doubled', texts.toSpliced(30, 0, ...texts.slice(50, 90))],
    [
      'two blocks in each other’s place',
      [...texts.slice(0, 10), ...texts.slice(30, 50), ...texts.slice(10, 30), ...texts.slice(50)],
    ],
    ['the last build in front of all', [texts[0] as string, ...texts.slice(last), ...texts.slice(1, last)]],
    ['rubbish in the middle', texts.toSpliced(45, 3, '\0\0\0\n', '<<<<<<< HEAD\n')],
  ];
  good.write(journalPath, bytes);
  const whole = toldBy(new Journal(good.path(journalPath)));
  const project = good.copy();
  for (const [what, damaged] of damages) {
    cpSync(good.root, project.root, { recursive: true });
    project.write(journalPath, damaged.join(''));
    const hit = differing(toldBy(new Journal(project.path(journalPath))), whole);
    const first = await project.build();
    assert.is(first.exit, 0, what);
    assert.equal(first.warnings.filter((text) => text.startsWith('the journal')).length, 1, what);
    for (const task of first.ran) assert.ok(hit.includes(task), `${task} ran ${what}`);
    for (let n = 1; n <= pairs; n++)
      for (const task of [`a@${n}`, `b@${n}`])
        assert.is(project.read(task.replace('@', '/')), clean(project, task), `${task} ${what}`);
    const second = await project.build();
    assert.equal([second.ran, second.warnings], [[], []], what);
  }
  project.remove();
});

test.run();
