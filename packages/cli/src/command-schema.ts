// `evalmake schema [NAME]`: prints a JSON Schema that belongs to this version.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UsageError } from './exit.ts';
import type { Options } from './options.ts';

/** Runs the command; gives the exit code. */
export async function schema(options: Options): Promise<number> {
  // Schemas lie beside the bundled program.
  const dir = fileURLToPath(new URL('./schemas', import.meta.url));
  const names = readdirSync(dir).map((f) => f.replace('.schema.json', ''));
  const name = options.targets[0] ?? 'pipeline';
  if (!names.includes(name))
    throw new UsageError(`there is no schema named "${name}"`, `schemas: ${names.join(', ')}`);
  process.stdout.write(readFileSync(`${dir}/${name}.schema.json`, 'utf8'));
  return 0;
}
