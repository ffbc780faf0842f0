// `evalmake repair`: what state each manifest is in, what proves its stages, and missing, damaged or old ones made anew.
import { relative } from 'node:path';
import { byCodeUnit, type Graph, type Plan, type Problem, type Task } from '@evalmake/core';
import type { ManifestRepair } from '@evalmake/engine/repair';
import type { TaskProof } from '@evalmake/engine/task-proof';
import type { Options } from './options.ts';
import { find } from './select.ts';
import { openSession, planSession, type Session, Stopped } from './session.ts';
import { count, paint, printable, useColor } from './style.ts';
import { startWritingSession } from './write-session.ts';

/** Runs the command; gives the exit code. */
export async function repair(options: Options): Promise<number> {
  const opened = await openSession(options, false);
  if (opened instanceof Stopped) return opened.exit;
  const session: Session = {
    ...opened,
    request: { select: (graph) => manifestsWanted(graph, options).selected },
  };
  if (options.dryRun) return repairSession(session);
  const writing = await startWritingSession(session);
  if (writing instanceof Stopped) return writing.exit;
  try {
    return await repairSession(session);
  } finally {
    writing.end();
  }
}

/** The manifests of the named targets, and every task that is told in one of them. */
function manifestsWanted(
  graph: Graph,
  { targets: words, dir }: Pick<Options, 'targets' | 'dir'>,
): {
  readonly paths: readonly string[];
  readonly without: readonly string[];
  readonly selected: { wanted: number[]; problems: Problem[] };
} {
  const problems: Problem[] = [];
  // A session works in the folder of its pipeline; paths are meant from the caller's.
  const below = relative(process.cwd(), dir);
  const named =
    words.length === 0
      ? graph.tasks
      : words.flatMap((word) => find(graph, word, below, problems).map((i) => graph.tasks[i] as Task));
  const paths = new Set(named.flatMap((t) => (t.manifest === undefined ? [] : [t.manifest])));
  const wanted = graph.tasks.flatMap((t) =>
    t.manifest !== undefined && !t.placeholder && paths.has(t.manifest) ? [t.index] : [],
  );
  const without =
    words.length === 0 ? [] : named.filter((t) => t.manifest === undefined).map((t) => t.target.name);
  return {
    paths: [...paths].sort(byCodeUnit),
    without: [...new Set(without)],
    selected: { wanted, problems },
  };
}

async function repairSession(session: Session): Promise<number> {
  const { workspace, options } = session;
  const plan = await planSession(session);
  if (plan instanceof Stopped) return plan.exit;
  const { paths, without } = manifestsWanted(plan.graph, options);
  for (const name of without) process.stderr.write(`evalmake: note: "${name}" keeps no manifest\n`);
  const { repairManifests } = await import('@evalmake/engine/repair');
  const manifests = await repairManifests({ workspace, plan, paths, write: !options.dryRun });
  if (manifests.some((m) => m.action === 'written')) workspace.files.save();
  if (options.json) {
    const document = { format: 'evalmake.repair', version: 1, manifests: manifests.map(documentOf) };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else process.stdout.write(pageOf(manifests, plan, options));
  return manifests.some((m) => m.action === 'impossible') ? 4 : 0;
}

function documentOf({ tasks, ...manifest }: ManifestRepair): object {
  return { ...manifest, tasks: tasks.map(({ evidence: _, ...task }) => task) };
}

const states: Readonly<Record<ManifestRepair['state'], string>> = {
  good: 'good',
  outdated: 'does not say what was built',
  missing: 'missing',
  unbuilt: 'not there: nothing was built yet',
  damaged: 'damaged',
  'version-1': 'version 1',
  newer: 'of a newer version',
};

const proofs: Readonly<Record<TaskProof['by'], string>> = {
  journal: 'proven by the journal',
  manifest: 'proven by the manifest itself',
  differs: 'recorded, but something else lies on disk',
  artifacts: 'pending: outputs lie there and pass their checks, without a record',
  nothing: 'pending: nothing proves it',
};

function pageOf(manifests: readonly ManifestRepair[], plan: Plan, options: Options): string {
  const colors = paint(
    useColor({ when: options.color, env: process.env, isTty: process.stdout.isTTY === true }),
  );
  const lines: string[] = [];
  for (const manifest of manifests) {
    const { path, state, why, action } = manifest;
    const text = `${states[state]}${why === undefined || state === 'version-1' ? '' : `: ${printable(why)}`}`;
    const good = state === 'good' || state === 'unbuilt';
    lines.push(`${colors.bold(path)}: ${good ? text : colors.yellow(text)}`);
    if (action === 'impossible')
      lines.push(
        `    ${colors.red('not repaired')}: ${state === 'newer' ? 'use the evalmake that wrote it' : 'it could not be written'}`,
      );
    if (action === 'due') lines.push('    would be written anew');
    if (action === 'written')
      lines.push(
        `    written anew${manifest.kept === undefined ? '' : `; what was there is kept as ${manifest.kept}`}`,
      );
    lines.push(...taskLines(manifest.tasks, plan, options));
  }
  const acted = manifests.filter((m) => m.action !== 'none').length;
  const kept = count(manifests.length, 'manifest');
  const end =
    acted === 0
      ? `nothing to repair (${kept})`
      : `${manifests.filter((m) => m.action === 'due' || m.action === 'written').length} of ${kept} ${options.dryRun ? 'would be repaired' : 'repaired'}`;
  return `${[...lines, end].join('\n')}\n`;
}

/** What proves the tasks of a manifest: one line per stage and proof, and per task what is to be done. */
function taskLines(tasks: readonly TaskProof[], plan: Plan, options: Options): string[] {
  const groups = new Map<string, TaskProof[]>();
  for (const task of tasks) {
    const key = `${task.stage}\0${task.by}\0${task.message ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), task]);
  }
  return [...groups.values()].flatMap((group) => {
    const first = group[0] as TaskProof;
    const many = (plan.graph.byTarget.get(first.target)?.length ?? 0) > 1;
    const name = many ? `${first.stage} (${count(group.length, 'task')})` : first.stage;
    const message = first.message === undefined ? '' : `: ${printable(first.message)}`;
    const line = `    ${name}: ${proofs[first.by]}${message}`;
    if (first.by !== 'artifacts') return [line];
    const shown = options.all || group.length <= 3 ? group.map((t) => t.id) : [first.target];
    return [line, ...shown.map((id) => `        → evalmake adopt ${id} --reason "…"`)];
  });
}
