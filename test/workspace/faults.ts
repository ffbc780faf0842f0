// Faults on purpose: from some change of the disk on, evalmake is told that the disk is full, read-only or broken.
import { writeFileSync } from 'node:fs';
import type { Workspace } from './workspace.ts';

/** Calls that need room on the disk; what only frees or renames goes on working on a full one. */
const needRoom = [
  'appendFileSync',
  'copyFileSync',
  'cpSync',
  'fdatasyncSync',
  'mkdirSync',
  'writeFileSync',
  'writeSync',
];
/** Calls that change anything. */
const all = [...needRoom, 'ftruncateSync', 'linkSync', 'renameSync', 'rmSync', 'rmdirSync', 'unlinkSync'];

const script = `
const fs = require('node:fs');
const { FAULT_AT, FAULT_FOR, FAULT_CODE, FAULT_CALLS } = process.env;
let count = 0;
const faulty = () => {
  count += 1;
  return count >= Number(FAULT_AT) && count < Number(FAULT_AT) + Number(FAULT_FOR);
};
const fault = (call) => Object.assign(new Error(FAULT_CODE + ': injected, ' + call), { code: FAULT_CODE, syscall: call });
for (const name of FAULT_CALLS.split(' ')) {
  const call = fs[name];
  fs[name] = (...args) => {
    if (typeof args[0] === 'number' && args[0] < 3) return call(...args);
    if (faulty()) throw fault(name);
    return call(...args);
  };
}
const sync = fs.fdatasync;
fs.fdatasync = (fd, done) => (faulty() ? process.nextTick(done, fault('fdatasync')) : sync(fd, done));
`;

export interface Fault {
  /** The first call that fails, from 1. */
  readonly at: number;
  /** How many calls fail in a row; all that follow when absent. */
  readonly times?: number;
  readonly code: 'ENOSPC' | 'EIO' | 'EROFS' | 'EACCES';
}

/** The environment in which the disk fails evalmake; commands and what they write are not touched. */
export function faultAt(ws: Workspace, { at, times, code }: Fault): Record<string, string> {
  const file = ws.beside('fault.cjs');
  writeFileSync(file, script);
  return {
    NODE_OPTIONS: `--require=${file}`,
    FAULT_AT: String(at),
    FAULT_FOR: String(times ?? 1e9),
    FAULT_CODE: code,
    FAULT_CALLS: (code === 'ENOSPC' ? needRoom : all).join(' '),
  };
}
