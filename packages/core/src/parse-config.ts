// Reads a config file: YAML or JSON, with the source text of its numbers.
import type { Config } from './config.ts';
import { isMap } from './json.ts';
import type { Parsed } from './problem.ts';
import { kindOf } from './shape.ts';
import { readYaml } from './yaml-source.ts';

/**
 * Reads the values behind `${{ config.* }}`.
 * @param text the file's content; an empty file is an empty config
 * @param file its name, for problems
 */
export function parseConfig(text: string, file: string): Parsed<Config> {
  const yaml = readYaml(text, file);
  if (yaml.value === undefined || yaml.problems.length > 0)
    return { value: undefined, problems: yaml.problems };
  const { value, texts } = yaml.value;
  if (value === null) return { value: { value: {}, texts: {} }, problems: [] };
  if (isMap(value)) return { value: { value, texts }, problems: [] };
  return {
    value: undefined,
    problems: [
      {
        code: 'bad-config',
        severity: 'error',
        message: `the config must be a map, not ${kindOf(value)}`,
        file,
        line: 1,
        column: 1,
      },
    ],
  };
}
