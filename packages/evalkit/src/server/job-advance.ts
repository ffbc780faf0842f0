// Advancing moves a job one stage forward; jobs move when they are looked at, so that no test waits for a clock.
import { numberParam, textParam } from './fault.ts';
import type { Job, JobKind, Outcome, Reading } from './job.ts';
import { failure, placeOf, runJob } from './job-run.ts';
import type { Services } from './services.ts';

/** The stages of a job in order, with the extra steps. */
function pathOf<J extends Job>(kind: JobKind<J>, steps: number): string[] {
  return kind.stages.flatMap((stage) =>
    stage === kind.running ? Array<string>(steps + 1).fill(stage) : [stage],
  );
}

/** How many rows a job has run by now: an equal share in each running step, as a client sees it. */
export function rowsRun<J extends Job>(kind: JobKind<J>, job: J, services: Pick<Services, 'steps'>): number {
  const path = pathOf(kind, services.steps);
  const first = path.indexOf(kind.running);
  const into = Math.max(0, job.step - first);
  return Math.floor((job.total * Math.min(into, services.steps + 1)) / (services.steps + 1));
}

function entered<J extends Job>(job: J, stage: string, services: Services): J {
  const times = job.stage === stage ? job.times : { ...job.times, [stage]: services.clock() };
  return { ...job, stage, times };
}

function ended<J extends Job>(kind: JobKind<J>, job: J, outcome: Outcome, services: Services): J {
  const stage = kind.ends[outcome.ending];
  return kind.jobs.put({ ...entered(job, stage, services), outcome });
}

async function stopped<J extends Job>(kind: JobKind<J>, job: J, services: Services): Promise<J> {
  const reading = kind.read(job);
  if (reading.kind === 'refused') {
    return ended(kind, job, { ...failure(job.total, []), ending: 'cancelled' }, services);
  }
  const finished = rowsRun(kind, job, services);
  const outcome = await runJob(
    { kind, job, rows: reading.rows, defaults: reading.defaults },
    { ending: 'cancelled', finished },
    services,
  );
  return ended(kind, job, outcome, services);
}

/** The last step: run, unless the job is to expire. */
async function finish<J extends Job>(
  kind: JobKind<J>,
  job: J,
  more: { readonly reading: Reading & { kind: 'rows' }; readonly services: Services },
): Promise<J> {
  const { reading, services } = more;
  const { rows } = reading;
  const expiry = services.faults.take(['job-expires'], placeOf(kind, job));
  const end =
    expiry === undefined
      ? ({ ending: 'completed', finished: rows.length } as const)
      : ({
          ending: 'expired',
          finished: Math.min(rows.length, numberParam(expiry, 'finished', Math.floor(rows.length / 2))),
        } as const);
  return ended(
    kind,
    job,
    await runJob({ kind, job, rows: reading.rows, defaults: reading.defaults }, end, services),
    services,
  );
}

async function step<J extends Job>(kind: JobKind<J>, job: J, services: Services): Promise<J> {
  if (job.outcome !== null) return job;
  if (job.stopping) return stopped(kind, job, services);
  const place = placeOf(kind, job);
  if (services.faults.take(['job-stuck'], place) !== undefined) {
    // A job that waits for its turn is pending where there is such a stage.
    const waiting = kind.stages[1] ?? '';
    return job.step === 0 && waiting !== kind.running
      ? kind.jobs.put({ ...entered(job, waiting, services), step: 1 })
      : job;
  }
  const fails = services.faults.take(['job-fails'], place);
  if (fails !== undefined) {
    const error = { code: 'job_failed', message: textParam(fails, 'message'), line: null };
    return ended(kind, job, failure(job.total, [error]), services);
  }
  const path = pathOf(kind, services.steps);
  const next = services.readyAtOnce ? path.length : job.step + 1;
  const stage = path[next];
  if (stage !== undefined && job.step > 0)
    return kind.jobs.put({ ...entered(job, stage, services), step: next });
  const reading = kind.read(job);
  if (reading.kind === 'refused') return ended(kind, job, failure(job.total, reading.errors), services);
  if (stage === undefined) return finish(kind, job, { reading, services });
  return kind.jobs.put({ ...entered(job, stage, services), step: next });
}

/** Moves of jobs that are not finished; a second look at a job waits for the first. */
const moving = new WeakMap<object, Map<string, Promise<unknown>>>();

async function inTurn<J extends Job>(kind: JobKind<J>, key: string, move: () => Promise<J>): Promise<J> {
  const moves = moving.get(kind.jobs) ?? new Map<string, Promise<unknown>>();
  moving.set(kind.jobs, moves);
  // Whether the move before went well is the concern of whoever asked for it.
  const before = moves.get(key)?.catch(() => undefined);
  const mine = before === undefined ? move() : before.then(move);
  moves.set(key, mine);
  try {
    return await mine;
  } finally {
    if (moves.get(key) === mine) moves.delete(key);
  }
}

/**
 * Moves a job one stage forward, or to its end when the server has jobs ready at once.
 * @returns the job as it is now; one that has ended stays as it is
 */
export function advance<J extends Job>(kind: JobKind<J>, key: string, services: Services): Promise<J> {
  return inTurn(kind, key, async () => {
    const job = kind.jobs.get(key);
    if (job === undefined) throw new Error(`there is no job ${key}`);
    return step(kind, job, services);
  });
}

/** Moves all jobs of a kind to their end, except those that a fault holds. */
export async function settle<J extends Job>(kind: JobKind<J>, services: Services): Promise<void> {
  for (const { key } of kind.jobs.newestFirst().reverse()) {
    for (let looks = 0; looks < kind.stages.length + services.steps + 1; looks += 1) {
      const job = await advance(kind, key, services);
      if (job.outcome !== null) break;
    }
  }
}
