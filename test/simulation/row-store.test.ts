// Answers that were told to be durable survive a power cut and a death in front of any change, also the first ones.
import { createHash } from 'node:crypto';
import * as node from 'node:fs';
import { useDisk } from '@evalmake/engine/fs';
import { RowStore } from '@evalmake/engine/row-store';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Died, MemoryDisk } from './memory-disk.ts';
import { Random } from './random.ts';

const path = '/w/.evalmake/rows/infer.jsonl';
const many = 6;
const keys = Buffer.concat(
  Array.from({ length: many }, (_, i) => createHash('sha256').update(String(i)).digest().subarray(0, 16)),
);

function answer(store: RowStore, i: number): void {
  store.add(keys, i, {
    kind: 'answer',
    id: `r${i}`,
    at: 't',
    text: `{"id":"r${i}","a":"${'x'.repeat(i * 40)}"}`,
  });
}

/** Which answers are there; any that is must be whole. */
function held(store: RowStore): boolean[] {
  return Array.from({ length: many }, (_, i) => {
    const text = store.answer(keys, i)?.text.toString();
    if (text !== undefined) assert.is(text, `{"id":"r${i}","a":"${'x'.repeat(i * 40)}"}`);
    return text !== undefined;
  });
}

/** Adds answers in three steps, the last one not flushed to the disk; says after each how many are durable. */
function work(say: (durable: number) => void): void {
  const store = new RowStore(path);
  answer(store, 0);
  answer(store, 1);
  store.durable();
  say(2);
  answer(store, 2);
  store.flush();
  answer(store, 3);
  store.durable();
  say(4);
  answer(store, 4);
  store.flush();
}

/** After anything that may happen, what was durable is there, and the rest can be added. */
function mend(durable: number, what: string): void {
  const store = new RowStore(path);
  assert.ok(
    held(store)
      .slice(0, durable)
      .every((is) => is),
    `${what}: ${durable} answers were durable`,
  );
  for (let i = 0; i < many; i++) answer(store, i);
  store.durable();
  assert.ok(
    held(store).every((is) => is),
    what,
  );
  assert.ok(
    held(new RowStore(path)).every((is) => is),
    what,
  );
}

test('Durable answers are there after any power cut, and after a death in front of any change.', () => {
  const random = new Random(1);
  try {
    const first = new MemoryDisk({ cwd: '/w' });
    useDisk(first);
    const before = first.changes;
    work(() => {});
    const changes = first.changes - before;
    for (let dieAt = 1; dieAt <= changes + 1; dieAt++) {
      for (const cut of [false, true, true, true, true, true]) {
        const disk = new MemoryDisk({ cwd: '/w' });
        useDisk(disk);
        let durable = 0;
        const start = disk.changes;
        disk.before = (_, __, count) => {
          if (count - start === dieAt) throw new Died();
        };
        try {
          work((now) => {
            durable = now;
          });
        } catch (error) {
          if (!(error instanceof Died)) throw error;
        }
        disk.before = undefined;
        if (cut) disk.powerCut(() => random.next());
        else disk.revive();
        mend(durable, `death ${dieAt}${cut ? ', power cut' : ''}`);
      }
    }
  } finally {
    useDisk(node);
  }
});

test.run();
