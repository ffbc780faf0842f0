// The documents of status, why, provenance, report and of the stream of events, as real builds make them, fit their schemas.

import type { Json, JsonMap } from '@evalmake/core/json';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { otherType, valuesOf } from './house/json-values.ts';
import { compiled, refusals, schemaOf } from './house/schema.ts';
import { questions, writeAsker, writeQuestions } from './workspace/asker.ts';
import { parseEvents } from './workspace/documents.ts';
import { scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

/** What was met in the documents of all scenarios: kinds of events, verdicts, outcomes, codes of reasons. */
const met = { events: new Set<string>(), verdicts: new Set<string>(), outcomes: new Set<string>() };

/** The documents, to be damaged; of those that are alike but for what they say the first. */
const samples = new Map<string, { readonly name: string; readonly text: string }>();

function assertFits(name: string, document: unknown, what: string): void {
  assert.equal(
    refusals(compiled(name), document).map(
      (text) => `${name} ${what}: ${text} in ${JSON.stringify(document).slice(0, 300)}`,
    ),
    [],
  );
  const form = JSON.stringify(document, (_, value) => (typeof value === 'object' ? value : typeof value));
  const key = name === 'events' ? `${(document as { event: string }).event}${form}` : `${name}${form}`;
  if (!samples.has(key)) samples.set(key, { name, text: JSON.stringify(document) });
}

/** Builds, and holds every event against the schema. */
async function build(ws: Workspace, args: readonly string[], exit: number): Promise<void> {
  const { code, events, stderr } = await ws.build(args);
  assert.is(code, exit, stderr);
  holdEvents(events, args.join(' '));
}

function holdEvents(events: readonly { readonly event: string }[], what: string): void {
  for (const event of events) {
    met.events.add(event.event);
    assertFits('events', event, what);
  }
}

interface Report {
  readonly tasks: readonly { readonly verdict: string }[];
  readonly runs: readonly { readonly tasks?: readonly { readonly outcome: string }[] }[];
}

/** All that can be asked of a workspace that stands as it does. */
async function holdDocuments(ws: Workspace, when: string): Promise<void> {
  const ask = async (args: readonly string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await ws.evalmake([...args, '--json']);
    assert.is(code, 0, `${args.join(' ')} ${when}: ${stderr}`);
    return JSON.parse(stdout);
  };
  const targets = [...ws.read('pipeline.yaml').matchAll(/^ {2}(\w+):$/gm)].map(([, name]) => name as string);
  assertFits('status', await ask(['status']), when);
  assertFits('why', await ask(['why', ...targets]), when);
  assertFits('provenance', await ask(['why', '--provenance', ...targets]), when);
  const report = (await ask(['report', '--no-build'])) as Report;
  assertFits('report', report, when);
  for (const { verdict } of report.tasks) met.verdicts.add(verdict);
  for (const run of report.runs) for (const { outcome } of run.tasks ?? []) met.outcomes.add(outcome);
}

/** Failing, waiting, off, paid, sets that grow; `fails` and `done` are files that decide. */
function writeMany(ws: Workspace): void {
  ws.write('in.txt', 'one\n');
  ws.write('wanted.txt', 'x\n');
  ws.write('config.yaml', 'k: 1\nextra: false\napi_key: x\n');
  ws.pipeline(`
    config: config.yaml
    targets:
      norm:
        desc: Upper case
        run: |
          echo "evalmake:note begun"
          echo "evalmake:progress 1/2 half"
          tr a-z A-Z < \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: norm.txt
      parts:
        run: "head -c 1 \${{ inputs }} > \${{ outputs.dir }}/a.txt; cp \${{ outputs.dir }}/a.txt \${{ outputs.dir }}/b.txt"
        inputs: { from: norm }
        outputs: parts/*.txt
      score:
        each: { part: { from: parts } }
        run: |
          [ ! -e fails ] || [ \${{ part.stem }} = a ] || exit 3
          printf '{"em":0.%s}' \${{ config.k }} > \${{ outputs }}
        inputs: \${{ part.path }}
        outputs: out/\${{ part.stem }}.json
        metrics: { em: "out/\${{ part.stem }}.json#/em" }
        checks: { non_empty: true, has_keys: em }
        retries: 1
      sum:
        run: cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: score }
        outputs: sum.txt
        metrics: { lost: "sum.txt#/lost" }
      buy:
        run: |
          echo "evalmake:cost usd=1.5 in=10 out=2 id=p1"
          cp \${{ inputs }} \${{ outputs }}
        inputs: wanted.txt
        outputs: bought.txt
        manifest: m.json
        paid: { usd: 1 }
      bill:
        run: cp \${{ inputs }} \${{ outputs }}
        inputs: { from: buy }
        outputs: bill.txt
      job:
        run: |
          echo look >> \${{ state }}/looks
          echo "evalmake:job provider=somebody id=job-1"
          if [ ! -e done ]; then echo "evalmake:wait 0 queued"; exit 75; fi
          echo x > \${{ outputs }}
        outputs: job.txt
        manifest: m.json
      extra:
        when: \${{ config.extra }}
        run: echo x > \${{ outputs }}
        outputs: extra.txt
  `);
}

scenario('Never built, failed, blocked, asking, waiting and off; then all of it built.', async (ws) => {
  writeMany(ws);
  await holdDocuments(ws, 'before the first build');
  ws.write('fails', '');
  await build(ws, ['-k', '--detach'], 5);
  await holdDocuments(ws, 'after failures');
  ws.remove('fails');
  ws.write('done', '');
  await build(ws, ['--max-usd', '2', '--set', 'api_key=y'], 0);
  await holdDocuments(ws, 'when all is fresh');
});

scenario(
  'Cut off, brought back, judged again and vouched for; what may run, and a damaged log.',
  async (ws) => {
    writeMany(ws);
    ws.write('done', '');
    await build(ws, ['--yes'], 0);
    ws.write('in.txt', 'ONE\n');
    await holdDocuments(ws, 'when something may run');
    await build(ws, ['--set', 'k=2'], 0);
    await holdDocuments(ws, 'when a former result can be brought back');
    await build(ws, [], 0);
    ws.edit('pipeline.yaml', 'non_empty: true,', 'non_empty: true, command: "true",');
    await holdDocuments(ws, 'when checks are to be judged again');
    await build(ws, [], 0);
    ws.edit('pipeline.yaml', 'run: cat', 'run: command cat');
    assert.is((await ws.evalmake(['adopt', 'sum', '--reason', 'a word'])).code, 0);
    holdEvents(parseEvents(ws.read('.evalmake/runs/5/events.jsonl')), 'adopt');
    ws.write('.evalmake/runs/2/events.jsonl', ws.read('.evalmake/runs/2/events.jsonl').slice(0, -300));
    ws.write('.evalmake/runs/3/events.jsonl', '{"event":"ended"}\n[]\n');
    ws.write('parts/a.txt', 'somebody else');
    ws.write('out/stray.json', '{}');
    await holdDocuments(ws, 'after an adoption');
  },
);

scenario('Rows that are asked and reused, with and without a price.', async (ws) => {
  writeAsker(ws, 'paid: { usd_per_mtok: { in: 1 }, tokens_per_row: [1000000, 0], discount: 0.5 }');
  writeQuestions(ws, 'in.jsonl', questions(1, 2));
  await holdDocuments(ws, 'before rows are asked');
  await build(ws, ['--yes'], 0);
  writeQuestions(ws, 'in.jsonl', questions(1, 2, 3));
  await holdDocuments(ws, 'when one row is new');
  await build(ws, ['--yes'], 0);
  ws.edit(
    'pipeline.yaml',
    'paid: { usd_per_mtok: { in: 1 }, tokens_per_row: [1000000, 0], discount: 0.5 }',
    'paid: true',
  );
  writeQuestions(ws, 'in.jsonl', questions(1, 2, 4));
  await holdDocuments(ws, 'when no price is told');
});

test('nearly all that can happen was met above', () => {
  const { $defs } = schemaOf('events') as unknown as { $defs: Record<string, { properties?: JsonMap }> };
  const names = Object.values($defs).flatMap(({ properties }) => {
    const name = (properties?.['event'] as JsonMap | undefined)?.['const'];
    return name === undefined ? [] : [name as string];
  });
  assert.is(names.length, 16);
  assert.equal(lacking(names, met.events), []);
  assert.equal(lacking(wordsOf('why', 'verdict'), met.verdicts), []);
  // Tasks that ask from the beginning are told by the plan alone.
  assert.equal(lacking(wordsOf('report', 'outcome'), met.outcomes), ['stopped', 'ask']);
});

function lacking(words: readonly string[], among: ReadonlySet<string>): string[] {
  return words.filter((word) => !among.has(word));
}

function wordsOf(name: string, noun: string): string[] {
  const { $defs } = schemaOf(name) as unknown as { $defs: Record<string, { enum: string[] }> };
  return $defs[noun]?.enum ?? [];
}

test('each value of these documents has its type in the schema: another one is refused', () => {
  for (const { name, text } of samples.values()) {
    const fits = compiled(name);
    const document = JSON.parse(text) as JsonMap;
    for (const { at, parent, step } of valuesOf(document)) {
      const was = parent[step] as Json;
      parent[step] = otherType(was);
      assert.not.ok(fits(document), `${name}${at} = ${JSON.stringify(parent[step])}`);
      parent[step] = was;
    }
  }
});

test('a document without one of its keys is refused, unless the key is one that may be absent', () => {
  const accepted = new Map<string, Set<string>>();
  for (const { name, text } of samples.values()) {
    const fits = compiled(name);
    const document = JSON.parse(text) as JsonMap;
    const of = name === 'events' ? (document['event'] as string) : name;
    for (const { at, parent, step } of valuesOf(document)) {
      if (Array.isArray(parent)) continue;
      const { [step]: was } = parent;
      delete parent[step];
      if (fits(document) && !namedMap.test(at))
        accepted.set(of, (accepted.get(of) ?? new Set()).add(at.replaceAll(/\/\d+/g, '').slice(1)));
      parent[step] = was as Json;
    }
  }
  const found = [...accepted].map(([name, keys]) => `${name}: ${[...keys].sort().join(' ')}`);
  assert.equal(found.sort(), mayBeAbsent);
});

/** Maps whose keys are names of people: any of them may be missing. */
const namedMap = /\/(verdicts|metrics|settings|code|families|targets\/\d+\/counts)\/[^/]+$|\/last\/parts\//;

/** Keys that a program must not count on, as far as the documents above have them. */
const mayBeAbsent = [
  'adopted: outputs unproven/now unproven/subject unproven/was',
  'blocked: reasons/subject',
  'cost: id',
  'ended: counts/adopted counts/restored counts/waiting money',
  'failed: log tail',
  'finished: costUsd metrics outputs',
  'note: task',
  [
    'planned: call counts/ask counts/blocked counts/fresh counts/maybe counts/recheck counts/restore',
    'counts/run counts/waiting money money/targets/discount money/targets/reused money/targets/rows',
    'money/targets/usdPerRow money/targets/usdPerRun tasks/origin tasks/reasons/needsUsd',
    'tasks/reasons/now tasks/reasons/subject tasks/reasons/was',
  ].join(' '),
  'provenance: results/steps/desc results/steps/made',
  'replanned: money money/targets/usdPerRun',
  [
    'report: causes/now causes/sizes causes/usd causes/was causes/where config/file',
    'config/keys/masked runs/args runs/ci runs/counts runs/counts/adopted runs/counts/restored',
    'runs/counts/waiting runs/exit runs/money runs/ms runs/tasks runs/tasks/changed',
    'runs/tasks/critical runs/tasks/from runs/tasks/log runs/tasks/message runs/tasks/metrics',
    'runs/tasks/origin runs/tasks/paidUsd runs/tasks/slot runs/tasks/to summary/forecast/ms summary/money',
    'summary/money/targets/discount summary/money/targets/reused summary/money/targets/rows',
    'summary/money/targets/unpriced summary/money/targets/usdPerRow summary/money/targets/usdPerRun',
    'targets/command targets/desc targets/offBy tasks/last tasks/last/adopted tasks/last/costUsd',
    'tasks/last/metrics tasks/last/outputs/foundSha256 tasks/last/outputs/rows tasks/last/unproven',
    'tasks/needs',
  ].join(' '),
  'restored: metrics origin outputs',
  'started: reasons/now reasons/subject reasons/was',
  [
    'status: families/held/subject families/offBy money money/targets/discount money/targets/reused',
    'money/targets/rows',
    'money/targets/unpriced money/targets/usdPerRow money/targets/usdPerRun targets/desc',
  ].join(' '),
  'warn: task',
  [
    'why: tasks/adopted tasks/origin tasks/parts/now tasks/parts/was tasks/reasons/needsUsd tasks/reasons/now',
    'tasks/reasons/subject tasks/reasons/was tasks/roots/reasons/needsUsd tasks/roots/reasons/now',
    'tasks/roots/reasons/subject tasks/roots/reasons/was',
  ].join(' '),
];

test.run();
