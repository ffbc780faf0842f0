// Power cuts of the disk in memory: what must survive, and that everything which may be lost is lost now and then.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryDisk, type PowerCut } from './memory-disk.ts';

/** Numbers from 0 up to 1 that are the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Each way in which a power cut after this history can leave the disk, as far as many tries find it. */
function cuts(history: (disk: MemoryDisk) => void, options?: PowerCut): Set<string> {
  const disk = new MemoryDisk();
  history(disk);
  const snapshot = disk.snapshot();
  const found = new Set<string>();
  for (let seed = 1; seed <= 600; seed++) {
    disk.restore(snapshot);
    disk.powerCut(randomFrom(seed), options);
    found.add(told(disk.tree()));
    const left = disk.tree();
    disk.powerCut(randomFrom(seed + 1), options);
    assert.equal(disk.tree(), left, 'what a power cut left is durable');
  }
  return found;
}

const told = (tree: Record<string, string>): string =>
  Object.entries(tree)
    .map(([path, content]) => `${path}=${content.replaceAll('\0', '0')}`)
    .join(' ');

const sorted = (found: Set<string>): string[] => [...found].sort();

function sync(disk: MemoryDisk, path: string): void {
  const fd = disk.openSync(path, 'r');
  disk.fsyncSync(fd);
  disk.closeSync(fd);
}

test('what was synced, with its folder, survives every power cut', () => {
  const found = cuts((disk) => {
    disk.writeFileSync('a', 'content');
    sync(disk, 'a');
    disk.symlinkSync('a', 'l');
    sync(disk, '.');
  });
  assert.equal(sorted(found), ['a=content l=-> a']);
});

test('a file that was never synced may be empty, cut, zeros, or whole, and nothing else', () => {
  const history = (disk: MemoryDisk): void => {
    disk.writeFileSync('a', 'xyz');
    sync(disk, '.');
  };
  assert.equal(sorted(cuts(history)), ['a=', 'a=000', 'a=x', 'a=x00', 'a=xy', 'a=xy0', 'a=xyz']);
  assert.equal(sorted(cuts(history, { zeros: false })), ['a=', 'a=x', 'a=xy', 'a=xyz']);
});

test('what is appended after a sync may be cut or zeros; what was there before stays', () => {
  const found = cuts((disk) => {
    const fd = disk.openSync('log', 'a');
    disk.writeSync(fd, 'one,');
    disk.fdatasyncSync(fd);
    disk.writeSync(fd, 'tw');
    sync(disk, '.');
  });
  assert.equal(sorted(found), ['log=one,', 'log=one,00', 'log=one,t', 'log=one,t0', 'log=one,tw']);
});

test('content that was written over is old, new, or partly both', () => {
  const found = cuts((disk) => {
    disk.writeFileSync('a', 'old');
    disk.sync();
    const fd = disk.openSync('a', 'r+');
    disk.writeSync(fd, 'NE', 1);
  });
  assert.equal(sorted(found), ['a=oNE', 'a=oNd', 'a=old']);
  const emptied = cuts(
    (disk) => {
      disk.writeFileSync('a', 'old');
      disk.sync();
      disk.writeFileSync('a', 'N');
    },
    { zeros: false },
  );
  assert.equal(sorted(emptied), ['a=', 'a=N', 'a=Nld', 'a=old']);
});

test('changes of names survive in their order, up to some point', () => {
  const found = cuts((disk) => {
    disk.mkdirSync('d');
    disk.mkdirSync('e');
    disk.sync();
    disk.mkdirSync('d/1');
    disk.mkdirSync('e/2');
    disk.rmdirSync('d/1');
  });
  assert.equal(sorted(found), ['d/= d/1/= e/=', 'd/= d/1/= e/= e/2/=', 'd/= e/=', 'd/= e/= e/2/=']);
});

test('a rename is whole: the name leads to the old file or to the new one', () => {
  const found = cuts((disk) => {
    disk.writeFileSync('a', 'old');
    disk.writeFileSync('.a', 'new');
    disk.sync();
    disk.renameSync('.a', 'a');
  });
  assert.equal(sorted(found), ['.a=new a=old', 'a=new']);
});

test('a sync of a folder makes its changes durable and all before them; a sync of a file makes no name durable', () => {
  const folder = cuts((disk) => {
    disk.mkdirSync('d');
    disk.sync();
    disk.mkdirSync('before');
    disk.mkdirSync('d/in');
    disk.mkdirSync('after');
    sync(disk, 'd');
  });
  assert.equal(sorted(folder), ['after/= before/= d/= d/in/=', 'before/= d/= d/in/=']);
  const file = cuts((disk) => {
    disk.writeFileSync('a', 'x');
    sync(disk, 'a');
  });
  assert.equal(sorted(file), ['', 'a=x']);
});

test('a file that was removed comes back with its durable content when the removal is lost', () => {
  const found = cuts((disk) => {
    disk.writeFileSync('a', 'x');
    disk.sync();
    disk.unlinkSync('a');
    disk.writeFileSync('b', '');
  });
  assert.equal(sorted(found), ['', 'a=x', 'b=']);
});

test('a sync in the background covers what was written before it began, and only once it has come back', () => {
  const history =
    (back: boolean) =>
    (disk: MemoryDisk): void => {
      const fd = disk.openSync('log', 'a');
      disk.fdatasyncSync(fd);
      sync(disk, '.');
      disk.writeSync(fd, '1');
      disk.fdatasync(fd, () => {});
      disk.writeSync(fd, '2');
      if (back) disk.syncs[0]?.finish();
    };
  assert.equal(sorted(cuts(history(true), { zeros: false })), ['log=1', 'log=12']);
  assert.equal(sorted(cuts(history(false), { zeros: false })), ['log=', 'log=1', 'log=12']);
});

test('content that is written over during a sync in the background is old or new', () => {
  const found = cuts((disk) => {
    const fd = disk.openSync('a', 'w');
    sync(disk, '.');
    disk.writeSync(fd, 'old');
    disk.fdatasync(fd, () => {});
    disk.writeSync(fd, 'NEW', 0);
    disk.syncs[0]?.finish();
  });
  assert.equal(sorted(found), ['a=NEW', 'a=NEd', 'a=Nld', 'a=old']);
});

test('an older sync that comes back last takes nothing away from a newer one', () => {
  for (const newer of [
    (disk: MemoryDisk, fd: number) => disk.fdatasyncSync(fd),
    (disk: MemoryDisk, fd: number) => {
      disk.fdatasync(fd, () => {});
      disk.syncs[1]?.finish();
    },
  ]) {
    const found = cuts((disk) => {
      const fd = disk.openSync('log', 'a');
      sync(disk, '.');
      disk.fdatasync(fd, () => {});
      disk.writeSync(fd, '12');
      newer(disk, fd);
      disk.syncs[0]?.finish();
    });
    assert.equal(sorted(found), ['log=12']);
  }
});

test('a background sync that failed has made nothing durable', () => {
  const found = cuts((disk) => {
    const fd = disk.openSync('log', 'a');
    sync(disk, '.');
    disk.writeSync(fd, '1');
    disk.fdatasync(fd, () => {});
    disk.syncs[0]?.fail(new Error('lost'));
  });
  assert.ok(found.has('log='));
});

test('times are new, or old with the old content; stale ones only on request', () => {
  const times = (options: PowerCut): Set<string> => {
    const disk = new MemoryDisk({ now: () => 9000 });
    disk.writeFileSync('a', 'old');
    disk.utimesSync('a', 5, 5);
    disk.sync();
    const fd = disk.openSync('a', 'r+');
    disk.writeSync(fd, 'NEW');
    const snapshot = disk.snapshot();
    const found = new Set<string>();
    for (let seed = 1; seed <= 200; seed++) {
      disk.restore(snapshot);
      disk.powerCut(randomFrom(seed), { zeros: false, ...options });
      const content = disk.readFileSync('a', 'utf8');
      if (content.length === 3 && (content === 'old' || content === 'NEW'))
        found.add(`${content} ${disk.statSync('a').mtimeMs}`);
    }
    return found;
  };
  assert.equal(sorted(times({})), ['NEW 9000', 'old 5000', 'old 9000']);
  assert.equal(sorted(times({ staleTimes: true })), ['NEW 5000', 'NEW 9000', 'old 5000', 'old 9000']);
});

test('after a power cut the disk goes on like a new one', () => {
  const disk = new MemoryDisk();
  disk.writeFileSync('a', 'x');
  for (let i = 0; i < 50; i++) disk.mkdirSync(`d${i}`);
  disk.die();
  disk.powerCut(() => 0);
  assert.equal(disk.tree(), {});
  assert.is(disk.used, 0);
  disk.mkdirSync('new');
  sync(disk, '.');
  disk.mkdirSync('new/later');
  disk.powerCut(() => 0);
  assert.equal(disk.tree(), { 'new/': '' });
  assert.is(disk.statSync('new').nlink, 2);
});

test('a sync of a folder whose changes were lost makes no later change of another folder durable', () => {
  const disk = new MemoryDisk();
  disk.mkdirSync('d');
  disk.sync();
  for (let i = 0; i < 9; i++) disk.mkdirSync(`d/${i}`);
  disk.powerCut(() => 0);
  disk.mkdirSync('new');
  sync(disk, 'd');
  disk.powerCut(() => 0);
  assert.equal(disk.tree(), { 'd/': '' });
});

test('the kernel syncs names by itself after thousands of changes', () => {
  const disk = new MemoryDisk();
  for (let i = 0; i < 5000; i++) {
    disk.mkdirSync(`d${i}`);
    if (i > 0) disk.rmdirSync(`d${i - 1}`);
  }
  disk.powerCut(() => 0);
  assert.ok(Object.keys(disk.tree()).length > 0);
});

test.run();
