// A terminal: evalmake on a pseudo-terminal (of the program `script`), where a person types when something is shown.
import { spawn } from 'node:child_process';
import { evalmakeFile } from './program.ts';

/** What to do once a text is shown. */
export interface Typed {
  readonly when: string;
  readonly type: string;
}

/**
 * Runs evalmake to its end on a terminal.
 * @returns its exit code, and all that was shown
 */
export async function onTerminal(
  args: readonly string[],
  { cwd, env, typed }: { cwd: string; env: Readonly<Record<string, string>>; typed: Typed },
): Promise<{ code: number | null; shown: string }> {
  const quoted = [process.execPath, evalmakeFile, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qefc', quoted, '/dev/null'], { cwd, env: { TERM: 'xterm', ...env } });
  let shown = '';
  let done = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (done || !shown.includes(typed.when)) return;
    done = true;
    child.stdin.write(typed.type);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, shown };
}
