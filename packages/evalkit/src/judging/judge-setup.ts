// A judge setup is what the configuration says of models and judge, read by the phases of pairwise judging.
import type { Config } from '../config.ts';
import type { ComparisonSettings } from './comparison.ts';

/** The names in `models`: a list of names, or of maps with `name`; each is the folder of its answers. */
export function readModels(config: Config): string[] {
  const value = config.raw('models');
  if (!Array.isArray(value) || value.length < 2)
    return config.reject('models', 'a list of at least two models');
  const names = value.map((item: unknown) =>
    typeof item === 'object' && item !== null && 'name' in item ? item.name : item,
  );
  if (!names.every((name) => typeof name === 'string' && name !== ''))
    return config.reject('models', 'names, or maps with a name');
  if (new Set(names).size !== names.length) return config.reject('models', 'every name once');
  return names as string[];
}

/** Reads the keys judge.*. */
export function readComparisonSettings(config: Config): ComparisonSettings {
  return {
    temp: config.number('judge.temp', { min: 0, max: 2 }),
    maxTokens: config.integer('judge.max_tokens', { min: 1 }),
    reference: config.flag('judge.reference'),
  };
}
