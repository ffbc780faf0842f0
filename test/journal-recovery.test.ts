// A crash and a damaged journal at once: whatever lines are lost, no good output is, and nothing wrong is called fresh.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from './in-process/function-machine.ts';
import { Project } from './in-process/project.ts';
import { compareTrees, readTree } from './workspace/tree.ts';

const journalPath = '.evalmake/journal.jsonl';

const fixed = `evalmake: 1
name: recovery
targets:
  kinds:
    run: [kinds, in.txt]
    inputs: in.txt
    outputs: { file: file.txt, set: set/*.txt, folder: folder/ }
`;

/** What the outputs hold after an attempt on one text. */
const written = (text: string): Record<string, string> => ({
  'file.txt': text,
  [`set/${text}.txt`]: text,
  'set/same.txt': text,
  [`folder/${text}.txt`]: text,
  'folder/same.txt': text,
  'set/const.txt': 'const',
  'folder/const.txt': 'const',
});

/** Writes outputs at their own paths; `half` of them, or all. */
function writeOutputs(cwd: string, text: string, half: boolean): void {
  const all = Object.entries(written(text));
  for (const [path, content] of half ? all.slice(0, 2) : all) {
    mkdirSync(join(cwd, path, '..'), { recursive: true });
    writeFileSync(join(cwd, path), half ? content.slice(0, 1) : content);
  }
}

/** Where a crash leaves things: what has been done of the second build when it dies. */
const instants = ['before it wrote', 'half way', 'all written', 'finished'] as const;

interface Crash {
  readonly name: (typeof instants)[number];
  readonly project: Project;
}

interface Context {
  readonly crashes: readonly Crash[];
}

const test = suite<Context>('journal-recovery');

/** The command learns its text by the input, as any script would. */
function reading(project: Project, then: (cwd: string, text: string) => number): Command {
  return ({ cwd }) => then(cwd, project.read('in.txt').trim());
}

function succeeding(project: Project): Command {
  return reading(project, (cwd, text) => {
    writeOutputs(cwd, text, false);
    return 0;
  });
}

function failing(project: Project): Command {
  return reading(project, (cwd, text) => {
    writeOutputs(cwd, text, true);
    return 1;
  });
}

test.before(async (context) => {
  const base = new Project(() => 1);
  base.command = succeeding(base);
  base.write('pipeline.yaml', fixed);
  base.write('in.txt', 'old\n');
  assert.is((await base.build()).exit, 0);
  base.write('in.txt', 'new\n');
  const crashes: Crash[] = [];
  const take = (name: Crash['name']): void => void crashes.push({ name, project: base.copy() });
  base.command = reading(base, (cwd, text) => {
    take('before it wrote');
    writeOutputs(cwd, text, true);
    take('half way');
    writeOutputs(cwd, text, false);
    take('all written');
    return 0;
  });
  base.onEvent = ({ event }) => {
    if (event === 'finished') take('finished');
  };
  assert.is((await base.build()).exit, 0);
  base.remove();
  for (const { project } of crashes) project.forgetLock();
  assert.equal(
    crashes.map(({ name }) => name),
    [...instants],
  );
  Object.assign(context, { crashes });
});
test.after(({ crashes }) => {
  for (const { project } of crashes) project.remove();
});

/** All ways to lose lines of the second build, and to tear its end; each with a name. */
function damages(journal: string): [string, string][] {
  const lines = journal.split('\n').slice(0, -1);
  const first = lines.findIndex((line) => line.includes(' finished ')) + 1;
  const count = lines.length - first;
  const out: [string, string][] = [];
  for (let lost = 0; lost < 1 << count; lost++) {
    const gone = (i: number): boolean => i >= first && (lost & (1 << (i - first))) !== 0;
    const names = lines.filter((_, i) => gone(i)).map((line) => line.split(' ')[2]);
    const what = names.join(' and ') || 'nothing';
    out.push([`${what} cut out`, `${lines.filter((_, i) => !gone(i)).join('\n')}\n`]);
    if (lost === 0) continue;
    const flipped = lines.map((line, i) => (gone(i) ? line.replace(' kinds ', ' kindS ') : line));
    out.push([`${what} damaged`, `${flipped.join('\n')}\n`]);
  }
  out.push(['a torn end', journal.slice(0, -12)]);
  out.push(['no journal', '']);
  return out;
}

/** Contents that lie in their places, or were saved by recovery. */
function kept(project: Project, below: string): Map<string, string> {
  const out = new Map<string, string>();
  if (!project.exists(below)) return out;
  for (const entry of readdirSync(project.path(below), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name).slice(project.root.length + 1);
    out.set(path.slice(below === '.' ? 0 : below.length + 1), project.read(path));
  }
  return out;
}

/** Whether all outputs of a text are in their places; with `saved`, or below .evalmake/saved. */
function has(project: Project, text: string, saved: boolean): boolean {
  const aside = saved ? [...kept(project, '.evalmake/saved/kinds')] : [];
  return Object.entries(written(text)).every(
    ([path, content]) =>
      (project.exists(path) && project.read(path) === content) ||
      aside.some(([at, what]) => at.startsWith(path) && what === content),
  );
}

/**
 * The last good outputs are in their places. Where the second build had finished and the line that said so is lost, it
 * may be the first ones; the second ones are saved then, unless the line is lost without a trace.
 */
function assertNothingLost(project: Project, name: Crash['name'], damage: string, when: string): void {
  if (name !== 'finished') {
    assert.ok(has(project, 'old', false), `old outputs are not in their places ${when}`);
    return;
  }
  const traceless = / cut out$/.test(damage) && damage.includes('finished');
  assert.ok(
    has(project, 'new', true) || (traceless && has(project, 'old', false)),
    `outputs are lost ${when}`,
  );
}

const unknownMembers = (what: string): boolean => what === 'no journal';

for (const instant of instants) {
  test(`died ${instant}, and lines are lost: the good outputs are kept, also when the next attempt fails`, async ({
    crashes,
  }) => {
    const { project } = crashes.find(({ name }) => name === instant) as Crash;
    for (const [what, journal] of damages(project.read(journalPath))) {
      const when = `(died ${instant}, ${what})`;
      const ws = project.copy();
      ws.write(journalPath, journal);
      // Neither the plan of who only looks nor the one of the build may call it fresh while it is not whole.
      const looked = readTree(ws.root);
      const fresh = await ws.fresh();
      assert.equal(compareTrees(looked, readTree(ws.root)), [], `looking changes nothing ${when}`);
      if (fresh.size > 0) assert.ok(has(ws, 'new', false), `called fresh ${when}`);
      ws.command = failing(ws);
      const failed = await ws.build();
      assertNothingLost(ws, instant, what, when);
      ws.command = succeeding(ws);
      const mended = await ws.build();
      assertNothingLost(ws, mended.exit === 0 ? 'finished' : instant, what, when);
      // Members that nobody recorded are never removed, so a set may need a person when all records are lost.
      assert.is(mended.exit, unknownMembers(what) ? 1 : 0, when);
      if (mended.exit === 0) {
        assert.ok(has(ws, 'new', false), when);
        const third = await ws.build();
        assert.equal([third.ran, third.warnings], [[], []], when);
      }
      if (what.endsWith('damaged') || what === 'a torn end')
        assert.ok(failed.warnings.length > 0, `told ${when}`);
      ws.remove();
    }
  });
}

test('died after it had finished, before its folder was gone: what was saved is of no use and goes', async ({
  crashes,
}) => {
  const ws = (crashes.find(({ name }) => name === 'finished') as Crash).project.copy();
  assert.ok(ws.exists('.evalmake/attempt/kinds/aside'));
  const built = await ws.build();
  assert.equal([built.ran, built.warnings], [[], []]);
  assert.not.ok(ws.exists('.evalmake/attempt/kinds/aside'));
  assert.not.ok(ws.exists('.evalmake/saved'));
  ws.remove();
});

test('died after it had finished, and somebody edits an output: no older copy takes its place', async ({
  crashes,
}) => {
  const ws = (crashes.find(({ name }) => name === 'finished') as Crash).project.copy();
  ws.write('file.txt', 'mine');
  ws.command = failing(ws);
  assert.equal((await ws.build()).ran, ['kinds']);
  assert.is(ws.read('file.txt'), 'mine');
  assert.is(ws.read('.evalmake/saved/kinds/file.txt'), 'old');
  ws.remove();
});

test('cut in the last line of a build that had ended: what it had made is kept, also when the next attempt fails', async ({
  crashes,
}) => {
  for (const cut of ['at the line', 'in the line']) {
    const ws = (crashes.find(({ name }) => name === 'finished') as Crash).project.copy();
    assert.is((await ws.build()).exit, 0);
    rmSync(ws.path('.evalmake/attempt'), { recursive: true });
    const whole = ws.read(journalPath);
    const last = whole.lastIndexOf(' finished ');
    ws.write(
      journalPath,
      whole.slice(0, cut === 'at the line' ? whole.lastIndexOf('\n', last) + 1 : last + 50),
    );
    // Without the line before it there is no list to complete either.
    ws.write(
      journalPath,
      ws
        .read(journalPath)
        .split('\n')
        .filter((line) => !line.includes(' publishing '))
        .join('\n'),
    );
    ws.write('in.txt', 'next\n');
    ws.command = failing(ws);
    assert.is((await ws.build()).exit, 1);
    assert.ok(has(ws, 'new', true), cut);
    assert.is(ws.read('file.txt'), 'new', cut);
    ws.remove();
  }
});

test.run();
