// A Fingerprint is the flat labelled map of everything that decides what a task produces.

import type { Config } from './config.ts';
import { configParts, exactText } from './config-parts.ts';
import { addCode } from './fingerprint-code.ts';
import { type FingerprintContext, type InputFiles, isLong, scopeOf, shorten } from './fingerprint-context.ts';
import { addInput } from './fingerprint-inputs.ts';
import type { Task } from './graph.ts';
import { byCodeUnit, canonical, type Json } from './json.ts';
import type { Pipeline, Target } from './pipeline.ts';
import type { World } from './ports.ts';
import type { Parts } from './record.ts';
import { renderText } from './scope.ts';
import { type Usage, usageOf } from './usage.ts';

export { type FingerprintContext, type InputFiles, scopeOf, shorten } from './fingerprint-context.ts';
export { discoveredLabel, inputLabel, withDiscovered, writtenByUs } from './fingerprint-inputs.ts';

/** A fingerprint, and what could not be known while producers have still to run. */
export interface Fingerprint {
  readonly parts: Parts;
  /** Labels, or label prefixes ending in `*`, whose value depends on a producer that is not settled. */
  readonly pending: readonly string[];
  /** Inputs that are neither there nor built by anything. */
  readonly missing: readonly string[];
  /** All files read, in the order they are rendered, by input. */
  readonly files: readonly InputFiles[];
}

/** Makes the fingerprint of a task from what is known now. */
export function fingerprint(task: Task, context: FingerprintContext): Fingerprint {
  const { world, graph } = context;
  const usage = usageOf(task.target, graph.pipeline);
  const parts: Record<string, string> = { ...targetParts(task, usage, context) };
  addEach(task, usage, parts, world);
  addTemplates(task, usage, parts, context);
  const pending: string[] = [];
  const missing: string[] = [];
  const files = task.inputs.map((input) => addInput(input, { parts, pending, missing, context }));
  addCode(task, parts, context);
  return { parts, pending, missing, files };
}

function targetParts(task: Task, usage: Usage, context: FingerprintContext): Parts {
  const { target } = task;
  const known = context.memo.get(target.name);
  if (known !== undefined) return known;
  const { world } = context;
  const put = (text: string) => shorten(text, (t) => world.digest(t));
  const parts: Record<string, string> = { command: put(usage.command), shell: usage.shell };
  if (usage.prelude !== undefined) parts.prelude = put(usage.prelude);
  if (target.version !== undefined) parts.version = target.version;
  parts.outputs = put(canonical(target.outputs.map((o): Json => [o.name, o.kind])));
  for (const [label, text] of configTexts(target, usage, context.config)) parts[label] = put(text);
  for (const name of target.envNames) {
    const value = world.env(name);
    // Of a secret nothing is stored: what is in a record can be read by everyone.
    if (value !== undefined && !target.secrets.includes(name)) parts[`env:${name}`] = put(value);
  }
  for (const program of usage.programs) {
    const tool = world.tool(program);
    if (tool !== undefined) parts[`tool:${program}`] = tool;
  }
  context.memo.set(target.name, parts);
  return parts;
}

/** The values of the config that a target counts, by their labels. */
function* configTexts(
  target: Target,
  usage: Usage,
  config: Config,
): Generator<[label: string, text: string]> {
  for (const key of [...target.config, ...usage.config])
    for (const [leaf, text] of configParts(config, key))
      if (!isBelow(leaf, target.uncounted)) yield [`config:${leaf}`, text];
}

/**
 * What a person wrote for a target and its fingerprint holds only as digests, so that it can be shown beside what it becomes:
 * its command, its prelude, values of its config. Values of the environment are never among them.
 * @returns by digest
 */
export function longTexts(
  target: Target,
  { pipeline, config, digest }: { pipeline: Pipeline; config: Config; digest: (text: string) => string },
): Map<string, string> {
  const usage = usageOf(target, pipeline);
  const values = [...configTexts(target, usage, config)].map(([, text]) => text);
  const texts = [usage.command, usage.prelude ?? '', ...values];
  return new Map(texts.filter(isLong).map((text) => [digest(text), text]));
}

/** Whether a leaf of the config is one of some keys, or lies below one. */
function isBelow(leaf: string, keys: readonly string[]): boolean {
  return keys.some((key) => leaf === key || leaf.startsWith(`${key}.`));
}

function addEach(task: Task, usage: Usage, parts: Record<string, string>, world: World): void {
  if (usage.each.length === 0 && !usage.task) return;
  const put = (json: Json, text: string) => shorten(exactText(json, text), (t) => world.digest(t));
  const references = usage.task ? [...usage.each, ...Object.keys(task.each)] : usage.each;
  for (const reference of references) {
    const [head, ...field] = reference.split('.') as [string, ...string[]];
    const value = task.each[head];
    if (value === undefined) continue;
    const used = field.length === 0 ? value : value.fields?.[field.join('.')];
    if (used !== undefined) parts[`each:${reference}`] = put(used.json, used.text);
  }
}

function addTemplates(
  task: Task,
  usage: Usage,
  parts: Record<string, string>,
  context: FingerprintContext,
): void {
  const { target } = task;
  const names = Object.keys(target.env);
  if (usage.cwd === undefined && names.length === 0 && usage.env.length === 0) return;
  const scope = scopeOf(task, context.config, context);
  const put = (text: string) => shorten(text, (t) => context.world.digest(t));
  if (usage.cwd !== undefined) {
    const cwd = renderText(target.cwd as string, scope);
    parts.cwd = put(cwd.ok ? cwd.text : usage.cwd);
  }
  for (const name of names) {
    // A value that names outputs, state or a secret is kept symbolic: the same work in another place is the same work.
    const symbolic = usage.variables[name] as string;
    const value = usage.secret.has(name) ? undefined : renderText(target.env[name] as string, scope);
    parts[`env:${name}`] = put(value?.ok === true ? value.text : symbolic);
  }
  for (const name of usage.env) {
    const value = context.world.env(name);
    if (value === undefined || target.secrets.includes(name)) continue;
    // A variable that is set from its own outer value is two values under one name.
    parts[Object.hasOwn(target.env, name) ? `env:${name}#outer` : `env:${name}`] = put(value);
  }
}

/** The name of the folder in which a command keeps its state for one fingerprint. */
export function stateKey(parts: Parts, digest: (text: string) => string): string {
  const sorted = Object.entries(parts).sort(([a], [b]) => byCodeUnit(a, b));
  return digest(JSON.stringify(sorted)).slice(7, 23);
}

/** The one text whose digest names a fingerprint. */
export function fingerprintKey(parts: Parts, digest: (text: string) => string): string {
  return digest(
    Object.keys(parts)
      .sort(byCodeUnit)
      .map((k) => `${k}\0${parts[k]}\n`)
      .join(''),
  );
}
