// Resources are what a job asks of a cluster: the words of `slurm:` as options of sbatch.

const options: Readonly<Record<string, string>> = {
  partition: 'partition',
  time: 'time',
  mem: 'mem',
  cpus: 'cpus-per-task',
  gres: 'gres',
  account: 'account',
  qos: 'qos',
};

/** Time that a job has beyond the time-out of its command: to start, to end, and to tell. */
const spareMs = 120_000;

/**
 * The options of sbatch for what is asked. Slurm's own options stay Slurm's: they go on as they are written.
 * @param timeoutMs the time-out of the command: without `time`, a job is given a little more than that
 */
export function sbatchOptions(
  asked: Readonly<Record<string, string>>,
  timeoutMs: number | undefined,
): string[] {
  const out: string[] = [];
  for (const [key, option] of Object.entries(options)) {
    const value = key === 'time' ? timeOf(asked.time) : asked[key];
    if (value !== undefined && value !== '') out.push(`--${option}=${value}`);
  }
  if ((asked.time ?? '') === '' && timeoutMs !== undefined)
    out.push(`--time=${Math.ceil((timeoutMs + spareMs) / 60_000)}`);
  return [...out, ...(asked.extra ?? '').split(/\s+/).filter((word) => word !== '')];
}

/** A time as Slurm reads it: ours, such as 1h30m, in minutes; its own as it is. */
function timeOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^(\d+[smhd])+$/.test(text)) return text;
  const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  return String(
    Math.ceil(parts.reduce((sum, [, n, unit]) => sum + Number(n) * (seconds[unit ?? ''] ?? 0), 0) / 60),
  );
}

/** How many jobs of an array may run at once; undefined without a limit. */
export function arrayLimit(asked: Readonly<Record<string, string>>): number | undefined {
  const limit = Number(asked.array_limit);
  return Number.isInteger(limit) && limit > 0 ? limit : undefined;
}
