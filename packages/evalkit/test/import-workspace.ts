// The command import in a folder of its own: files and flags in, rows, summary and messages out.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite, type Test } from 'uvu';

const phase = fileURLToPath(new URL('../../../packages/evalkit/dist/phases/import.cjs', import.meta.url));

export type Row = Readonly<Record<string, string>>;

/** Writes the files, imports with the words of the flags, and reads what came out. */
export function run(dir: string, files: Readonly<Record<string, string>>, flags: string) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  const words = ['import', ...flags.split(' '), '--out', 'scores.csv', '--summary', 'import.json'];
  const { status, stderr } = spawnSync(process.execPath, [phase, ...words], { cwd: dir, encoding: 'utf8' });
  const read = (name: string): string => readFileSync(join(dir, name), 'utf8');
  return {
    code: status,
    said: stderr,
    rows: (): Row[] => {
      const [head = '', ...lines] = read('scores.csv').trimEnd().split('\n');
      const names = head.split(',');
      return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
    },
    text: () => read('scores.csv'),
    summary: () => JSON.parse(read('import.json')),
  };
}

/** Some columns of the rows, as texts. */
export const columns = (rows: readonly Row[], ...names: string[]): string[] =>
  rows.map((row) => names.map((name) => row[name]).join(' '));

export interface Context {
  dir: string;
}

/** A suite whose tests have a folder each. */
export function importSuite(name: string): Test<Context> {
  const test = suite<Context>(name);
  test.before.each((context) => {
    context.dir = mkdtempSync(join(tmpdir(), 'evalkit-import-'));
  });
  test.after.each((context) => rmSync(context.dir, { recursive: true, force: true }));
  return test;
}
