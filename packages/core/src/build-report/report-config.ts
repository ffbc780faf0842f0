// The config of a report: its leaves with their values, who counts them, and nothing that looks like a secret.
import { type Config, leaves, scalarText } from '../config.ts';
import { canonical, type Json } from '../json.ts';
import { givenConfig, type Pipeline, type Target } from '../pipeline.ts';
import { usageOf } from '../usage.ts';
import type { ReportConfig } from './model.ts';

/** Names whose text nobody should find in a file that is mailed. `api_key_env` names a variable and is none. */
const secretName =
  /(^|[._-])(api[_-]?key|key|token|secret|password|passwd|passphrase|auth|authorization|credentials?)"?$/i;

/** Whether a key names something that nobody should find in a file that is mailed. */
export function looksSecret(key: string): boolean {
  return secretName.test(key);
}

const longest = 500;

/** The config as it holds now. */
export function reportConfig(pipeline: Pipeline, config: Config): ReportConfig {
  const read = pipeline.targets.map((target) => ({ name: target.name, keys: keysOf(target, pipeline) }));
  const keys = leaves(config, '*').map(([key, value]) => {
    const usedBy = read.filter(({ keys }) => keys.some((k) => isWithin(key, k))).map(({ name }) => name);
    if (typeof value === 'string' && looksSecret(key))
      return { key, value: '…', masked: true as const, usedBy };
    return { key, value: shown(config, key, value), usedBy };
  });
  return { ...(pipeline.configFile === undefined ? {} : { file: pipeline.configFile }), keys };
}

function keysOf(target: Target, pipeline: Pipeline): string[] {
  return [...givenConfig(target), ...usageOf(target, pipeline).config];
}

function isWithin(key: string, declared: string): boolean {
  return declared === '*' || key === declared || key.startsWith(`${declared}.`);
}

function shown(config: Config, key: string, value: Json | undefined): string {
  if (value === undefined) return '';
  const text = typeof value === 'number' ? scalarText(config, key.split('.'), value) : canonical(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
