// Races for a lock: whoever comes in between, and whoever dies where, one holds it and nobody's lock is removed.
import { readdirSync } from 'node:fs';
import { HeldLock } from '@evalmake/engine/held-lock';
import { type LockResult, takeLock } from '@evalmake/engine/lock';
import { lockText, readOwner } from '@evalmake/engine/lock-file';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Population, space, watchingDisk } from './doubles/machines.ts';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder; path: string; people: Population }>('lock-race');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
  context.path = context.folder.path('state/lock');
  context.people = new Population();
});
test.after.each(({ folder }) => folder.remove());

const since = '2024-01-01T00:00:00.000Z';
/** More calls than any contender makes. */
const most = 30;

interface Scene {
  readonly folder: TemporaryFolder;
  readonly path: string;
  readonly people: Population;
}

function taking(scene: Scene, pid: number): LockResult {
  return takeLock(scene.path, { command: `evalmake ${pid}`, since, processes: scene.people.seenBy(pid) });
}

/** Puts the lock of a dead process there, whatever was before, and forgets who lives. */
function dead(scene: Scene): void {
  scene.people.living.clear();
  const owner = { pid: 1, host: 'host-1', space, started: 'start-1', command: 'evalmake 1', since };
  scene.folder.remove();
  scene.folder.write({ 'state/lock': lockText(owner) });
}

/** Lets a process do something, and die in front of a call: it makes none after that. False when it makes fewer. */
function dies(
  { people }: Scene,
  { pid, at, before = () => {} }: { pid: number; at: number; before?: () => void },
  body: () => void,
): boolean {
  let died = false;
  const around = (call: number): void => {
    died ||= call === at;
    if (died) throw new Error('died');
    before();
  };
  try {
    watchingDisk({ before: around }, body);
  } catch (error) {
    if (!died) throw error;
  }
  if (died) people.living.delete(pid);
  return died;
}

/** Asserts that exactly one of those who live holds it, and that after its release nothing is left. */
function assertOne(scene: Scene, results: readonly LockResult[], what: string, clean = true): void {
  const holders = results.filter((r) => r instanceof HeldLock);
  assert.is(holders.length, 1, `${what}: ${holders.length} of ${results.length} hold it`);
  const [holder] = holders as [HeldLock];
  assert.equal(readOwner(scene.path), holder.owner, what);
  holder.check();
  holder.release();
  assert.is(readOwner(scene.path), undefined, what);
  if (clean) assert.equal(readdirSync(scene.folder.path('state')), [], what);
}

test('another who comes in front of any call of the first', (scene) => {
  for (let at = 1; at < most; at++) {
    dead(scene);
    const results: LockResult[] = [];
    const before = (call: number): void => {
      if (call === at) results.push(taking(scene, 20));
    };
    watchingDisk({ before }, () => void results.push(taking(scene, 10)));
    if (results.length < 2) return assert.ok(at > 8, 'the first makes some calls');
    assertOne(scene, results, `before call ${at}`);
  }
  assert.unreachable('the first makes too many calls');
});

test('two others who come in front of any two calls of the first', (scene) => {
  let tried = 0;
  for (let one = 1; one < most; one++) {
    for (let two = one; two < most; two++) {
      dead(scene);
      const results: LockResult[] = [];
      const before = (call: number): void => {
        if (call === one) results.push(taking(scene, 20));
        if (call === two) results.push(taking(scene, 30));
      };
      watchingDisk({ before }, () => void results.push(taking(scene, 10)));
      if (results.length < 3) break;
      assertOne(scene, results, `before calls ${one} and ${two}`);
      tried++;
    }
  }
  assert.ok(tried > 30, `${tried} ways`);
});

test('one who comes in between, takes it and has released it again', (scene) => {
  for (let at = 1; at < most; at++) {
    dead(scene);
    const results: LockResult[] = [];
    let came = false;
    const before = (call: number): void => {
      if (call !== at) return;
      came = true;
      const other = taking(scene, 20);
      if (other.held) other.release();
      else assert.is(other.owner.pid, 10, 'only the first may be before it');
    };
    watchingDisk({ before }, () => void results.push(taking(scene, 10)));
    if (!came) return;
    assertOne(scene, results, `before call ${at}`);
  }
});

test('whoever dies while taking it over leaves it to the next, also when that one dies too', (scene) => {
  let deaths = 0;
  for (let first = 1; first < most; first++) {
    for (let second = 1; second < most; second++) {
      dead(scene);
      if (!dies(scene, { pid: 10, at: first }, () => void taking(scene, 10)))
        return assert.ok(deaths > 40, `${deaths} deaths`);
      if (!dies(scene, { pid: 20, at: second }, () => void taking(scene, 20))) break;
      deaths++;
      assertOne(scene, [taking(scene, 30)], `after deaths before calls ${first} and ${second}`, false);
    }
  }
});

test('one who dies while another comes in between', (scene) => {
  for (let at = 1; at < most; at++) {
    dead(scene);
    const results: LockResult[] = [];
    let came = 0;
    const visitor = (): void => {
      came++;
      if (came === 4) results.push(taking(scene, 20));
    };
    if (!dies(scene, { pid: 10, at, before: visitor }, () => void taking(scene, 10))) return;
    if (results[0] === undefined || !results[0].held) results.push(taking(scene, 30));
    assertOne(scene, results, `a death before call ${at}`, false);
  }
});

test('an owner who dies while releasing it leaves it to the next', (scene) => {
  for (let at = 1; at < most; at++) {
    dead(scene);
    const held = taking(scene, 10) as HeldLock;
    if (!dies(scene, { pid: 10, at }, () => held.release())) return assert.ok(at > 4, `${at} calls`);
    assertOne(scene, [taking(scene, 20)], `a death before call ${at}`, false);
  }
});

test('an owner whose lock is broken while it releases it knows that, and the other can tell what it has', (scene) => {
  for (let at = 1; at < most; at++) {
    dead(scene);
    const held = taking(scene, 10) as HeldLock;
    const results: LockResult[] = [];
    const far = scene.people.seenBy(20, { host: 'host-2' });
    const breaks = { command: 'evalmake --break-lock', since, processes: far, breakLock: true };
    const before = (call: number): void => {
      if (call === at) results.push(takeLock(scene.path, breaks));
    };
    watchingDisk({ before }, () => held.release());
    if (results.length === 0) return;
    const [other] = results as [HeldLock];
    assert.ok(other.held);
    if (other.ours) assert.is((readOwner(scene.path) as { pid: number }).pid, 20);
    assert.not.ok(held.ours);
  }
});

test('an owner elsewhere who releases it while it is broken, and another who takes it then', (scene) => {
  for (let at = 1; at < most; at++) {
    dead(scene);
    scene.folder.remove();
    const far = scene.people.seenBy(10, { host: 'host-2' });
    const held = takeLock(scene.path, { command: 'evalmake far', since, processes: far }) as HeldLock;
    const results: LockResult[] = [];
    const before = (call: number): void => {
      if (call !== at) return;
      held.release();
      const other = taking(scene, 30);
      if (other.held || other.owner.pid !== 10) results.push(other);
    };
    const processes = scene.people.seenBy(20);
    const breaks = { command: 'evalmake --break-lock', since, processes, breakLock: true };
    let ran = 0;
    const count = (call: number): void => {
      ran = call;
      before(call);
    };
    watchingDisk({ before: count }, () => void results.push(takeLock(scene.path, breaks)));
    if (ran < at) return assert.ok(at > 8, `${at} calls`);
    assertOne(scene, results, `before call ${at}`, false);
  }
});

test('a network file system that loses the answer to a link or a rename', (scene) => {
  for (const [lost, code] of [
    ['linkSync', 'EEXIST'],
    ['renameSync', 'ENOENT'],
  ] as const) {
    dead(scene);
    const results: LockResult[] = [];
    let times = 0;
    const after = (name: string): void => {
      if (name !== lost) return;
      times++;
      throw Object.assign(new Error('as a repeated call is answered'), { code });
    };
    watchingDisk({ after }, () => void results.push(taking(scene, 10)));
    assert.ok(times > 0, lost);
    assertOne(scene, results, lost);
  }
});

test.run();
