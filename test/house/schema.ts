// The JSON Schemas of this version, compiled as strictly as they can be, and what they and the parser have against a document.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonMap } from '@evalmake/core/json';
import { parsePipeline } from '@evalmake/core/parse';
import { readYaml } from '@evalmake/core/yaml-source';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import * as assert from 'uvu/assert';
import { root } from './repository.ts';

/** What editors read beside the words of JSON Schema. */
const forEditors = ['defaultSnippets', 'enumDescriptions'];

const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
ajv.addVocabulary(forEditors);

export function schemaOf(name: string): JsonMap {
  return JSON.parse(readFileSync(join(root, `schemas/${name}.schema.json`), 'utf8')) as JsonMap;
}

/** Compiles a schema, once. */
export function compiled(name: string): ValidateFunction {
  return partOf(name, []);
}

/** Compiles a part of a schema, once; it may refer to all of it. */
export function partOf(name: string, path: readonly string[]): ValidateFunction {
  if (ajv.getSchema(name) === undefined) ajv.addSchema(schemaOf(name), name);
  const pointer = path.map(
    (step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`,
  );
  return ajv.getSchema(`${name}#${pointer.join('')}`) as ValidateFunction;
}

/** Why a schema refuses a value; empty when it accepts it. */
export function refusals(fits: ValidateFunction, value: unknown): string[] {
  fits(value);
  return (fits.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
}

/** The value of a YAML text that has no mistakes. */
export function documentOf(yaml: string): Json {
  const read = readYaml(yaml, 'x.yaml');
  assert.equal(read.problems, []);
  return (read.value as { value: Json }).value;
}

const ofForm = ['wrong-type', 'unknown-key', 'bad-name', 'version', 'no-command', 'duplicate-check'];

/** Problems that the parser has with the form of a pipeline, not with what its names refer to. */
export function malformed(yaml: string): string[] {
  return parsePipeline(yaml, 'x.yaml')
    .problems.filter((p) => ofForm.includes(p.code))
    .map((p) => `${p.pointer?.join('.')}: ${p.message}`);
}
