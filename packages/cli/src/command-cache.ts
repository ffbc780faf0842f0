// `evalmake cache`: sends results to the shared cache, brings what is there, or says how much of what is fresh is there.
import { acceptedRecord, type Plan, type Task, type TaskRecord } from '@evalmake/core';
import { type Workspace, wantedOf, whyNotShared } from '@evalmake/engine';
import { buildOnce } from './build-once.ts';
import { UsageError } from './exit.ts';
import type { Options } from './options.ts';
import { openSession, planSession, Stopped } from './session.ts';
import { count, oneLine } from './style.ts';

type Cache = NonNullable<Workspace['cache']>;

/** A fresh task and its result. */
interface Fresh {
  readonly task: Task;
  readonly record: TaskRecord;
}

/** How what is fresh stands towards the cache. */
interface Standing {
  readonly there: readonly Fresh[];
  readonly missing: readonly Fresh[];
  readonly notShared: readonly { readonly task: string; readonly why: string }[];
  /** Tasks that are not fresh and that the cache has. */
  readonly restorable: readonly string[];
}

/** Runs the command; gives the exit code. */
export async function cache(options: Options): Promise<number> {
  const [verb, ...targets] = options.targets;
  const call: Options = { ...options, targets };
  switch (verb) {
    case 'push':
      return push(call);
    case 'pull':
      return pull(call);
    case 'status':
      return status(call);
    case 'key':
      return (await import('./command-cache-key.ts')).cacheKey(call);
    default:
      throw new UsageError(
        verb === undefined ? 'evalmake cache needs to know what to do' : `evalmake cache cannot "${verb}"`,
        'evalmake cache push, evalmake cache pull, evalmake cache status or evalmake cache key FILE',
      );
  }
}

interface Looked {
  readonly workspace: Workspace;
  readonly plan: Plan;
  readonly cache: Cache;
}

/** Plans, for a pipeline that has a cache. */
async function look(options: Options): Promise<Looked | Stopped> {
  const session = await openSession(options, false);
  if (session instanceof Stopped) return session;
  const { workspace } = session;
  if (workspace.cache === undefined)
    throw new UsageError(
      'there is no cache',
      'name one in the pipeline (cache: URL) or in EVALMAKE_CACHE_URL',
    );
  const plan = await planSession(session);
  return plan instanceof Stopped ? plan : { workspace, plan, cache: workspace.cache };
}

async function standingOf({ plan, cache }: Looked): Promise<Standing> {
  const fresh: Fresh[] = [];
  const notShared: { task: string; why: string }[] = [];
  const restorable: string[] = [];
  for (const index of plan.graph.order) {
    const decision = plan.decisions[index];
    const task = plan.graph.tasks[index] as Task;
    if (decision?.verdict === 'restore') restorable.push(task.id);
    const record = acceptedRecord(plan, index);
    const proven = decision?.verdict === 'fresh' && decision.reasons.length === 0;
    if (!proven || task.target.run === undefined || record === undefined) continue;
    const why = whyNotShared(task, record);
    if (why === undefined) fresh.push({ task, record });
    else notShared.push({ task: task.id, why });
  }
  const has = await cache.hasAll(fresh.map(({ task, record }) => wantedOf(task, record.parts)));
  const there = fresh.filter((_, i) => has[i]);
  return { there, missing: fresh.filter((_, i) => !has[i]), notShared, restorable };
}

function print(options: Options, document: object, lines: readonly string[]): void {
  const text = options.json
    ? JSON.stringify({ format: 'evalmake.cache', version: 1, ...document })
    : lines.join('\n');
  if (text !== '') process.stdout.write(`${text}\n`);
}

const idsOf = (list: readonly Fresh[]): string[] => list.map(({ task }) => task.id);

async function status(options: Options): Promise<number> {
  const looked = await look(options);
  if (looked instanceof Stopped) return looked.exit;
  const { there, missing, notShared, restorable } = await standingOf(looked);
  const { url } = looked.cache;
  const fresh = there.length + missing.length;
  const lines = [
    `${url}: ${there.length} of ${count(fresh, 'fresh task')} there, ${restorable.length} more to bring`,
    ...(options.verbose || options.all ? idsOf(missing).map((id) => `  missing     ${oneLine(id)}`) : []),
    ...notShared.map(({ task, why }) => `  not shared  ${oneLine(task)}: ${why}`),
  ];
  print(
    options,
    { verb: 'status', url, there: idsOf(there), missing: idsOf(missing), notShared, restorable },
    lines,
  );
  return looked.cache.failed ? 1 : 0;
}

async function push(options: Options): Promise<number> {
  const looked = await look(options);
  if (looked instanceof Stopped) return looked.exit;
  const { cache, workspace } = looked;
  if (!cache.writes)
    throw new UsageError(
      'this call may not write to the cache',
      'cache.write in the pipeline says who may, EVALMAKE_CACHE_WRITE=true for one call; with cache.sign only who has the key',
    );
  const { there, missing, notShared } = await standingOf(looked);
  const before = cache.sent;
  if (!options.dryRun) {
    for (const { task, record } of missing) cache.offer(task, record, (path) => `${workspace.root}/${path}`);
    await cache.drain(Number.POSITIVE_INFINITY);
  }
  const sent = cache.sent - before;
  const lines = options.dryRun
    ? [
        ...idsOf(missing).map((id) => `would send  ${oneLine(id)}`),
        `${count(missing.length, 'result')} to send`,
      ]
    : [`${count(sent, 'result')} sent, ${there.length} there already, ${missing.length - sent} not sent`];
  print(options, { verb: 'push', url: cache.url, missing: idsOf(missing), sent, notShared }, lines);
  return !options.dryRun && sent < missing.length ? 1 : 0;
}

async function pull(options: Options): Promise<number> {
  const looked = await look(options);
  if (looked instanceof Stopped) return looked.exit;
  const { plan, cache } = looked;
  const ids = plan.graph.order.flatMap((i) =>
    plan.decisions[i]?.verdict === 'restore' ? [plan.graph.tasks[i]?.id ?? ''] : [],
  );
  if (options.dryRun) {
    const lines = [
      ...ids.map((id) => `would bring  ${oneLine(id)}`),
      `${count(ids.length, 'result')} to bring`,
    ];
    print(options, { verb: 'pull', url: cache.url, restorable: ids }, lines);
    return 0;
  }
  const { events, exit } = await buildOnce(options, { restoreOnly: true });
  if (exit !== 0 && events.length === 0) return exit;
  const brought = events.filter(({ event }) => event === 'restored').length;
  if (!options.json) process.stdout.write(`${count(brought, 'result')} brought\n`);
  return exit;
}
