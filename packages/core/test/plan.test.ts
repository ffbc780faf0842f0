// Plans: the order in which tasks start, what is released and what is blocked, on every graph that chance can make.
import { advance, type Decision, plan, type Task, verdictCounts } from '@evalmake/core';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { build, type MemoryBuildOptions, planGraph, planOf, runPlan } from './doubles/memory-build.ts';
import { MemoryWorld } from './doubles/memory-world.ts';
import { configOf, graphOf } from './doubles/pipeline-text.ts';

/** A pipeline of targets t0, t1, … where each may need any before it, listed in a shuffled order. */
interface Dag {
  readonly needs: readonly (readonly number[])[];
  readonly text: string;
}

const dag: fc.Arbitrary<Dag> = fc
  .integer({ min: 1, max: 9 })
  .chain((n) =>
    fc.record({
      needs: fc.tuple(
        ...Array.from({ length: n }, (_, i) =>
          fc.uniqueArray(fc.nat({ max: Math.max(0, i - 1) }), { maxLength: i === 0 ? 0 : 3 }),
        ),
      ),
      order: fc.shuffledSubarray(
        Array.from({ length: n }, (_, i) => i),
        { minLength: n, maxLength: n },
      ),
    }),
  )
  .map(({ needs, order }) => {
    const target = (i: number) => {
      const inputs = ['s', `s${i}`, ...(needs[i] as number[]).map((d) => `o${d}`)]
        .map((p) => `"${p}"`)
        .join(', ');
      return `  t${i}: { run: "x \${{ inputs }} \${{ outputs }}", inputs: [${inputs}], outputs: o${i} }`;
    };
    return { needs, text: `targets:\n${order.map(target).join('\n')}\n` };
  });

function worldFor({ needs }: Dag): MemoryWorld {
  const world = new MemoryWorld({ s: 's' });
  for (const i of needs.keys()) world.files.set(`s${i}`, `s${i}`);
  return world;
}

/** The tasks that need any of these, directly or not. */
function descendants({ needs }: Dag, of: ReadonlySet<string>): Set<string> {
  const out = new Set<string>();
  for (const [i, list] of needs.entries())
    if (list.some((d) => of.has(`t${d}`) || out.has(`t${d}`))) out.add(`t${i}`);
  return out;
}

test('every task starts after its needs, exactly once, and all end well', () => {
  fc.assert(
    fc.property(dag, (graph) => {
      const options = { world: worldFor(graph) };
      const { ran, failed, blocked } = build(graph.text, options);
      assert.equal([...ran].sort(), graph.needs.map((_, i) => `t${i}`).sort());
      assert.equal([failed, blocked], [[], []]);
      for (const [i, list] of graph.needs.entries())
        for (const d of list) assert.ok(ran.indexOf(`t${d}`) < ran.indexOf(`t${i}`));
    }),
  );
});

test('after a build everything is fresh, and nothing stands in the queue', () => {
  fc.assert(
    fc.property(dag, (graph) => {
      const options = { world: worldFor(graph) };
      build(graph.text, options);
      const again = planOf(graph.text, options);
      assert.equal(verdictCounts(again), { fresh: graph.needs.length });
      assert.equal(again.queue, []);
    }),
  );
});

test('after one source has changed exactly its readers run, and what reads what they write', () => {
  fc.assert(
    fc.property(dag, fc.nat(), (graph, pick) => {
      const options = { world: worldFor(graph) };
      build(graph.text, options);
      const changed = `t${pick % graph.needs.length}`;
      options.world.files.set(`s${changed.slice(1)}`, 'new');
      const { ran, settled } = build(graph.text, options);
      const expected = new Set([changed, ...descendants(graph, new Set([changed]))]);
      assert.equal([...ran].sort(), [...expected].sort());
      assert.equal(settled, []);
    }),
  );
});

test('a result that comes out the same cuts off everything behind it', () => {
  fc.assert(
    fc.property(dag, fc.nat(), (graph, pick) => {
      const content = (task: Task) => `always the same of ${task.id}`;
      const options: MemoryBuildOptions = { world: worldFor(graph), content };
      build(graph.text, options);
      const changed = `t${pick % graph.needs.length}`;
      options.world.files.set(`s${changed.slice(1)}`, 'new');
      const { ran, settled } = build(graph.text, options);
      assert.equal(ran, [changed]);
      const direct = graph.needs.flatMap((list, i) =>
        list.includes(Number(changed.slice(1))) ? [`t${i}`] : [],
      );
      assert.ok(direct.every((id) => settled.includes(id)));
      assert.equal(verdictCounts(planOf(graph.text, options)), { fresh: graph.needs.length });
    }),
  );
});

test('a failing task blocks exactly what needs it, and everything else ends well', () => {
  fc.assert(
    fc.property(dag, fc.nat(), fc.nat(), (graph, one, two) => {
      const sick = new Set([one, two].map((n) => `t${n % graph.needs.length}`));
      const { ran, failed, blocked } = build(graph.text, {
        world: worldFor(graph),
        fails: (t) => sick.has(t.id),
      });
      const below = descendants(graph, sick);
      assert.equal([...blocked].sort(), [...below].sort());
      assert.equal([...failed].sort(), [...sick].filter((id) => !below.has(id)).sort());
      assert.is(ran.length + failed.length + blocked.length, graph.needs.length);
    }),
  );
});

test('the steps of a build may be mixed in any legal order', () => {
  fc.assert(
    fc.property(dag, fc.infiniteStream(fc.nat()), fc.integer({ min: 1, max: 4 }), (graph, choices, width) => {
      const options = { world: worldFor(graph) };
      const made = planOf(graph.text, options);
      const running: number[] = [];
      const done: number[] = [];
      let at = 0;
      while (at < made.queue.length || running.length > 0) {
        while (at < made.queue.length && running.length < width) {
          const task = made.queue[at++] as number;
          assert.ok((made.graph.tasks[task] as Task).deps.every((d) => done.includes(d)));
          assert.equal(advance(made, { kind: 'started', task }), []);
          running.push(task);
        }
        const [task] = running.splice((choices.next().value as number) % running.length, 1) as [number];
        advance(made, {
          kind: 'settled',
          task,
          decision: {
            ...(made.decisions[task] as NonNullable<(typeof made.decisions)[0]>),
            verdict: 'fresh',
            reasons: [],
          },
        });
        done.push(task);
      }
      assert.is(done.length, graph.needs.length);
    }),
  );
});

test('two plans of one world are equal', () => {
  fc.assert(
    fc.property(dag, (graph) => {
      const options = { world: worldFor(graph) };
      build(graph.text, { ...options, fails: (t) => t.id === 't1' });
      const verdicts = () => planOf(graph.text, options).decisions.map((d) => [d?.verdict, d?.reasons]);
      assert.equal(verdicts(), verdicts());
    }),
    { numRuns: 30 },
  );
});

const diamond = `
targets:
  d: { run: "x \${{ inputs }} \${{ outputs }}", inputs: [ob, oc], outputs: od }
  b: { run: "x \${{ inputs }} \${{ outputs }}", inputs: oa, outputs: ob }
  c: { run: "x \${{ inputs }} \${{ outputs }}", inputs: oa, outputs: oc }
  a: { run: "x \${{ inputs }} \${{ outputs }}", inputs: src, outputs: oa }
  e: { run: "x \${{ outputs }}", outputs: oe }
`;
const source = () => ({ world: new MemoryWorld({ src: '1' }) });

test('the queue holds what is ready, in graph order, then in the order of release', () => {
  assert.equal(build(diamond, source()).ran, ['a', 'e', 'b', 'c', 'd']);
});

test('only what is wanted is decided, with all that it needs', () => {
  const made = planOf(diamond, { ...source(), wanted: ['b'] });
  assert.equal(made.decisions.flatMap((d, i) => (d === undefined ? [] : [made.graph.tasks[i]?.id])).sort(), [
    'a',
    'b',
  ]);
  assert.equal(build(diamond, { ...source(), wanted: ['b'] }).ran, ['a', 'b']);
});

test('a task that is left out stays as it is, and what needs it takes what is there', () => {
  const options = { ...source(), excluded: (t: Task) => t.id === 'a' };
  options.world.files.set('oa', 'old');
  const made = planOf(diamond, options);
  assert.is(made.decisions[made.graph.byId.get('a') as number], undefined);
  assert.is(made.leftOut.get(made.graph.byId.get('a') as number)?.verdict, 'run');
  assert.equal(runPlan(made, options).ran, ['b', 'c', 'e', 'd']);
});

test('a task that is left out and was never built blocks what needs it', () => {
  const made = planOf(diamond, { ...source(), excluded: (t: Task) => t.id === 'a' });
  assert.equal(verdictCounts(made), { blocked: 3, run: 1 });
});

test('blocking tells all that it blocks, each once, in graph order, with the reason', () => {
  const made = planOf(diamond, source());
  const index = (id: string) => made.graph.byId.get(id) as number;
  advance(made, { kind: 'started', task: index('a') });
  const blocked = advance(made, { kind: 'failed', task: index('a') });
  assert.equal(
    blocked,
    ['b', 'c', 'd'].map(index).sort((x, y) => x - y),
  );
  assert.equal(
    made.decisions[index('d')]?.reasons.map((r) => [r.code, r.root]),
    [
      ['upstream-failed', false],
      ['upstream-failed', false],
    ],
  );
  assert.equal(advance(made, { kind: 'failed', task: index('e') }), []);
});

test('a task that runs on while another fails is not blocked by it, but its readers may be', () => {
  const made = planOf(diamond, source());
  const index = (id: string) => made.graph.byId.get(id) as number;
  const fresh = (task: number) => ({
    ...(made.decisions[task] as NonNullable<(typeof made.decisions)[0]>),
    verdict: 'fresh' as const,
    reasons: [],
  });
  advance(made, { kind: 'started', task: index('a') });
  advance(made, { kind: 'settled', task: index('a'), decision: fresh(index('a')) });
  advance(made, { kind: 'started', task: index('b') });
  advance(made, { kind: 'started', task: index('c') });
  assert.equal(advance(made, { kind: 'failed', task: index('b') }), [index('d')]);
  assert.equal(advance(made, { kind: 'settled', task: index('c'), decision: fresh(index('c')) }), []);
  assert.is(made.states[index('d')], 'blocked');
});

test('what a build has dealt with before a new plan is carried over', () => {
  const options = source();
  const graph = graphOf(diamond, options);
  const carried = (states: [string, 'running' | 'failed' | 'done'][]) =>
    plan({
      graph,
      config: configOf(undefined),
      world: options.world,
      wanted: graph.tasks.map((t) => t.index),
      carried: new Map(states),
    });
  const running = carried([['a', 'running']]);
  assert.equal(
    running.queue.map((i) => graph.tasks[i]?.id),
    ['e'],
  );
  const failed = carried([['a', 'failed']]);
  assert.equal(
    failed.queue.map((i) => graph.tasks[i]?.id),
    ['e'],
  );
  assert.equal(verdictCounts(failed).blocked, 3);
});

const sharded = `
targets:
  build: { run: "x \${{ outputs.dir }}", outputs: s/part-*.txt, frozen: FROZEN }
  infer: { each: { part: { from: build } }, inputs: { p: "\${{ part.path }}" }, run: "x \${{ inputs.p }} \${{ outputs }}", outputs: "o/\${{ part.stem }}.txt" }
`;

test('a placeholder is never ready: when nothing is left that could tell its set, it is blocked', () => {
  const unknown = (options: MemoryBuildOptions, frozen: boolean) => {
    const made = planOf(sharded.replace('FROZEN', String(frozen)), options);
    const index = made.graph.byId.get('infer@*') as number;
    assert.not.ok(made.queue.includes(index), 'a build would plan again and again');
    return made.decisions[index]?.verdict;
  };
  const excluded = (t: Task) => t.target.name === 'build';
  assert.is(unknown({ world: new MemoryWorld(), excluded }, false), 'blocked', 'the producer was left out');
  const files = new MemoryWorld({ 's/part-1.txt': '' });
  assert.is(unknown({ world: files }, true), 'blocked', 'the producer is frozen and has no record');
});

test('what was forced is forced once in a build', () => {
  const options = { ...source(), forced: (t: Task) => t.id === 'e' };
  build(diamond, options);
  const graph = graphOf(diamond, options);
  const all = graph.tasks.map((t) => t.index);
  const input = {
    graph,
    config: configOf(undefined),
    world: options.world,
    wanted: all,
    forced: options.forced,
  };
  assert.is(plan(input).queue.length, 1);
  assert.is(plan({ ...input, carried: new Map([['e', 'done']]) }).queue.length, 0);
  assert.is(planGraph(graph, source()).queue.length, 2);
});

/** A pipeline of one-file targets: name, inputs, and what else is declared. */
const listed = (...targets: readonly (readonly [name: string, inputs: string, more?: string])[]) =>
  `targets:\n${targets
    .map(
      ([n, i, more = '']) =>
        `  ${n}: { run: "x \${{ inputs }} \${{ outputs }}", inputs: [${i}], outputs: o${n}${more} }\n`,
    )
    .join('')}`;

test('what needs a task that asks waits for a decision; what needs a failed one too is blocked by both', () => {
  const text = (more: string) =>
    listed(['c', 'ob'], ['b', 'oa'], ['d', 'oc, oz'], ['e', 'od'], ['z', 'gone'], ['a', 's', more]);
  const world = new MemoryWorld({ s: '1', gone: '1' });
  build(text(''), { world });
  world.files.set('s', '2');
  world.files.delete('gone');
  const made = planOf(text(', keep: true'), { world });
  const said = (id: string) => {
    const { verdict, reasons } = made.decisions[made.graph.byId.get(id) as number] as Decision;
    return `${verdict}: ${reasons.map((r) => `${r.code} ${r.subject ?? ''}`.trim()).join(', ')}`;
  };
  assert.is(said('a'), 'ask: keep, input-changed input:s');
  assert.is(said('b'), 'blocked: upstream-asks a');
  assert.is(said('c'), 'blocked: upstream-asks b');
  assert.is(said('d'), 'blocked: upstream-asks c, upstream-failed z');
  assert.is(said('e'), 'blocked: upstream-failed d');
});

test('when a task turns out to ask, all that wait for it wait for a decision, in whatever order they are listed', () => {
  for (const order of ['edcbaf', 'fabcde', 'cebdaf']) {
    const needs: Readonly<Record<string, string>> = {
      f: 's',
      a: 'of',
      b: 'oa',
      c: 'ob, oa',
      d: 'oc',
      e: 'od, oa',
    };
    const text = listed(
      ...[...order].map((n) => [n, needs[n] as string, n === 'a' ? ', keep: true' : ''] as const),
    );
    const options = { world: new MemoryWorld({ s: '1' }) };
    build(text, options);
    options.world.files.set('s', '2');
    const made = planOf(text, options);
    const { ran, blocked } = runPlan(made, options);
    assert.equal(ran, ['f'], order);
    assert.equal(blocked.sort(), ['a', 'b', 'c', 'd', 'e'], order);
    for (const id of 'bcde') {
      const codes = made.decisions[made.graph.byId.get(id) as number]?.reasons.map((r) => r.code);
      assert.equal([...new Set(codes)], ['upstream-asks'], `${order} ${id}`);
    }
  }
});

test.run();
