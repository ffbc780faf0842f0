// Causes: each is said once for all its tasks, what follows is counted, and every reason of a plan is told by some cause.
import { causesOf, familiesOf, followers, needersOf, type Plan, reportCauses, rootsOf } from '@evalmake/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { build, planOf } from './doubles/memory-build.ts';
import { MemoryWorld } from './doubles/memory-world.ts';

const text = `config: c.yaml
targets:
  prep: { run: "prep \${{ inputs }} \${{ outputs }}", inputs: raw.txt, outputs: prep.txt }
  score:
    each: { model: [a, b], shard: { range: [1, 20] } }
    run: "score \${{ model }} \${{ shard }} \${{ config.t }} \${{ inputs }} \${{ outputs }}"
    config: [t]
    inputs: prep.txt
    outputs: "s/\${{ model }}-\${{ shard }}.txt"
  stats: { run: "stats \${{ config.t }} \${{ inputs }} \${{ outputs }}", config: [t], inputs: { from: score }, outputs: stats.txt }
`;

function built(): MemoryWorld {
  const world = new MemoryWorld({ 'raw.txt': 'raw' });
  build(text, { world, config: 't: 1' });
  return world;
}

const none = { text: () => undefined, size: () => undefined, where: () => undefined, advice: () => [] };
const idsOf = (plan: Plan, tasks: readonly number[]) => tasks.map((i) => plan.graph.tasks[i]?.id);

test('one changed key is one cause, however many tasks read it', () => {
  const plan = planOf(text, { world: built(), config: 't: 2' });
  const causes = causesOf(plan);
  assert.is(causes.length, 1);
  const [cause] = reportCauses(plan, causes, none);
  assert.equal([cause?.text, cause?.was, cause?.now], ['config t', '1', '2']);
  assert.is(cause?.tasks.length, 41);
  assert.is(cause?.downstream, 0);
});

test('what follows from a changed input is counted and is no cause', () => {
  const world = built();
  world.files.set('raw.txt', 'other');
  const plan = planOf(text, { world, config: 't: 1' });
  const [cause, ...others] = causesOf(plan);
  assert.equal(others, []);
  assert.is(cause?.code, 'input-changed');
  assert.equal(idsOf(plan, cause?.tasks ?? []), ['prep']);
  assert.is(followers(plan, cause?.tasks ?? [], needersOf(plan)).length, 41);
});

test('a first build has one cause', () => {
  const plan = planOf(text, { world: new MemoryWorld({ 'raw.txt': 'raw' }), config: 't: 1' });
  assert.equal(
    causesOf(plan).map((c) => [c.code, c.tasks.length]),
    [['never-built', 42]],
  );
});

test('outputs that are gone are told by target, with some of their names', () => {
  const world = built();
  for (const n of [3, 4, 5, 6, 7]) world.files.delete(`s/a-${n}.txt`);
  world.files.delete('stats.txt');
  const plan = planOf(text, { world, config: 't: 1' });
  const causes = reportCauses(plan, causesOf(plan), none);
  assert.equal(
    causes.map((c) => c.text),
    [
      'output s/a-3.txt is missing, and 4 more: s/a-4.txt, s/a-5.txt, s/a-6.txt, …',
      'output stats.txt is missing',
    ],
  );
});

test('every own reason of every task belongs to a cause of that task', () => {
  const world = built();
  world.files.set('raw.txt', 'other');
  world.files.delete('s/b-9.txt');
  world.files.set('stats.txt', 'touched');
  const plan = planOf(text, { world, config: 't: 2' });
  const causes = causesOf(plan);
  for (const [index, decision] of plan.decisions.entries())
    for (const reason of decision === undefined ? [] : rootsOf(decision))
      assert.ok(
        causes.some((c) => c.code === reason.code && c.tasks.includes(index)),
        `${plan.graph.tasks[index]?.id} ${reason.code}`,
      );
});

test('shards of one set of values are one family, a single task is its own', () => {
  const { graph } = planOf(text, { world: built(), config: 't: 1' });
  assert.equal(
    familiesOf(graph, graph.tasks).map((f) => [f.name, f.tasks.length]),
    [
      ['prep', 1],
      ['score@a', 20],
      ['score@b', 20],
      ['stats', 1],
    ],
  );
});

test.run();
