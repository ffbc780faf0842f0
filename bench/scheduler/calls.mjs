// Calls are what the engine asks of the disk, counted; and how many of them still go on aside.
import * as node from 'node:fs';

const asides = new Set(['fdatasync']);

/** A disk that counts; `wait` resolves when nothing is under way. */
export function countingDisk() {
  const counts = {};
  let pending = 0;
  const disk = {};
  for (const [name, call] of Object.entries(node)) {
    if (typeof call !== 'function') continue;
    if (!asides.has(name)) {
      disk[name] = (...args) => {
        counts[name] = (counts[name] ?? 0) + 1;
        return call(...args);
      };
      continue;
    }
    disk[name] = (...args) => {
      counts[name] = (counts[name] ?? 0) + 1;
      const done = args.pop();
      pending++;
      call(...args, (...answer) => {
        pending--;
        done(...answer);
      });
    };
  }
  const wait = async () => {
    do await new Promise((done) => setImmediate(done));
    while (pending > 0);
  };
  return { disk, counts, wait };
}

/** How many calls of some kinds there were. */
export function sum(counts, names) {
  return names.reduce((n, name) => n + (counts[name] ?? 0), 0);
}

/** All that wait for the disk itself. */
export const syncs = ['fdatasync', 'fdatasyncSync', 'fsyncSync'];

/** All that open or change something. */
export const changes = [
  'openSync',
  'renameSync',
  'mkdirSync',
  'rmdirSync',
  'unlinkSync',
  'rmSync',
  'writeFileSync',
];
