// A FakeCluster is a scripted Slurm: its programs on a PATH of their own, its jobs processes of this machine.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../../../test/fixtures/slurm/fake-slurm', import.meta.url));
const tools = ['sbatch', 'squeue', 'sacct', 'scontrol', 'scancel', 'run-job'];

export class FakeCluster {
  readonly home: string = mkdtempSync(join(tmpdir(), 'evalmake-slurm-'));
  readonly env: Readonly<Record<string, string>>;

  constructor() {
    mkdirSync(join(this.home, 'bin'));
    mkdirSync(join(this.home, 'jobs'));
    mkdirSync(join(this.home, 'old'));
    for (const tool of tools) symlinkSync(script, join(this.home, 'bin', tool));
    this.env = { PATH: `${join(this.home, 'bin')}:${process.env.PATH}` };
  }

  /** Sets a switch: a file that the scripts look at. */
  set(name: string, content = ''): void {
    writeFileSync(join(this.home, name), content);
  }

  unset(name: string): void {
    rmSync(join(this.home, name), { force: true });
  }

  /** Jobs that it knows, as `ID_INDEX`. */
  jobs(): string[] {
    return readdirSync(join(this.home, 'jobs')).sort();
  }

  /** A field of a job, or of one that is forgotten. */
  of(job: string, field: string): string {
    const path = join(this.home, 'jobs', job, field);
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  }

  write(job: string, field: string, value: string): void {
    writeFileSync(join(this.home, 'jobs', job, field), `${value}\n`);
  }

  /** Lets it forget a job, as Slurm does with old ones; accounting remembers. */
  forget(job: string): void {
    renameSync(join(this.home, 'jobs', job), join(this.home, 'old', job));
  }

  /** How often a program was called. */
  calls(tool: string): number {
    if (!existsSync(join(this.home, 'calls'))) return 0;
    const lines = readFileSync(join(this.home, 'calls'), 'utf8').split('\n');
    return lines.filter((line) => line.startsWith(`${tool} `)).length;
  }

  remove(): void {
    // Those that it has forgotten run all the same.
    for (const job of readdirSync(join(this.home, 'old')))
      renameSync(join(this.home, 'old', job), join(this.home, 'jobs', job));
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
