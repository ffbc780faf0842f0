// Twins: a folder on the real disk and one in memory, which get the same calls and must look and answer alike.
import * as node from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryDisk } from './memory-disk.ts';
import { type Both, type Call, facts } from './memory-disk-random-call.ts';

/** What came of a call: an answer, or an error in all that it says. */
function outcome(run: () => unknown): unknown {
  try {
    return { answer: run() };
  } catch (error) {
    const { code, syscall, errno, message, path } = error as NodeJS.ErrnoException;
    // What Node raises itself is compared by its code; the words around it are its own.
    return code?.startsWith('ERR_') ? { code } : { code, syscall, errno, message, path };
  }
}

/** Everything is this old before a call, so that it shows what the call touched. */
const long = 1_000_000_000;

/** One of the two: its disk, its open descriptors, and names for its inodes. */
class Twin {
  readonly slots: number[] = [];
  private labels = new Map<number, string>();
  private next = 0;

  constructor(readonly disk: Both) {}

  call(call: Call): unknown {
    this.age('.');
    return outcome(() => call.run(this.disk, this.slots));
  }

  private age(folder: string): void {
    for (const entry of this.disk.readdirSync(folder, { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) this.age(path);
      if (!entry.isSymbolicLink()) this.disk.utimesSync(path, long, long);
    }
  }

  /** Each path with its status, its content, a name for its inode, and whether the last call touched it. */
  look(): Record<string, unknown> {
    const tree: Record<string, unknown> = {};
    const labels = new Map<number, string>();
    const visit = (folder: string): void => {
      for (const name of this.disk.readdirSync(folder)) {
        const path = `${folder}/${name}`;
        const stat = this.disk.lstatSync(path);
        const label = labels.get(stat.ino) ?? this.labels.get(stat.ino) ?? `inode ${this.next++}`;
        labels.set(stat.ino, label);
        tree[path] = {
          ...facts(stat),
          label,
          touched: !stat.isSymbolicLink() && stat.mtimeMs !== long * 1000,
          content: this.content(path, stat),
        };
        if (stat.isDirectory()) visit(path);
      }
    };
    visit('.');
    this.labels = labels; // the number of an inode that is gone may come again
    return tree;
  }

  private content(path: string, stat: node.Stats): string {
    if (stat.isSymbolicLink()) return this.disk.readlinkSync(path);
    return stat.isFile() ? this.disk.readFileSync(path, 'latin1') : '';
  }

  end(): void {
    for (const fd of this.slots) if (fd !== undefined) this.disk.closeSync(fd);
  }
}

function expectSame(inMemory: unknown, onDisk: unknown, what: string): void {
  const [memory, disk] = [JSON.stringify(inMemory), JSON.stringify(onDisk)];
  if (memory !== disk) throw new Error(`${what}\n  in memory ${memory}\n  on disk   ${disk}`);
}

/**
 * Makes the same calls on a real folder and in memory.
 * @throws on the first call after which they differ in what they answered or in how they look
 */
export function compare(calls: readonly Call[]): void {
  const home = process.cwd();
  const umask = process.umask(0o022);
  const root = join(node.realpathSync(node.mkdtempSync(join(tmpdir(), 'evalmake-twins-'))), 'in', 'it');
  node.mkdirSync(root, { recursive: true });
  process.chdir(root);
  const real = new Twin(node);
  const memory = new Twin(new MemoryDisk({ cwd: root }) as unknown as Both);
  try {
    calls.forEach((call, index) => {
      expectSame(memory.call(call), real.call(call), `call ${index + 1} came to`);
      const [inMemory, onDisk] = [memory.look(), real.look()];
      for (const path of new Set([...Object.keys(inMemory), ...Object.keys(onDisk)]))
        expectSame(inMemory[path], onDisk[path], `after call ${index + 1} at ${path} is`);
    });
  } finally {
    real.end();
    process.chdir(home);
    process.umask(umask);
    node.rmSync(join(root, '..', '..'), { recursive: true, force: true });
  }
}
