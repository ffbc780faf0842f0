// A Shell is a real one on a pseudo-terminal (of the program `script`), in which a test types and presses Tab.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evalmakeFile } from './program.ts';
import type { Workspace } from './workspace.ts';

/** Whether a program is installed. */
export function isInstalled(name: string): boolean {
  return spawnSync('which', [name], { stdio: 'ignore' }).status === 0;
}

/** How each shell is started without anybody's settings, and what makes it ready. */
const shells: Readonly<
  Record<string, { readonly start: string; readonly setUp: (script: string) => string[] }>
> = {
  bash: {
    start: 'bash --norc --noprofile -i',
    setUp: (script) => ["bind 'set bell-style none' 2>/dev/null; unset PROMPT_COMMAND", `source ${script}`],
  },
  zsh: {
    start: 'zsh -f -i',
    setUp: (script) => ['autoload -Uz compinit && compinit -u -D', 'unsetopt beep', `source ${script}`],
  },
  fish: {
    start: 'fish --no-config --interactive',
    setUp: (script) => [`source ${script}`],
  },
};

/**
 * Types lines into a shell, in each of which `\t` presses Tab, and gives the words that each line then consists of.
 * @param name bash, zsh or fish
 */
export async function typedIn(name: string, ws: Workspace, lines: readonly string[]): Promise<string[][]> {
  const shell = shells[name];
  if (shell === undefined) throw new Error(`no shell ${name}`);
  const bin = ws.beside('shell-bin');
  mkdirSync(bin, { recursive: true });
  const program = join(bin, 'evalmake');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${evalmakeFile}' "$@"\n`);
  // Pressing Enter must show the words and not run anything.
  const show = join(bin, 'show');
  writeFileSync(
    show,
    `#!/bin/sh\nfor word in "$@"; do printf '%s\\n' "$word"; done >> '${ws.beside('shown')}'\necho end >> '${ws.beside('shown')}'\n`,
  );
  for (const file of [program, show]) chmodSync(file, 0o755);
  writeFileSync(ws.beside('shown'), '');
  const script = ws.beside(`completion.${name}`);
  writeFileSync(script, (await ws.evalmake(['completion', name])).stdout);
  const env = {
    PATH: `${bin}:${process.env['PATH']}`,
    HOME: ws.beside('home'),
    TERM: 'xterm',
    LC_ALL: 'C.UTF-8',
  };
  const child = spawn('script', ['-qefc', shell.start, '/dev/null'], { cwd: ws.root, env });
  // Before there is a prompt the terminal itself would take some of the keys.
  await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  child.stdout.resume();
  // Ctrl-A goes to the beginning of the line: `show evalmake …` tells its words.
  const typed = [...shell.setUp(script), ...lines.map((line) => `${line}\x01show \x05`), 'exit'];
  for (const line of typed) child.stdin.write(`${line}\r`);
  const ended = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${name} did not end`));
    }, 30_000);
    child.on('close', () => {
      clearTimeout(late);
      resolve();
    });
  });
  await ended;
  return readFileSync(ws.beside('shown'), 'utf8')
    .split('end\n')
    .slice(0, -1)
    .map((text) => text.split('\n').slice(0, -1));
}
