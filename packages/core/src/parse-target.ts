// Reads one target of pipeline.yaml.
import { parseChecks } from './check-parse.ts';
import { isList, type Json, type JsonMap } from './json.ts';
import { metricPlace } from './metric.ts';
import type { PaidDecl } from './paid.ts';
import { parseEach, parseExclude, parseInputs, parseOutputs } from './parse-io.ts';
import { parsePaid, parseRows } from './parse-paid.ts';
import { type Defaults, parseEnv, parseRunning } from './parse-running.ts';
import type { Target, Template } from './pipeline.ts';
import type { Pointer } from './problem.ts';
import { name, type Shape } from './shape.ts';

export { defaultKeys } from './parse-running.ts';

/** Keys of a target that this version reads. */
export const targetKeys = [
  'desc',
  'run',
  'each',
  'exclude',
  'inputs',
  'outputs',
  'config',
  'uncounted',
  'env',
  'secrets',
  'env_file',
  'when',
  'checks',
  'manifest',
  'stage',
  'timeout',
  'retries',
  'pool',
  'executor',
  'version',
  'cwd',
  'prelude',
  'code',
  'rebuild',
  'keep',
  'frozen',
  'nondeterministic',
  'deps_file',
  'metrics',
  'rows',
  'paid',
  'slurm',
  'state',
];

/** Reads one target; `defaults` are the pipeline's own. */
export function parseTarget(
  named: string,
  value: Json,
  defaults: Defaults,
  shape: Shape,
): Target | undefined {
  const at: Pointer = ['targets', named];
  const map = shape.map(value, at, targetKeys);
  if (map === undefined) {
    if (value === null) shape.wrong(at, `target "${named}" is empty: it needs at least "run" or "inputs"`);
    return undefined;
  }
  const inputs = parseInputs(map.inputs, [...at, 'inputs'], shape);
  const outputs = parseOutputs(map.outputs, [...at, 'outputs'], shape);
  const run = parseRun(map.run, [...at, 'run'], shape);
  if (map.run === undefined || map.run === null) {
    const lacks =
      outputs.length > 0
        ? 'declares outputs but no "run"'
        : inputs.length === 0
          ? 'has neither "run" nor "inputs"'
          : '';
    if (lacks !== '') shape.problems.error('no-command', at, `target "${named}" ${lacks}`, { atKey: true });
  }
  const names = { outputs: outputs.map((o) => o.name), inputs: inputs.map((i) => i.name) };
  const env = parseEnv(map.env, [...at, 'env'], shape);
  return {
    name: named,
    desc: shape.text(map.desc, [...at, 'desc']),
    run,
    each: parseEach(map.each, [...at, 'each'], shape),
    exclude: parseExclude(map.exclude, [...at, 'exclude'], { shape, each: map.each }),
    inputs,
    outputs,
    config: shape.texts1(map.config, [...at, 'config']),
    uncounted: shape.texts1(map.uncounted, [...at, 'uncounted']),
    env: { ...defaults.env, ...env.set },
    envNames: [...new Set([...defaults.envNames, ...env.names])],
    when: typeof map.when === 'boolean' ? map.when : shape.text(map.when, [...at, 'when']),
    checks: parseChecks(map.checks ?? null, [...at, 'checks'], names, shape.problems),
    manifest: shape.text(map.manifest, [...at, 'manifest']),
    stage: shape.text(map.stage, [...at, 'stage']) ?? named,
    ...parseRunning(map, at, { shape, defaults }),
    version: shape.text(map.version, [...at, 'version']),
    code: [...defaults.code, ...shape.texts1(map.code, [...at, 'code'])],
    rebuild: shape.word(map.rebuild, [...at, 'rebuild'], ['all', 'missing'] as const, 'all'),
    keep: shape.flag(map.keep, [...at, 'keep'], false),
    frozen: shape.flag(map.frozen, [...at, 'frozen'], false),
    nondeterministic: shape.flag(map.nondeterministic, [...at, 'nondeterministic'], false),
    depsFile: shape.text(map.deps_file, [...at, 'deps_file']),
    metrics: parseMetrics(map.metrics, [...at, 'metrics'], shape),
    rows: parseRows(map.rows, [...at, 'rows'], { inputs, outputs, shape }),
    paid: parsePaidTarget(map, at, shape),
  };
}

/** Reads `metrics:`: each names a file and a place in it. */
function parseMetrics(value: Json | undefined, at: Pointer, shape: Shape): Record<string, string> {
  const map = shape.textMap(value, at);
  for (const [key, text] of Object.entries(map)) {
    if (metricPlace(text) !== undefined) continue;
    const message = `${name([...at, key])} must name a file and a place in it, not "${text}"`;
    shape.wrong([...at, key], message, 'such as stats.json#/open/em');
  }
  return map;
}

/** Reads `paid:` with what must stand beside it. */
function parsePaidTarget(map: JsonMap, at: Pointer, shape: Shape): PaidDecl | undefined {
  const paid = parsePaid(map.paid, [...at, 'paid'], shape);
  if (paid !== undefined && (map.manifest === undefined || map.manifest === null)) {
    const message = 'a paid target needs a "manifest": the record that what was bought is there';
    shape.problems.error('paid-without-manifest', [...at, 'paid'], message, { atKey: true });
  }
  return paid;
}

function parseRun(
  value: Json | undefined,
  pointer: Pointer,
  shape: Shape,
): Template | Template[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isList(value)) {
    const text = shape.text(value, pointer);
    if (text !== undefined && text.trim() === '') shape.wrong(pointer, `${name(pointer)} is empty`);
    return text;
  }
  if (value.length === 0) shape.wrong(pointer, `${name(pointer)} is an empty list`);
  return value.flatMap((v, i) => shape.text(v, [...pointer, i]) ?? []);
}
