// Twins: a folder on the real disk and one in memory, which get the same calls and must look and answer alike.
import * as node from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { MemoryDisk } from './memory-disk.ts';

const names = ['a', 'b', 'd', 'l'];
const longName = 'n'.repeat(255);

// `..` only after a name and only once, and never in a link: nothing that is called here leads out of the folder.
const anyPath: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
    fc.oneof(
      { weight: 24, arbitrary: fc.constant('') },
      { weight: 8, arbitrary: fc.constantFrom('/', '/.', '/..', '/../a', '/./b', '//b') },
      { weight: 1, arbitrary: fc.constantFrom(`/${longName}`, `/${longName}n`, `/${'x/'.repeat(2100)}`) },
    ),
  )
  .map(([parts, end]) => parts.join('/') + end);

// Kernels differ in what they say about a rename when one of the names is too long and the other one missing.
const anyShortPath = anyPath.filter((path) => path.length < 200);

const anyFlags = fc.oneof(
  fc.constantFrom('r', 'r+', 'w', 'wx', 'w+', 'a', 'a+', 'ax'),
  fc.constantFrom(
    node.constants.O_RDWR | node.constants.O_CREAT,
    node.constants.O_WRONLY | node.constants.O_CREAT | node.constants.O_EXCL,
    node.constants.O_RDONLY | node.constants.O_NOFOLLOW,
    node.constants.O_RDONLY | node.constants.O_DIRECTORY,
  ),
);
const anySlot = fc.nat(2);
const anyText = fc.constantFrom('', 'x', 'hello\n', 'längere Zeile\n'.repeat(9));
const anyPlace = fc.constantFrom(null, 0, 3, 20);

/** One call, made on both; `run` gets the disk and its own open descriptors. */
export interface Call {
  readonly says: string;
  readonly run: (disk: Both, slots: number[]) => unknown;
}

/** What both disks can do; the last two are no part of the engine's Disk. */
type Both = Pick<typeof node, keyof typeof import('@evalmake/engine/fs') & keyof typeof node> &
  Pick<MemoryDisk, 'symlinkSync' | 'chmodSync' | 'utimesSync'>;

const made = (says: string, run: Call['run']): Call => ({ says, run });
const show = (...values: unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ');

/** Status in the parts that must be the same. */
function facts(stat: node.Stats | node.BigIntStats | undefined): object | undefined {
  if (stat === undefined) return undefined;
  const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : '?';
  const number = typeof stat.ino;
  const [mode, nlink, size] = [Number(stat.mode), Number(stat.nlink), Number(stat.size)];
  return kind === 'folder' ? { kind, number, mode } : { kind, number, mode, nlink, size };
}

const onPath: fc.Arbitrary<Call> = fc.oneof(
  anyPath.map((p) => made(`exists ${show(p)}`, (disk) => disk.existsSync(p))),
  fc
    .tuple(anyPath, fc.boolean(), fc.boolean())
    .map(([p, bigint, throwIfNoEntry]) =>
      made(`stat ${show(p, bigint, throwIfNoEntry)}`, (disk) =>
        facts(disk.statSync(p, { bigint, throwIfNoEntry })),
      ),
    ),
  fc
    .tuple(anyPath, fc.boolean())
    .map(([p, throwIfNoEntry]) =>
      made(`lstat ${show(p, throwIfNoEntry)}`, (disk) => facts(disk.lstatSync(p, { throwIfNoEntry }))),
    ),
  anyPath.map((p) => made(`readFile ${show(p)}`, (disk) => disk.readFileSync(p, 'utf8'))),
  anyPath.map((p) => made(`readdir ${show(p)}`, (disk) => disk.readdirSync(p))),
  anyPath.map((p) =>
    made(`readdir with types ${show(p)}`, (disk) =>
      disk
        .readdirSync(p, { withFileTypes: true })
        .map((e) => [e.name, e.isFile(), e.isDirectory(), e.isSymbolicLink(), e.parentPath]),
    ),
  ),
  anyPath.map((p) => made(`readlink ${show(p)}`, (disk) => disk.readlinkSync(p))),
  anyPath.map((p) => made(`realpath ${show(p)}`, (disk) => disk.realpathSync(p))),
);

/** Whether a path has a link in it: Node copies a folder into itself for ever when a link hides that it is one. */
function throughLink(disk: Both, path: string): boolean {
  const ends = [...path.matchAll(/\/|$/g)].map((match) => path.slice(0, match.index));
  return ends.some((end) => {
    try {
      return disk.lstatSync(end).isSymbolicLink();
    } catch {
      return false; // nothing there that could be a link
    }
  });
}

const changing: fc.Arbitrary<Call> = fc.oneof(
  fc
    .tuple(anyPath, anyText, fc.constantFrom('w', 'a', 'wx', 'r+'), fc.constantFrom(0o666, 0o600, 0o755))
    .map(([p, text, flag, mode]) =>
      made(`writeFile ${show(p, text, flag, mode)}`, (disk) => disk.writeFileSync(p, text, { flag, mode })),
    ),
  anyPath.map((p) => made(`mkdir ${show(p)}`, (disk) => disk.mkdirSync(p))),
  anyPath.map((p) => made(`mkdir -p ${show(p)}`, (disk) => disk.mkdirSync(p, { recursive: true }))),
  anyPath.map((p) => made(`rmdir ${show(p)}`, (disk) => disk.rmdirSync(p))),
  anyPath.map((p) => made(`unlink ${show(p)}`, (disk) => disk.unlinkSync(p))),
  fc
    .tuple(anyPath, fc.boolean(), fc.boolean())
    .map(([p, recursive, force]) =>
      made(`rm ${show(p, recursive, force)}`, (disk) => disk.rmSync(p, { recursive, force })),
    ),
  {
    weight: 2,
    arbitrary: fc
      .tuple(anyShortPath, anyShortPath)
      .map(([p, q]) => made(`rename ${show(p, q)}`, (disk) => disk.renameSync(p, q))),
  },
  fc.tuple(anyPath, anyPath).map(([p, q]) => made(`link ${show(p, q)}`, (disk) => disk.linkSync(p, q))),
  fc
    .tuple(fc.constantFrom('a', 'b', 'l', 'd/a', 'a/l', 'd/'), anyPath)
    .map(([p, q]) => made(`symlink ${show(p, q)}`, (disk) => disk.symlinkSync(p, q))),
  fc
    .tuple(
      anyPath,
      anyPath,
      fc.constantFrom(0, node.constants.COPYFILE_EXCL, node.constants.COPYFILE_FICLONE),
    )
    .map(([p, q, mode]) => made(`copyFile ${show(p, q, mode)}`, (disk) => disk.copyFileSync(p, q, mode))),
  fc
    .tuple(anyPath, anyPath)
    .map(([p, q]) =>
      made(`cp ${show(p, q)}`, (disk) =>
        throughLink(disk, q) ? 'not tried' : disk.cpSync(p, q, { recursive: true, verbatimSymlinks: true }),
      ),
    ),
  fc
    .tuple(anyPath, fc.constantFrom(0o700, 0o755))
    .map(([p, mode]) => made(`chmod ${show(p, mode)}`, (disk) => disk.chmodSync(p, mode))),
);

/** What a read put into a buffer, and how much it says it was. */
function readBy(read: (buffer: Buffer) => number): [number, string] {
  const buffer = Buffer.alloc(12);
  const count = read(buffer);
  return [count, buffer.toString('latin1')];
}

const onDescriptor: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(anySlot, anyPath, anyFlags).map(([slot, p, flags]) =>
    made(`open ${slot}: ${show(p, flags)}`, (disk, slots) => {
      const fd = disk.openSync(p, flags, 0o640);
      if (slots[slot] !== undefined) disk.closeSync(slots[slot]);
      slots[slot] = fd;
    }),
  ),
  fc.tuple(anySlot, anyText, anyPlace).map(([slot, text, at]) =>
    made(`write ${slot}: ${show(text, at)}`, (disk, slots) => {
      const bytes = Buffer.from(text);
      return disk.writeSync(slots[slot] ?? noDescriptor, bytes, 0, bytes.length, at);
    }),
  ),
  fc
    .tuple(anySlot, anyText, anyPlace)
    .map(([slot, text, at]) =>
      made(`write text ${slot}: ${show(text, at)}`, (disk, slots) =>
        disk.writeSync(slots[slot] ?? noDescriptor, text, at),
      ),
    ),
  fc.tuple(anySlot, anyPlace).map(([slot, at]) =>
    made(`read ${slot}: ${show(at)}`, (disk, slots) => {
      return readBy((buffer) => disk.readSync(slots[slot] ?? noDescriptor, buffer, 2, 7, at));
    }),
  ),
  anySlot.map((slot) =>
    made(`read on ${slot}`, (disk, slots) => readBy((b) => disk.readSync(slots[slot] ?? noDescriptor, b))),
  ),
  anySlot.map((slot) =>
    made(`readFile ${slot}`, (disk, slots) => disk.readFileSync(slots[slot] ?? noDescriptor, 'latin1')),
  ),
  fc
    .tuple(anySlot, fc.constantFrom(0, 2, 30))
    .map(([slot, size]) =>
      made(`ftruncate ${slot}: ${size}`, (disk, slots) =>
        disk.ftruncateSync(slots[slot] ?? noDescriptor, size),
      ),
    ),
  anySlot.map((slot) =>
    made(`fstat ${slot}`, (disk, slots) => facts(disk.fstatSync(slots[slot] ?? noDescriptor))),
  ),
  anySlot.map((slot) => made(`fsync ${slot}`, (disk, slots) => disk.fsyncSync(slots[slot] ?? noDescriptor))),
  anySlot.map((slot) =>
    made(`fdatasync ${slot}`, (disk, slots) => disk.fdatasyncSync(slots[slot] ?? noDescriptor)),
  ),
  anySlot.map((slot) =>
    made(`close ${slot}`, (disk, slots) => {
      disk.closeSync(slots[slot] ?? noDescriptor);
      delete slots[slot];
    }),
  ),
);
const noDescriptor = 1_000_000;

export const anyCall: fc.Arbitrary<Call> = fc.oneof(
  { weight: 3, arbitrary: onPath },
  { weight: 5, arbitrary: changing },
  { weight: 4, arbitrary: onDescriptor },
);

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
