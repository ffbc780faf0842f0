// Folders on a shared disk: what is over goes, and what is still written to, or may be gone on with, stays.

import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { attemptsOf, clearAttempts, sweep } from '@evalmake/engine/slurm/folders';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { errno, withFaults } from './doubles/faulty-disk.ts';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('slurm folders');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

test('an attempt that a job still writes to stays, without its command and its environment', ({ folder }) => {
  const attempt = `${attemptsOf('t')}/a`;
  folder.write({ [`${attempt}/command.sh`]: 'x', [`${attempt}/env`]: 'KEY=1', [`${attempt}/out/f`]: 'late' });
  const refuse = (call: string, [path]: readonly unknown[]): void => {
    if (call === 'rmSync' && String(path).endsWith('/a')) throw errno('ENOTEMPTY', call);
  };
  withFaults({ refuse }, () => clearAttempts(folder.path(attemptsOf('t'))));
  assert.equal(readdirSync(folder.path(attempt)), ['out']);
  clearAttempts(folder.path(attemptsOf('t')));
  assert.not.ok(existsSync(folder.path(attempt)));
});

test('arrays go when none of their attempts is left, and tasks without attempts with them', ({ folder }) => {
  const [gone, there] = [folder.path(`${attemptsOf('t')}/gone`), folder.path(`${attemptsOf('u')}/there`)];
  folder.write({
    '.evalmake/slurm/em-over/manifest': `${gone} token\n`,
    '.evalmake/slurm/em-half/manifest': `${gone} token\n${there} token\n`,
    '.evalmake/slurm/em-new/batch.sh': '',
    [`${attemptsOf('u')}/there/command.sh`]: '',
  });
  mkdirSync(folder.path(attemptsOf('t')));
  sweep(folder.root);
  assert.equal(readdirSync(folder.path('.evalmake/slurm')).sort(), ['attempt', 'em-half', 'em-new']);
  assert.equal(readdirSync(folder.path('.evalmake/slurm/attempt')), ['u']);
  assert.ok(existsSync(there));
});

test('where nothing was ever submitted there is nothing to do', ({ folder }) => {
  sweep(folder.root);
  clearAttempts(folder.path(attemptsOf('t')));
  assert.equal(readdirSync(folder.root), []);
});

test.run();
