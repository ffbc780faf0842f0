// A crash on purpose: evalmake kills or signals itself in front of its n-th change of the disk.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Workspace } from './workspace.ts';

/** Calls that change the disk. The file system module is patched before evalmake loads it. */
const script = `
const fs = require('node:fs');
const at = Number(process.env.CRASH_AT);
let count = 0;
const changes = ['appendFileSync', 'copyFileSync', 'fdatasyncSync', 'fsyncSync', 'ftruncateSync', 'linkSync', 'mkdirSync',
  'renameSync', 'rmdirSync', 'rmSync', 'unlinkSync', 'writeFileSync', 'writeSync'];
for (const name of changes) {
  const call = fs[name];
  fs[name] = (...args) => {
    if (typeof args[0] === 'number' && args[0] < 3) return call(...args);
    count += 1;
    if (count === at) process.kill(process.pid, process.env.CRASH_BY);
    return call(...args);
  };
}
const { writeFileSync } = fs;
process.on('exit', () => writeFileSync(process.env.CRASH_COUNT, String(count)));
`;

/**
 * The environment in which evalmake dies in front of its n-th change of the disk.
 * @param at which change, from 1; 0 for none
 * @param by the signal that it sends itself; one that it hears does not end it there
 */
export function crashAt(ws: Workspace, at: number, by: NodeJS.Signals = 'SIGKILL'): Record<string, string> {
  const file = ws.beside('crash.cjs');
  writeFileSync(file, script);
  return {
    NODE_OPTIONS: `--require=${file}`,
    CRASH_AT: String(at),
    CRASH_BY: by,
    CRASH_COUNT: ws.beside('crash-count'),
  };
}

/** How many changes the last run made that did not die. */
export function changesOf(ws: Workspace): number {
  return Number(readFileSync(ws.beside('crash-count'), 'utf8'));
}
