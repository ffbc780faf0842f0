// Ready queues: what may start within the limits of jobs and pools, without one full pool hiding the rest.
import { advance, type Plan, type Task } from '@evalmake/core';
import { ReadyQueues } from '@evalmake/engine/ready';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';
import { planAll, workspaceOf } from './doubles/workspace-on-disk.ts';

const test = suite<{ folder: TemporaryFolder }>('ready');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

const text = `
pools: { gpu: 1, api: 2 }
targets:
  g1: { run: x, pool: gpu }
  g2: { run: x, pool: gpu }
  a1: { run: x, pool: api }
  a2: { run: x, pool: api }
  a3: { run: x, pool: api }
  p1: { run: x }
  p2: { run: x }
`;

async function planOf(folder: TemporaryFolder): Promise<Plan> {
  return planAll(await workspaceOf(folder, { 'pipeline.yaml': text }));
}

const never = () => false;

/** Takes all that may start now. */
function takeAll(plan: Plan, queues: ReadyQueues, held: (index: number) => boolean = never): string[] {
  const out: string[] = [];
  for (let index = queues.next(held); index !== undefined; index = queues.next(held)) {
    advance(plan, { kind: 'started', task: index });
    queues.took(index);
    out.push((plan.graph.tasks[index] as Task).id);
  }
  return out;
}

const taskOf = (plan: Plan, id: string) => plan.graph.tasks[plan.graph.byId.get(id) as number] as Task;

test('a pool never has more than its limit, and a full one hides nothing', async ({ folder }) => {
  const plan = await planOf(folder);
  const queues = new ReadyQueues(plan, 100);
  assert.equal(takeAll(plan, queues).sort(), ['a1', 'a2', 'g1', 'p1', 'p2']);
  queues.ended(taskOf(plan, 'a1'));
  assert.equal(takeAll(plan, queues), ['a3']);
  queues.ended(taskOf(plan, 'a2'));
  assert.equal(takeAll(plan, queues), []);
  queues.ended(taskOf(plan, 'g1'));
  assert.equal(takeAll(plan, queues), ['g2']);
});

test('all pools together have no more than the jobs', async ({ folder }) => {
  const plan = await planOf(folder);
  const queues = new ReadyQueues(plan, 3);
  const first = takeAll(plan, queues);
  assert.is(first.length, 3);
  assert.equal(takeAll(plan, queues), []);
  queues.ended(taskOf(plan, first[0] as string));
  assert.is(takeAll(plan, queues).length, 1);
});

test('in the end everything was given out once', async ({ folder }) => {
  const plan = await planOf(folder);
  const queues = new ReadyQueues(plan, 2);
  const all: string[] = [];
  for (let now = takeAll(plan, queues); now.length > 0; now = takeAll(plan, queues)) {
    all.push(...now);
    for (const id of now) queues.ended(taskOf(plan, id));
  }
  assert.equal(all.sort(), ['a1', 'a2', 'a3', 'g1', 'g2', 'p1', 'p2']);
});

test('what is held stays in its queue until it is let go', async ({ folder }) => {
  const plan = await planOf(folder);
  const queues = new ReadyQueues(plan, 100);
  const held = (index: number) => ['a1', 'p1'].includes((plan.graph.tasks[index] as Task).id);
  assert.equal(takeAll(plan, queues, held).sort(), ['a2', 'a3', 'g1', 'p2']);
  assert.equal(takeAll(plan, queues).sort(), ['p1']);
  queues.ended(taskOf(plan, 'a2'));
  assert.equal(takeAll(plan, queues), ['a1']);
});

test('what is no longer ready is passed over', async ({ folder }) => {
  const plan = await planOf(folder);
  const queues = new ReadyQueues(plan, 100);
  const index = plan.graph.byId.get('p1') as number;
  plan.states[index] = 'blocked';
  assert.not.ok(takeAll(plan, queues).includes('p1'));
});

test('over a new plan the limits go on counting what runs', async ({ folder }) => {
  const plan = await planOf(folder);
  const queues = new ReadyQueues(plan, 3);
  const running = takeAll(plan, queues);
  const again = await planOf(folder);
  for (const id of running) again.states[again.graph.byId.get(id) as number] = 'running';
  const next = queues.over(again);
  assert.equal(takeAll(again, next), []);
  next.ended(taskOf(again, running[0] as string));
  assert.is(takeAll(again, next).length, 1);
});

test.run();
