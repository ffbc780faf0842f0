// What happens meanwhile: readers beside a running build, and pools that hold whatever fails.
import * as assert from 'uvu/assert';
import { parsePlan, taskOf } from './workspace/documents.ts';
import type { Visit } from './workspace/gate.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Tasks that stop at the gate, each with these keys. */
function writeGated(ws: Workspace, names: readonly string[], keys: string, head = ''): void {
  ws.write('in.txt', '1\n');
  const one = (name: string): string => `
      ${name}:
        run: |
          echo ${name} >> "$RAN_LOG"
          node "$GATE_CLIENT" ${name} $$
          cat in.txt > \${{ outputs }}
        inputs: in.txt
        outputs: ${name}.txt
        manifest: manifest.json
        ${keys}`;
  ws.pipeline(`${head}
    targets:${names.map(one).join('')}
  `);
}

scenario('Twenty readers beside a running build answer at once, and what they say is so.', async (ws) => {
  writeGated(ws, ['done', 'runs', 'waits'], 'desc: one');
  await ws.gate();
  const running = ws.start(['-j1']);
  (await ws.arrival(running, 'done')).pass();
  const visit = await ws.arrival(running, 'runs');
  const calls: readonly (readonly string[])[] = [
    ['-n', '--json'],
    ['status', '--json'],
    ['report', '--no-build', '--json'],
    ['why', 'waits'],
    ['graph'],
  ];
  const before = ws.read('.evalmake/journal.jsonl');
  const readers = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const args = calls[i % calls.length] as readonly string[];
      return { args, ...(await ws.evalmake(args)) };
    }),
  );
  for (const { args, code, stdout, stderr } of readers) {
    assert.equal([code, stderr], [0, ''], args.join(' '));
    if (args.includes('-n')) {
      const plan = parsePlan(stdout);
      const verdicts = ['done', 'runs', 'waits'].map((id) => taskOf(plan, id).verdict);
      assert.is(verdicts[0], 'fresh');
      assert.ok(verdicts[1] === 'run' || verdicts[1] === 'maybe', verdicts[1]);
      assert.is(verdicts[2], 'run');
    } else if (args.includes('--json')) JSON.parse(stdout);
  }
  assert.is(ws.read('.evalmake/journal.jsonl'), before, 'readers write nothing');
  visit.pass();
  (await ws.arrival(running, 'waits')).pass();
  assert.is((await running.done).code, 0);
});

/** Lets everybody through, one at a time, as soon as nobody else can come; tells the most who stood there at once. */
async function through(
  ws: Workspace,
  names: readonly string[],
  { limit, codeOf, args }: { limit: number; codeOf: (name: string) => number; args: readonly string[] },
): Promise<{ code: number | null; said: string }> {
  const running = ws.start(args);
  const coming = new Map(names.map((name) => [name, ws.arrival(running, name)]));
  for (const visit of coming.values()) visit.catch(() => {});
  let inside: Visit[] = [];
  let started = 0;
  for (let over = 0; over < names.length; over++) {
    while (inside.length < Math.min(limit, names.length - over)) {
      const visit = await Promise.race(coming.values());
      coming.delete(visit.name);
      inside.push(visit);
    }
    started += ws.ran().length;
    assert.is(started - over, inside.length, 'nobody has started who is not let in yet');
    const [first, ...rest] = inside as [Visit, ...Visit[]];
    inside = rest;
    first.pass(codeOf(first.name));
  }
  const outcome = await running.done;
  return { code: outcome.code, said: outcome.stderr };
}

const six = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'];

scenario('A pool is never exceeded, also while its tasks fail and are tried again.', async (ws) => {
  writeGated(ws, six, 'pool: gpu', '\n    pools: { gpu: 2 }');
  await ws.gate();
  const codeOf = (name: string): number => (Number(name[1]) % 2 === 0 ? 1 : 0);
  const { code, said } = await through(ws, six, { limit: 2, codeOf, args: ['-k', '-j6'] });
  assert.is(code, 1);
  assert.match(said, '3 failed');
  const failed = ['p2', 'p4', 'p6'];
  const again = await through(ws, failed, { limit: 2, codeOf: () => 0, args: ['-j6'] });
  assert.is(again.code, 0, again.said);
});

scenario('-j is never exceeded, also while commands fail.', async (ws) => {
  writeGated(ws, six, 'desc: one');
  await ws.gate();
  const { code } = await through(ws, six, { limit: 3, codeOf: () => 7, args: ['-k', '-j3'] });
  assert.is(code, 1);
});

runScenarios();
