// A ScriptedSlurm is a cluster of scripts for the built evalmake: jobs are processes, faults are files that a test makes.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localTimer } from '@evalmake/engine';
import { repository } from './program.ts';
import { scenario } from './scenario.ts';
import type { Workspace } from './workspace.ts';

const tools = ['sbatch', 'squeue', 'sacct', 'scontrol', 'scancel', 'run-job'];

export class ScriptedSlurm {
  readonly home: string = mkdtempSync(join(tmpdir(), 'evalmake-slurm-'));

  constructor() {
    for (const dir of ['bin', 'jobs', 'old']) mkdirSync(join(this.home, dir));
    const script = join(repository, 'test/fixtures/slurm/fake-slurm');
    for (const tool of tools) symlinkSync(script, join(this.home, 'bin', tool));
  }

  /** The environment in which evalmake finds it. */
  get env(): Record<string, string> {
    return { PATH: `${join(this.home, 'bin')}:${process.env['PATH']}` };
  }

  set(name: string, content = ''): void {
    writeFileSync(join(this.home, name), content);
  }

  unset(name: string): void {
    rmSync(join(this.home, name), { force: true });
  }

  /** Jobs in the order they were submitted, as `ID_INDEX`. */
  jobs(): string[] {
    return readdirSync(join(this.home, 'jobs')).sort();
  }

  of(job: string, field: string): string {
    const path = join(this.home, 'jobs', job, field);
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  }

  write(job: string, field: string, value: string): void {
    writeFileSync(join(this.home, 'jobs', job, field), `${value}\n`);
  }

  /** Calls of a program, as they were made. */
  calls(tool: string): string[] {
    const path = join(this.home, 'calls');
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    return lines.filter((line) => line.startsWith(`${tool} `));
  }

  remove(): void {
    for (const job of this.jobs()) {
      const group = Number(this.of(job, 'runner'));
      try {
        if (group > 0) process.kill(-group, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    rmSync(this.home, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** Registers a scenario with a cluster of its own. */
export function onSlurm(title: string, body: (ws: Workspace, slurm: ScriptedSlurm) => Promise<void>): void {
  scenario(title, async (ws) => {
    const slurm = new ScriptedSlurm();
    try {
      await body(ws, slurm);
    } finally {
      slurm.remove();
    }
  });
}

/** Resolves when something is so; one that never is would hang the test, so it fails some day. */
export async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 120_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not so after 120 s: ${holds}`);
    await new Promise<void>((next) => void localTimer(10, next));
  }
}
