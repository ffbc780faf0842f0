// A record that was told to be durable survives a power cut, also the first one of a workspace.
import * as node from 'node:fs';
import { Journal } from '@evalmake/engine';
import { useDisk } from '@evalmake/engine/fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryDisk } from './memory-disk.ts';
import { Random } from './random.ts';

test('The first record of a new journal is there after any power cut that follows it.', () => {
  const random = new Random(1);
  const path = '/w/.evalmake/journal.jsonl';
  try {
    for (let cut = 0; cut < 200; cut++) {
      const disk = new MemoryDisk({ cwd: '/w' });
      useDisk(disk);
      const journal = new Journal(path);
      journal.open();
      journal.append('finished', 't', { task: 't', outputs: {}, checks: [], parts: {} });
      // Other changes of names, which a power cut may take back.
      disk.mkdirSync('/w/out');
      disk.writeFileSync('/w/out/a', 'a');
      disk.powerCut(() => random.next());
      const again = new Journal(path);
      assert.is(again.records('t').length, 1, `cut ${cut}`);
      assert.equal(again.warnings, []);
    }
  } finally {
    useDisk(node);
  }
});

test.run();
