// Random calls to a disk, in memory or not: on few names, so that they meet.
import * as node from 'node:fs';
import type { Disk } from '@evalmake/engine/fs';
import fc from 'fast-check';
import type { MemoryDisk } from './memory-disk.ts';

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
export type Both = Pick<typeof node, keyof Disk> &
  Pick<MemoryDisk, 'symlinkSync' | 'chmodSync' | 'utimesSync'>;

const made = (says: string, run: Call['run']): Call => ({ says, run });
const show = (...values: unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ');

/** Status in the parts that must be the same. */
export function facts(stat: node.Stats | node.BigIntStats | undefined): object | undefined {
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

/**
 * Whether a copy to a path is left out: what Node does to something that is there depends on the order in which the real
 * disk lists names, and it copies a folder into itself for ever when a link hides that it is one.
 */
function leftOut(disk: Both, path: string): boolean {
  const isThere = (at: string, kind: (stat: node.Stats) => boolean): boolean => {
    try {
      return kind(disk.lstatSync(at));
    } catch {
      return false; // nothing there
    }
  };
  const starts = [...path.matchAll(/\//g)].map((match) => path.slice(0, match.index));
  return isThere(path, () => true) || starts.some((start) => isThere(start, (stat) => stat.isSymbolicLink()));
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
        leftOut(disk, q) ? 'not tried' : disk.cpSync(p, q, { recursive: true, verbatimSymlinks: true }),
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

const anyCall: fc.Arbitrary<Call> = fc.oneof(
  { weight: 3, arbitrary: onPath },
  { weight: 5, arbitrary: changing },
  { weight: 4, arbitrary: onDescriptor },
);

/** A call that is written out, with its own source as its name. */
export const callOf = (run: Call['run']): Call => made(run.toString(), run);

/** What may be there before random calls: nearly all calls on an empty folder fail. */
const scene: readonly Call[] = [
  callOf((disk) => disk.mkdirSync('a/b/d', { recursive: true })),
  callOf((disk) => disk.mkdirSync('d')),
  callOf((disk) => disk.writeFileSync('b', 'some\n')),
  callOf((disk) => disk.writeFileSync('a/a', 'more\n', { mode: 0o600 })),
  callOf((disk) => disk.writeFileSync('a/b/l', '')),
  callOf((disk) => disk.linkSync('b', 'd/b')),
  callOf((disk) => disk.symlinkSync('a', 'l')),
  callOf((disk) => disk.symlinkSync('l', 'a/l')),
  callOf((disk) => disk.symlinkSync('b/d', 'a/d')),
];

/** Calls on a folder that holds something, or nothing. */
export const anyCalls: fc.Arbitrary<Call[]> = fc
  .tuple(fc.subarray([...scene]), fc.array(anyCall, { minLength: 1, maxLength: 50, size: 'max' }))
  .map(([before, calls]) => [...before, ...calls]);
