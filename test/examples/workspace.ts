// A Workspace is a temporary copy of an example in which the built command line runs, as a stranger would run it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { type Built, builtOf, type Plan, planOf } from './answers.ts';

/** What a command left behind. */
export interface Ran {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const generated = new Set(['.evalmake', '__pycache__', 'experiments', 'prepared', 'batch_inputs', 'out']);

/** The folder that holds the whole project, found upwards from this file. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'packages', 'cli', 'bin', 'evalmake.cjs'))) {
    if (folder === dirname(folder)) throw new Error('no packages/cli/bin/evalmake.cjs above this file');
    folder = dirname(folder);
  }
  return folder;
}

const project = projectRoot();
const command = join(project, 'packages', 'cli', 'bin', 'evalmake.cjs');
/** What a command of an example sees: `evalkit` by its name, and a key that the local server takes. */
const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [join(project, 'node_modules', '.bin'), process.env['PATH']].join(delimiter),
  PROVIDER_API_KEY: 'key-of-the-test',
};

export class Workspace {
  readonly root: string;

  private constructor(source: string, keep: (path: string) => boolean) {
    this.root = mkdtempSync(join(tmpdir(), 'evalmake-example-'));
    cpSync(source, this.root, { recursive: true, filter: keep });
  }

  /** A copy of `examples/<name>` without what a build left there. */
  static of(name: string): Workspace {
    return new Workspace(join(project, 'examples', name), (path) => !generated.has(basename(path)));
  }

  /** A second copy of everything, with the state in `.evalmake/`: as if the checkout had been moved. */
  copy(): Workspace {
    return new Workspace(this.root, () => true);
  }

  /** Runs `evalmake` with these arguments. */
  evalmake(...args: string[]): Ran {
    const child = spawnSync(process.execPath, [command, ...args], {
      cwd: this.root,
      encoding: 'utf8',
      env: environment,
      maxBuffer: 1 << 26,
    });
    if (child.error !== undefined) throw child.error;
    return { exit: child.status, stdout: child.stdout, stderr: child.stderr };
  }

  /** The plan, explained; asserts that explaining changed no byte, not even of the state. */
  plan(...args: string[]): Plan {
    const before = this.digests(true);
    const ran = this.evalmake('--dry-run', '--json', ...args);
    assert.is(ran.exit, 0, `--dry-run ended with ${ran.exit}:\n${ran.stderr}`);
    assert.equal(this.digests(true), before, 'a dry run must not change a file');
    return planOf(ran.stdout);
  }

  /** One build and nothing asserted. */
  attempt(...args: string[]): Built {
    const ran = this.evalmake('--json', ...args);
    const built = builtOf(ran);
    assert.is(built.exit, ran.exit, 'the event "ended" names the exit code');
    return built;
  }

  /** A build that must succeed and do what its plan said: all of `run`, and beyond it only of `maybe`. */
  build(...args: string[]): Built {
    const plan = this.plan(...args);
    const built = this.attempt(...args);
    assert.is(built.exit, 0, `the build failed:\n${built.stderr}`);
    for (const id of plan.ids('run'))
      assert.ok(built.ran.includes(id), `${id} was planned to run and did not`);
    const allowed = new Set([...plan.ids('run'), ...plan.ids('maybe')]);
    // The instances of a set that changes are not known before; their names start with those that are planned.
    const open = new Set([...allowed].map((id) => id.split('@')[0]));
    for (const id of built.ran) {
      assert.ok(allowed.has(id) || open.has(id.split('@')[0] ?? id), `${id} ran and was not planned`);
    }
    return built;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  /** Replaces the only occurrence of a text in a file. */
  edit(name: string, from: string, to: string): void {
    const parts = this.read(name).split(from);
    assert.is(parts.length, 2, `${name} must hold "${from}" exactly once`);
    this.write(name, parts.join(to));
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true });
  }

  /** Names of the files below a folder, relative to the workspace, in code-unit order. */
  files(folder = '.'): string[] {
    return readdirSync(this.path(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.root, join(entry.parentPath, entry.name)))
      .sort((a, b) => (a < b ? -1 : 1));
  }

  /** Path -> sha256 of every file; the state of evalmake and Python's byte code only when asked for. */
  digests(withState = false): Record<string, string> {
    const digests: Record<string, string> = {};
    for (const name of this.files()) {
      const ours = name.startsWith('.evalmake/') || name.includes('__pycache__/');
      if (ours && !withState) continue;
      digests[name] = createHash('sha256')
        .update(readFileSync(this.path(name)))
        .digest('hex');
    }
    return digests;
  }

  /** Removes the copy. */
  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
