// `evalmake schema [NAME]`: prints a JSON Schema that belongs to this version.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UsageError } from './exit.ts';
import type { Options } from './options.ts';

/** Schemas lie beside the bundled program. */
const folder = (): string => fileURLToPath(new URL('./schemas', import.meta.url));

/** The text of a schema that belongs to this version. */
export function readSchema(name: string): string {
  return readFileSync(`${folder()}/${name}.schema.json`, 'utf8');
}

/** Runs the command; gives the exit code. */
export async function schema(options: Options): Promise<number> {
  const names = readdirSync(folder()).map((f) => f.replace('.schema.json', ''));
  const name = options.targets[0] ?? 'pipeline';
  if (!names.includes(name))
    throw new UsageError(`there is no schema named "${name}"`, `schemas: ${names.join(', ')}`);
  process.stdout.write(readSchema(name));
  return 0;
}
