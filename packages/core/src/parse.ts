// Parsing: the text of pipeline.yaml becomes a Pipeline, or all its problems at once.
import { isMap, type Json, type JsonMap } from './json.ts';
import { parseCache } from './parse-cache.ts';
import { isVariable } from './parse-io.ts';
import { parseBudget } from './parse-paid.ts';
import { type Defaults, defaultKeys, parseDefaults } from './parse-running.ts';
import { parseTarget } from './parse-target.ts';
import type { Pipeline, Target } from './pipeline.ts';
import { hasErrors, type Parsed, Problems } from './problem.ts';
import { checkReferences } from './references.ts';
import { Shape } from './shape.ts';
import { locate, readYaml } from './yaml-source.ts';

const topKeys = [
  'evalmake',
  'name',
  'env_file',
  'config',
  'config_schema',
  'default',
  'budget',
  'pools',
  'vars',
  'defaults',
  'targets',
  'cache',
  'paid_store',
];

/**
 * Reads a pipeline file.
 * @param text the content of pipeline.yaml
 * @param file its name, for problems
 * @returns the pipeline, and every problem found with file, line and column
 */
export function parsePipeline(text: string, file: string): Parsed<Pipeline> {
  const { value, problems } = parseLoosely(text, file);
  return { value: hasErrors(problems) ? undefined : value, problems };
}

/**
 * Reads a pipeline file and gives what could be read of it even when there are problems, so that later stages can look
 * for more of them: a user should see all mistakes at once.
 */
export function parseLoosely(text: string, file: string): Parsed<Pipeline> {
  const yaml = readYaml(text, file);
  if (yaml.value === undefined) return { value: undefined, problems: yaml.problems };
  const problems = new Problems();
  problems.list.push(...yaml.problems);
  const pipeline = readPipeline(yaml.value.value, new Shape(problems, yaml.value.texts));
  if (pipeline !== undefined) checkReferences(pipeline, problems);
  return { value: pipeline, problems: locate(problems.list, text, file) };
}

function readPipeline(value: Json, shape: Shape): Pipeline | undefined {
  if (!isMap(value)) {
    shape.wrong([], 'the file must be a map with "evalmake: 1" and "targets:"');
    return undefined;
  }
  shape.known(value, [], topKeys);
  checkVersion(value, shape);
  const defaults = shape.map(value.defaults, ['defaults'], defaultKeys) ?? {};
  const envFile = shape.text(value.env_file, ['env_file']);
  const targets = readTargets(value, parseDefaults(defaults, envFile, shape), shape);
  return {
    name: shape.text(value.name, ['name']) ?? 'pipeline',
    configFile: shape.text(value.config, ['config']),
    configSchema: shape.text(value.config_schema, ['config_schema']),
    default: value.default === undefined ? undefined : shape.texts1(value.default, ['default']),
    pools: readPools(value.pools, shape),
    vars: readVars(value.vars, shape),
    targets,
    paidStore: shape.text(value.paid_store, ['paid_store']),
    budgetUsd: parseBudget(value.budget, shape),
    cache: parseCache(value.cache, shape),
  };
}

function checkVersion(value: JsonMap, shape: Shape): void {
  if (value.evalmake === 1) return;
  const message =
    value.evalmake === undefined
      ? 'the file does not say which version of the language it is written in'
      : `language version ${JSON.stringify(value.evalmake)} is not known to this evalmake`;
  shape.problems.error('version', value.evalmake === undefined ? [] : ['evalmake'], message, {
    hint: 'write "evalmake: 1" on the first line',
  });
}

function readTargets(value: JsonMap, defaults: Defaults, shape: Shape): Target[] {
  const map = shape.map(value.targets, ['targets']);
  if (map === undefined) {
    if (value.targets === undefined || value.targets === null) shape.wrong([], 'the file has no "targets:"');
    return [];
  }
  const targets: Target[] = [];
  for (const [name, body] of Object.entries(map)) {
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) {
      shape.problems.error('bad-name', ['targets', name], `"${name}" cannot name a target`, {
        atKey: true,
        hint: 'use letters, digits, _ and -, beginning with a letter',
      });
    }
    const target = parseTarget(name, body, defaults, shape);
    if (target !== undefined) targets.push(target);
  }
  return targets;
}

function readVars(value: Json | undefined, shape: Shape): Record<string, string> {
  const vars = shape.textMap(value, ['vars']);
  for (const name of Object.keys(vars)) {
    if (isVariable(name)) continue;
    shape.problems.error('bad-name', ['vars', name], `"${name}" cannot name a var`, {
      atKey: true,
      hint: 'use letters, digits, _ and -, and no word that means something else in a template',
    });
  }
  return vars;
}

function readPools(value: Json | undefined, shape: Shape): Record<string, number> {
  const out: Record<string, number> = {};
  for (const [key, v] of Object.entries(shape.map(value, ['pools']) ?? {})) {
    const limit = shape.whole(v, ['pools', key], 1);
    if (limit !== undefined) out[key] = limit;
  }
  return out;
}
