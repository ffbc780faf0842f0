// Holds a config against its JSON Schema; a config that has passed is remembered by digest, so ajv is loaded once per edit.

import { join } from 'node:path';
import { type Config, canonical, type Pipeline, type Problem } from '@evalmake/core';
import { digestText } from './digest.ts';
import { writeAtomic } from './disk.ts';
import { existsSync, readFileSync } from './fs.ts';
import type { WorkspaceOptions } from './workspace-options.ts';

interface Asked {
  readonly schemaText: string;
  readonly schema: string;
  readonly config: Config;
  readonly pipeline: Pipeline;
  readonly options: WorkspaceOptions;
  readonly later: (write: () => void) => void;
}

/** Problems of a config under its schema, each at its line in the config file. */
export async function checkedConfig(asked: Asked): Promise<Problem[]> {
  const { schemaText, config, options } = asked;
  const key = digestText(`${options.build}\0${schemaText}\0${canonical(config.value)}`);
  const path = join(options.root, '.evalmake/cache/config-valid');
  if (existsSync(path) && readFileSync(path, 'utf8') === key) return [];
  const { validateJson } = await import('./json-schema.ts');
  const { locate } = await import('@evalmake/core/yaml-source');
  let found: { pointer: readonly (string | number)[]; message: string }[];
  try {
    found = await validateJson(schemaText, config.value);
  } catch (error) {
    return [
      {
        code: 'config-schema-invalid',
        severity: 'error',
        message: `${asked.schema}: ${(error as Error).message}`,
        file: asked.schema,
        line: 1,
        column: 1,
      },
    ];
  }
  if (found.length === 0) {
    asked.later(() => writeAtomic(path, key, false));
    return [];
  }
  const problems = found.map(
    ({ pointer, message }): Problem => ({
      code: 'config-invalid',
      severity: 'error',
      message: `config ${pointer.join('.') || 'file'}: ${message}`,
      pointer,
    }),
  );
  const file = asked.pipeline.configFile;
  return file === undefined
    ? problems
    : locate(problems, readFileSync(join(options.root, file), 'utf8'), file);
}
