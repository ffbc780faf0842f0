// Report models are made-up build reports of a judge study, of any size and state: what the page is shown with, without a build.
import { createHash } from 'node:crypto';
import type { Verdict } from '@evalmake/core';
import type {
  BuildReport,
  ReportCause,
  ReportCost,
  ReportEdge,
  ReportFamily,
  ReportRun,
  ReportTask,
  ReportTaskRun,
} from '@evalmake/core/build-report/model';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Kind = 'fresh' | 'stale' | 'failed' | 'never-built';

/** What a made-up study is made of. */
export interface StudySize {
  readonly kind: Kind;
  readonly models: number;
  readonly datasets: number;
  readonly shards: number;
}

interface Stage {
  readonly name: string;
  readonly per: 'one' | 'dataset' | 'family' | 'shard';
  readonly needs: readonly string[];
  readonly ms: number;
  readonly usd?: number;
}

const stages: readonly Stage[] = [
  { name: 'prepare', per: 'dataset', needs: [], ms: 2_100 },
  { name: 'plan', per: 'family', needs: ['prepare'], ms: 400 },
  { name: 'build', per: 'shard', needs: ['plan'], ms: 3_100 },
  { name: 'submit', per: 'shard', needs: ['build'], ms: 48_000, usd: 0.21 },
  { name: 'download', per: 'shard', needs: ['submit'], ms: 9_000 },
  { name: 'parse', per: 'shard', needs: ['download'], ms: 2_400 },
  { name: 'score', per: 'shard', needs: ['parse'], ms: 14_000, usd: 0.06 },
  { name: 'stats', per: 'family', needs: ['score'], ms: 6_200 },
  { name: 'costs', per: 'family', needs: ['download'], ms: 700 },
  { name: 'calibration', per: 'one', needs: ['stats'], ms: 5_000 },
  { name: 'agreement', per: 'one', needs: ['stats'], ms: 5_000 },
  { name: 'report', per: 'one', needs: ['stats', 'costs', 'calibration'], ms: 25_500 },
];

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A number from 0 to 1 that a text always has. */
const chance = (text: string): number => Number.parseInt(sha(text).slice(0, 8), 16) / 2 ** 32;

interface Planned {
  readonly id: string;
  readonly stage: number;
  readonly family: string;
  readonly shard: number;
  readonly needs: number[];
}

/** Families of a stage: their `each` values that are no shards. */
function familyNames(stage: Stage, { models, datasets }: StudySize): string[] {
  const sets = Array.from({ length: datasets }, (_, d) => `ds${d}`);
  if (stage.per === 'one') return [stage.name];
  if (stage.per === 'dataset') return sets.map((set) => `${stage.name}@${set}`);
  return sets.flatMap((set) => Array.from({ length: models }, (_, m) => `${stage.name}@m${m},${set}`));
}

/** Whether what a family makes flows into another: they share the `each` values that both have. */
function flows(from: string, to: string): boolean {
  const values = (name: string): string[] => (name.split('@')[1] ?? '').split(',').filter(Boolean);
  const [a, b] = [values(from), values(to)];
  return a.length === 0 || b.length === 0 || a.every((v) => b.includes(v)) || b.every((v) => a.includes(v));
}

function plan(size: StudySize): { planned: Planned[]; families: Map<string, number[]>; edges: ReportEdge[] } {
  const planned: Planned[] = [];
  const families = new Map<string, number[]>();
  const edges: ReportEdge[] = [];
  for (const [at, stage] of stages.entries())
    for (const family of familyNames(stage, size)) {
      const shards = stage.per === 'shard' ? size.shards : 1;
      const own: number[] = [];
      const sources = [...families.keys()].filter(
        (name) => stage.needs.includes(name.split('@')[0] as string) && flows(name, family),
      );
      for (let shard = 0; shard < shards; shard += 1) {
        const needs = sources.flatMap((name) => {
          const tasks = families.get(name) as number[];
          return tasks.length === shards ? [tasks[shard] as number] : tasks;
        });
        own.push(planned.length);
        planned.push({ id: shards === 1 ? family : `${family}[${shard}]`, stage: at, family, shard, needs });
      }
      const index = families.size;
      for (const name of sources) {
        const many = (families.get(name) as number[]).length;
        edges.push([
          [...families.keys()].indexOf(name),
          index,
          many === shards ? 'one' : many > shards ? 'gather' : 'scatter',
        ]);
      }
      families.set(family, own);
    }
  return { planned, families, edges };
}

const verdictOf = (kind: Kind, { stage, family, shard, id }: Planned): Verdict => {
  const name = stages[stage]?.name;
  if (kind === 'never-built') return name === 'prepare' ? 'run' : 'maybe';
  if (name === 'agreement') return 'off';
  if (kind === 'fresh') return 'fresh';
  if (kind === 'failed' && id === 'score@m1,ds0[3]') return 'run';
  if (kind === 'failed' && ['stats@m1,ds0', 'calibration', 'report'].includes(id)) return 'blocked';
  if (kind === 'failed') return 'fresh';
  if (id === 'parse@m0,ds0[0]') return 'recheck';
  if (id === 'submit@m1,ds0[1]') return 'waiting';
  if (name === 'score' && family === 'score@m0,ds0' && shard < 150) return 'run';
  if (id === 'score@m1,ds0[3]') return 'ask';
  if (id === 'costs@m0,ds0') return 'restore';
  if (['stats@m0,ds0', 'stats@m1,ds0', 'report'].includes(id)) return 'maybe';
  return 'fresh';
};

function pathOf({ stage, family, shard }: Planned): string {
  return `out/${stages[stage]?.name}/${family.split('@')[1] ?? 'all'}/${String(shard).padStart(4, '0')}.jsonl`;
}

function taskOf(kind: Kind, one: Planned, family: number, planned: readonly Planned[]): ReportTask {
  const { name, ms, usd } = stages[one.stage] as Stage;
  const verdict = verdictOf(kind, one);
  const path = pathOf(one);
  const causes =
    verdict === 'run'
      ? [kind === 'never-built' ? 0 : kind === 'failed' ? 0 : 0]
      : verdict === 'recheck'
        ? [1]
        : verdict === 'ask'
          ? [2]
          : verdict === 'waiting'
            ? [3]
            : [];
  const task: Writable<ReportTask> = {
    id: one.id,
    family,
    verdict,
    causes,
    follows:
      verdict === 'maybe'
        ? ['decided when score is done']
        : verdict === 'blocked'
          ? ['score@m1,ds0[3] failed or is blocked']
          : [],
  };
  if (verdict !== 'fresh' || planned.length < 2000) task.needs = one.needs.slice(0, 200);
  if (kind === 'never-built' || verdict === 'off') return task;
  return {
    ...task,
    last: {
      run: 30 + Math.floor(chance(one.id) * 12),
      at: `2026-11-${String(8 + Math.floor(chance(`${one.id}d`) * 12)).padStart(2, '0')}T11:${String(Math.floor(chance(`${one.id}m`) * 60)).padStart(2, '0')}:07.123Z`,
      ms: Math.round(ms * (0.4 + 1.3 * chance(`${one.id}ms`))),
      ...(usd === undefined ? {} : { costUsd: Math.round(usd * (0.5 + chance(`${one.id}usd`)) * 1e4) / 1e4 }),
      outputs: [
        {
          path,
          bytes: Math.round(4e5 * chance(`${path}b`)) + 900,
          rows: 500,
          sha256: sha(path),
          found: verdict === 'recheck' ? 'changed' : 'same',
          ...(verdict === 'recheck' ? { foundSha256: sha('edited') } : {}),
        },
      ],
      checks:
        name === 'score' || name === 'parse'
          ? [
              {
                id: 'rows == 500',
                passed: verdict !== 'ask',
                ...(verdict === 'ask' ? { message: 'expected 500, got 497' } : {}),
              },
            ]
          : [],
      parts: {
        command: `python3 ${name}.py --shard $SHARD --model $MODEL`,
        'config:judge.temperature': '0.0',
        'config:judge.model': '"judge-large-2026-06"',
        [`script:scripts/${name}.py`]: sha(`scripts/${name}.py`),
        'tool:python3': 'Python 3.12.4',
        ...Object.fromEntries(
          one.needs
            .slice(0, 3)
            .map((need) => pathOf(planned[need] as Planned))
            .map((input) => [`input:${input}`, sha(input)]),
        ),
      },
      ...(name === 'score' ? { metrics: { accuracy: Math.round(chance(one.id) * 1000) / 1000 } } : {}),
    },
  };
}

const staleCauses = (tasks: readonly ReportTask[]): ReportCause[] => {
  const having = (verdict: Verdict): number[] =>
    tasks.flatMap((task, at) => (task.verdict === verdict ? [at] : []));
  return [
    {
      code: 'config-changed',
      text: 'config judge.temperature',
      was: '0.0',
      now: '0.2',
      where: 'config.yaml:31',
      tasks: having('run'),
      downstream: 3,
      usd: 3.4,
      advice: ['evalmake build score'],
    },
    {
      code: 'output-modified',
      text: 'output out/parse/m0,ds0/0000.jsonl was modified',
      was: sha('out/parse').slice(0, 12),
      now: sha('edited').slice(0, 12),
      tasks: having('recheck'),
      downstream: 1,
      advice: ['evalmake adopt parse@m0,ds0[0] --reason "…"', 'evalmake build --force parse@m0,ds0[0]'],
    },
    {
      code: 'script-changed',
      text: 'script prompts/rubric.md changed',
      diff: [
        { kind: 'same', text: 'Give a grade from 1 to ' },
        { kind: 'gone', text: '5' },
        { kind: 'new', text: '7' },
        { kind: 'same', text: ', where the highest grade means that the answer is ' },
        { kind: 'gone', text: 'good' },
        { kind: 'new', text: 'fully supported by the passage' },
        { kind: 'same', text: '.' },
      ],
      where: 'prompts/rubric.md:12',
      tasks: having('ask'),
      downstream: 2,
      usd: 0.06,
      advice: ['evalmake build --yes score@m1,ds0[3]'],
    },
    { code: 'job-waits', text: 'waits for batch_abc', tasks: having('waiting'), downstream: 0, advice: [] },
  ];
};

function causesOf(kind: Kind, tasks: readonly ReportTask[]): ReportCause[] {
  const run = tasks.flatMap((task, at) => (task.verdict === 'run' ? [at] : []));
  if (kind === 'fresh') return [];
  if (kind === 'never-built')
    return [
      {
        code: 'never-built',
        text: 'never built',
        tasks: run,
        downstream: tasks.length - run.length,
        advice: ['evalmake build'],
      },
    ];
  if (kind === 'failed')
    return [
      {
        code: 'previous-run-failed',
        text: 'the last attempt failed: exit code 1',
        tasks: run,
        downstream: 3,
        advice: ['evalmake log score@m1,ds0[3]'],
      },
    ];
  return staleCauses(tasks);
}

const lanes = 8;

/** A build that ran some of the tasks, each in the slot that is free first. */
function taskRuns(planned: readonly Planned[], run: number, kind: Kind): ReportTaskRun[] {
  const free = new Array<number>(lanes).fill(0);
  const ended = new Map<number, number>();
  const share = run === 41 ? 1 : chance(`share${run}`) * 0.5;
  const out: Writable<ReportTaskRun>[] = [];
  for (const [at, one] of planned.entries()) {
    if (chance(`${run}${one.id}`) > share || stages[one.stage]?.name === 'agreement') continue;
    const ready = Math.max(0, ...one.needs.map((need) => ended.get(need) ?? 0));
    const slot = free.indexOf(Math.min(...free));
    const from = Math.round(Math.max(ready, free[slot] as number)) + 20;
    const to = from + Math.round((stages[one.stage]?.ms ?? 1000) * (0.4 + 1.3 * chance(`${run}${one.id}ms`)));
    const failed = kind === 'failed' && run === 41 && one.id === 'score@m1,ds0[3]';
    free[slot] = to;
    ended.set(at, to);
    out.push({
      task: one.id,
      outcome: failed ? 'failed' : 'ran',
      from,
      to,
      slot,
      changed: chance(`${run}${one.id}c`) > 0.3,
      why: [run === 32 ? 'never built' : 'config judge.temperature: 0.0 → 0.2'],
      ...(failed
        ? {
            message: 'exit code 1 after 14s',
            log: 'logs/r41/score.log',
            tail: [
              'Traceback (most recent call last):',
              '  File "score.py", line 88, in <module>',
              "KeyError: 'verdict'",
            ],
          }
        : {}),
    });
  }
  for (
    let last = out.reduce((a, b) => ((b.to ?? 0) > (a.to ?? 0) ? b : a), out[0] as ReportTaskRun) as
      | Writable<ReportTaskRun>
      | undefined;
    last !== undefined;
  ) {
    last.critical = true;
    const { from = 0 } = last;
    last = out
      .filter(({ to = 0 }) => to <= from)
      .reduce<Writable<ReportTaskRun> | undefined>((a, b) => ((b.to ?? 0) > (a?.to ?? 0) ? b : a), undefined);
  }
  if (kind === 'failed' && run === 41)
    for (const task of ['stats@m1,ds0', 'calibration', 'report'])
      out.push({ task, outcome: 'blocked', why: ['score@m1,ds0[3] failed or is blocked'] });
  return out;
}

function runsOf(planned: readonly Planned[], kind: Kind): ReportRun[] {
  if (kind === 'never-built') return [];
  return Array.from({ length: 24 }, (_, i) => {
    const run = 18 + i;
    const tasks = run > 31 ? taskRuns(planned, run, kind) : undefined;
    const ran =
      tasks?.filter((task) => task.outcome === 'ran').length ??
      Math.round(planned.length * chance(`ran${run}`) * 0.6);
    const failed = (tasks?.filter((task) => task.outcome === 'failed').length ?? 0) + Number(run === 26);
    const ms = Math.max(0, ...(tasks ?? []).map(({ to = 0 }) => to)) || 300_000;
    return {
      run,
      at: `2026-11-${String(1 + Math.floor(i * 0.8)).padStart(2, '0')}T11:42:05.000Z`,
      ...(run === 29
        ? {}
        : {
            ms,
            exit: failed > 0 ? 1 : 0,
            counts: {
              ran,
              fresh: planned.length - ran - failed,
              cutOff: i % 3,
              rechecked: 0,
              failed,
              blocked: failed * 3,
              ask: 0,
              off: 1,
              notStarted: 0,
            },
            money: { spentUsd: Math.round(chance(`usd${run}`) * 400) / 100, savedUsd: 9.1 },
          }),
      args: ['build', ...(i % 4 === 0 ? ['--jobs', '8'] : [])],
      ci: i % 5 === 0,
      commit: sha(`commit${run}`).slice(0, 40),
      ...(tasks === undefined ? {} : { tasks }),
    };
  });
}

const countsOf = (tasks: readonly ReportTask[]): Partial<Record<Verdict, number>> => {
  const out: Partial<Record<Verdict, number>> = {};
  for (const { verdict } of tasks) out[verdict] = (out[verdict] ?? 0) + 1;
  return out;
};

const sums = (tasks: readonly ReportTask[]) => ({
  verdicts: countsOf(tasks),
  ms: tasks.reduce((all, task) => all + (task.last?.ms ?? 0), 0),
  costUsd: Math.round(tasks.reduce((all, task) => all + (task.last?.costUsd ?? 0), 0) * 1e6) / 1e6,
});

function summaryOf(
  kind: Kind,
  tasks: readonly ReportTask[],
  runs: readonly ReportRun[],
): BuildReport['summary'] {
  const verdicts = countsOf(tasks);
  const { costUsd } = sums(tasks);
  const run = (verdicts.run ?? 0) + (verdicts.recheck ?? 0) + (verdicts.restore ?? 0) + (verdicts.ask ?? 0);
  const checks = tasks.flatMap((task) => task.last?.checks ?? []);
  return {
    tasks: tasks.length,
    verdicts,
    forecast: {
      run,
      maybe: verdicts.maybe ?? 0,
      keep: tasks.length - run - (verdicts.maybe ?? 0),
      jobs: 8,
      unknown: kind === 'never-built' ? tasks.length : 0,
      ...(kind === 'never-built' ? {} : { ms: run * 61_000 }),
    },
    ...(kind === 'fresh'
      ? {}
      : {
          money: {
            knownUsd: 3.4,
            atMostUsd: 5.2,
            unknown: false,
            savesUsd: 9.1,
            limitUsd: 10,
            spentUsd: 0,
            asks: false,
            targets: [
              {
                target: 'score',
                tasks: 57,
                rows: 2850,
                reused: 40,
                freeBefore: ['parse'],
                usdPerRow: 0.0012,
                discount: 0.5,
                accuracy: 1,
                knownUsd: 3.4,
                atMostUsd: 5.2,
                unknown: false,
                savesUsd: 9.1,
              },
              {
                target: 'submit',
                tasks: 1,
                unpriced: true,
                accuracy: 1,
                knownUsd: 0,
                atMostUsd: 0,
                unknown: true,
                savesUsd: 0,
              },
            ],
          },
        }),
    spentUsd: Math.round(runs.reduce((all, { money }) => all + (money?.spentUsd ?? 0), 0) * 100) / 100,
    keptUsd: costUsd,
    checks: {
      passed: checks.filter((check) => check.passed).length,
      failed: checks.filter((check) => !check.passed).length,
    },
  };
}

/** Makes the report of a study. */
export function studyReport(size: StudySize): BuildReport {
  const { planned, families: byName, edges } = plan(size);
  const names = [...byName.keys()];
  const tasks = planned.map((one) => taskOf(size.kind, one, names.indexOf(one.family), planned));
  const families: ReportFamily[] = names.map((name) => {
    const own = byName.get(name) as number[];
    return {
      name,
      target: stages.findIndex((stage) => stage.name === name.split('@')[0]),
      tasks: own,
      ...sums(own.map((at) => tasks[at] as ReportTask)),
    };
  });
  const targets = stages.map((stage, target) => {
    const own = families.flatMap((family, at) => (family.target === target ? [at] : []));
    return {
      name: stage.name,
      desc: `The ${stage.name} step of the study.`,
      families: own,
      paid: stage.usd !== undefined,
      spentUsd: stage.usd === undefined ? 0 : 1.2,
      command: `python3 scripts/${stage.name}.py --model \${{ each.model }} \\\n  --out \${{ outputs }}`,
      ...(stage.name === 'agreement' ? { offBy: 'analyses.judgeAgreement' } : {}),
      ...sums(
        own.flatMap((at) => (families[at] as ReportFamily).tasks.map((task) => tasks[task] as ReportTask)),
      ),
    };
  });
  const runs = runsOf(planned, size.kind);
  const targetEdges = stages.flatMap((stage, to) =>
    stage.needs.map(
      (need): ReportEdge => [
        stages.findIndex(({ name }) => name === need),
        to,
        stage.per === 'one' ? 'gather' : 'one',
      ],
    ),
  );
  const costs: ReportCost[] = runs.flatMap(({ run, money }) =>
    money === undefined
      ? []
      : [
          {
            run,
            target: 'submit',
            usd: Math.round(money.spentUsd * 70) / 100,
            tokensIn: 120_000,
            tokensOut: 9_000,
          },
          {
            run,
            target: 'score',
            usd: Math.round(money.spentUsd * 30) / 100,
            tokensIn: 60_000,
            tokensOut: 4_000,
          },
        ],
  );
  return {
    format: 'evalmake.report',
    version: 2,
    tool: '0.1.0',
    pipeline: 'judge-study',
    file: 'pipeline.yaml',
    summary: summaryOf(size.kind, tasks, runs),
    causes: causesOf(size.kind, tasks),
    targets,
    families,
    tasks,
    edges: { targets: targetEdges, families: edges },
    runs,
    costs,
    files: {
      count: tasks.length,
      bytes: tasks.reduce((all, task) => all + (task.last?.outputs[0]?.bytes ?? 0), 0),
      orphans:
        size.kind === 'never-built'
          ? []
          : [{ path: 'out/score/old.jsonl', bytes: 8192, why: 'no target has it' }],
    },
    config: {
      file: 'config.yaml',
      keys: [
        { key: 'judge.model', value: '"judge-large-2026-06"', usedBy: ['score', 'stats'] },
        { key: 'judge.temperature', value: '0.2', usedBy: ['score'] },
        { key: 'provider.apiKey', value: '…', masked: true, usedBy: ['submit'] },
        { key: 'analyses.judgeAgreement', value: 'false', usedBy: [] },
      ],
    },
    omitted: tasks.length > 2000 ? ['what runs before run 32 did'] : [],
  };
}

/** The sizes that the tests and the benchmark use. */
export const sizes = {
  fresh: { kind: 'fresh', models: 4, datasets: 2, shards: 4 },
  stale: { kind: 'stale', models: 4, datasets: 2, shards: 4 },
  failed: { kind: 'failed', models: 4, datasets: 2, shards: 4 },
  neverBuilt: { kind: 'never-built', models: 4, datasets: 2, shards: 4 },
  thousandShards: { kind: 'stale', models: 1, datasets: 1, shards: 1000 },
  tenThousand: { kind: 'stale', models: 10, datasets: 4, shards: 50 },
} as const satisfies Readonly<Record<string, StudySize>>;
