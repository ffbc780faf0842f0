// Reads how targets are run: what `defaults:` says for all of them, and what a target says instead.
import { isList, isMap, type Json, type JsonMap } from './json.ts';
import { parseSlurm } from './parse-slurm.ts';
import type { Target } from './pipeline.ts';
import type { Pointer } from './problem.ts';
import type { Shape } from './shape.ts';

/** Keys of `defaults:`. */
export const defaultKeys = [
  'timeout',
  'retries',
  'executor',
  'code',
  'pool',
  'env',
  'prelude',
  'cwd',
  'slurm',
  'env_file',
  'secrets',
];

/** What holds for a target that does not say otherwise. */
export type Running = Pick<
  Target,
  | 'timeoutMs'
  | 'retries'
  | 'pool'
  | 'executor'
  | 'slurm'
  | 'secrets'
  | 'optionalSecrets'
  | 'envFile'
  | 'cwd'
  | 'prelude'
>;

/** What the pipeline says for all its targets; `code` and `env` are added to a target's own. */
export type Defaults = Running & Pick<Target, 'code' | 'env' | 'envNames'>;

const none: Running = {
  timeoutMs: undefined,
  retries: 0,
  pool: undefined,
  executor: 'local',
  slurm: {},
  secrets: [],
  optionalSecrets: [],
  envFile: undefined,
  cwd: undefined,
  prelude: undefined,
};

/**
 * Reads `defaults:`, once for all targets.
 * @param value the map below `defaults:`
 * @param envFile the pipeline's own `env_file:`
 * @param shape notes what does not fit
 */
export function parseDefaults(value: JsonMap, envFile: string | undefined, shape: Shape): Defaults {
  const at: Pointer = ['defaults'];
  const env = parseEnv(value.env, [...at, 'env'], shape);
  return {
    ...parseRunning(value, at, { shape, defaults: { ...none, envFile } }),
    code: shape.texts1(value.code, [...at, 'code']),
    env: env.set,
    envNames: env.names,
  };
}

/**
 * Reads how a target is run.
 * @param map the target, or `defaults:`
 * @param at where the map stands
 * @param from the defaults for what the map does not say
 */
export function parseRunning(
  map: JsonMap,
  at: Pointer,
  { shape, defaults }: { readonly shape: Shape; readonly defaults: Running },
): Running {
  const said = (key: string): boolean => map[key] !== undefined && map[key] !== null;
  return {
    timeoutMs: shape.duration(map.timeout, [...at, 'timeout']) ?? defaults.timeoutMs,
    retries: shape.whole(map.retries, [...at, 'retries'], 0) ?? defaults.retries,
    pool: shape.text(map.pool, [...at, 'pool']) ?? defaults.pool,
    executor: shape.word(map.executor, [...at, 'executor'], ['local', 'slurm'] as const, defaults.executor),
    slurm: { ...defaults.slurm, ...parseSlurm(map.slurm, [...at, 'slurm'], shape) },
    ...(said('secrets') ? readSecrets(shape.texts1(map.secrets, [...at, 'secrets'])) : secretsOf(defaults)),
    envFile: shape.text(map.env_file, [...at, 'env_file']) ?? defaults.envFile,
    cwd: shape.text(map.cwd, [...at, 'cwd']) ?? defaults.cwd,
    prelude: shape.text(map.prelude, [...at, 'prelude']) ?? defaults.prelude,
  };
}

/** Names of secrets; one that ends in `?` may be missing. */
function readSecrets(words: readonly string[]): Pick<Target, 'secrets' | 'optionalSecrets'> {
  const bare = (word: string): string => word.replace(/\?$/, '');
  return { secrets: words.map(bare), optionalSecrets: words.filter((w) => w.endsWith('?')).map(bare) };
}

function secretsOf({ secrets, optionalSecrets }: Running): Pick<Target, 'secrets' | 'optionalSecrets'> {
  return { secrets, optionalSecrets };
}

/** Reads `env:`: variables to set, and names of variables that count. */
export function parseEnv(
  value: Json | undefined,
  pointer: Pointer,
  shape: Shape,
): { set: Record<string, string>; names: string[] } {
  if (isList(value)) return { set: {}, names: shape.texts1(value, pointer) };
  const set: Record<string, string> = {};
  const names: string[] = [];
  for (const [key, v] of Object.entries(shape.map(value, pointer) ?? {})) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key))
      shape.wrong([...pointer, key], `"${key}" is not a variable name`);
    if (v === null) names.push(key);
    else {
      const text =
        isMap(v) || isList(v) ? shape.text(v, [...pointer, key]) : shape.scalar(v, [...pointer, key]).text;
      if (text !== undefined) set[key] = text;
    }
  }
  return { set, names };
}
