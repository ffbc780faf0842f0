// Opening a file shows it in the program that people have for it: a browser for a report.
import { spawn } from 'node:child_process';

const openers: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/**
 * Opens a file and does not wait for it.
 * @returns whether there was a program that could be started
 */
export function openFile(path: string): Promise<boolean> {
  const [command = 'xdg-open', ...words] = openers[process.platform] ?? [process.env.BROWSER || 'xdg-open'];
  return new Promise((done) => {
    const child = spawn(command, [...words, path], { detached: true, stdio: 'ignore' });
    child.on('error', () => done(false));
    child.on('spawn', () => {
      child.unref();
      done(true);
    });
  });
}
