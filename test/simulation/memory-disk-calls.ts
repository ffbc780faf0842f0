// The calls of the disk in memory: arguments and answers as in `node:fs`, and what each call is made of.
import type { BigIntStats, CopySyncOptions, Dirent, PathLike, RmOptions, Stats } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Disk } from '@evalmake/engine/fs';
import { diskError, nodeError } from './memory-disk-error.ts';
import type { Faults } from './memory-disk-faults.ts';
import type { OpenFiles } from './memory-disk-files.ts';
import type { Inode } from './memory-disk-inode.ts';
import { expectDone, type Names } from './memory-disk-names.ts';
import { entryOf, statusOf } from './memory-disk-stat.ts';
import type { Trees } from './memory-disk-trees.ts';
import type { Volume } from './memory-disk-volume.ts';

/** What a disk is made of. */
export interface DiskParts {
  readonly faults: Faults;
  readonly volume: Volume;
  readonly files: OpenFiles;
  readonly names: Names;
  readonly trees: Trees;
}

type Encoding = BufferEncoding | 'buffer' | null | undefined;
interface FileOptions {
  readonly encoding?: Encoding;
  readonly flag?: string;
  readonly mode?: number;
  readonly flush?: boolean;
  readonly withFileTypes?: boolean;
}
type Data = string | NodeJS.ArrayBufferView;
type Place = number | bigint | null | undefined;
interface ReadOptions {
  readonly offset?: number;
  readonly length?: number;
  readonly position?: Place;
}
interface StatusOptions {
  readonly bigint?: boolean;
  readonly throwIfNoEntry?: boolean;
}

const optionsOf = (options: FileOptions | Encoding): FileOptions =>
  typeof options === 'object' && options !== null ? options : { encoding: options };

const encoded = (bytes: Buffer, encoding: Encoding): string | Buffer =>
  encoding === undefined || encoding === null || encoding === 'buffer' ? bytes : bytes.toString(encoding);

function pathOf(path: PathLike): string {
  const text = typeof path === 'string' ? path : path instanceof URL ? fileURLToPath(path) : path.toString();
  if (text.includes('\0'))
    throw nodeError('ERR_INVALID_ARG_VALUE', "The argument 'path' must be without null bytes");
  return text;
}

const viewOf = (data: NodeJS.ArrayBufferView): Uint8Array =>
  data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const bytesOf = (data: Data, encoding: Encoding): Uint8Array =>
  typeof data === 'string' ? Buffer.from(data, (encoding ?? 'utf8') as BufferEncoding) : viewOf(data);

const placeOf = (place: Place): number | null =>
  place === null || place === undefined || Number(place) < 0 ? null : Number(place);

const modeOf = (mode: unknown, otherwise: number): number =>
  typeof mode === 'number' ? mode : typeof mode === 'string' ? Number.parseInt(mode, 8) : otherwise;

/** Which part of a buffer is meant. */
function partOf(buffer: NodeJS.ArrayBufferView, offset = 0, length?: number | null): Uint8Array {
  const view = viewOf(buffer);
  const end = length === undefined || length === null ? view.length : offset + length;
  if (offset < 0 || end > view.length || end < offset)
    throw nodeError('ERR_OUT_OF_RANGE', `The value of "length" is out of range. Received ${length}`);
  return offset === 0 && end === view.length ? view : view.subarray(offset, end);
}

/** The calls; each is a property, since the engine's types have overloads that methods could not repeat. */
export class DiskCalls implements Disk {
  constructor(protected readonly parts: DiskParts) {}

  readonly existsSync = (path: PathLike): boolean => {
    this.parts.faults.alive();
    return typeof this.parts.volume.find(pathOf(path)) !== 'string';
  };

  private status(call: string, path: PathLike, options: StatusOptions | undefined): unknown {
    this.parts.faults.alive();
    const text = pathOf(path);
    const inode = this.parts.volume.find(text, call === 'stat');
    if (typeof inode !== 'string') return statusOf(inode, options);
    if (inode === 'ENOENT' && options?.throwIfNoEntry === false) return undefined;
    throw diskError(inode, call, text);
  }
  readonly statSync = ((path: PathLike, options?: StatusOptions) =>
    this.status('stat', path, options)) as Disk['statSync'];
  readonly lstatSync = ((path: PathLike, options?: StatusOptions) =>
    this.status('lstat', path, options)) as Disk['lstatSync'];
  readonly fstatSync = ((fd: number, options?: StatusOptions): Stats | BigIntStats => {
    this.parts.faults.alive();
    return statusOf(this.parts.files.descriptor(fd, 'fstat').inode, options);
  }) as Disk['fstatSync'];

  readonly openSync = (path: PathLike, flags: string | number, mode?: number | string | null): number => {
    this.parts.faults.alive();
    return this.parts.files.openFile(pathOf(path), flags ?? 'r', modeOf(mode, 0o666));
  };
  readonly closeSync = (fd: number): void => {
    this.parts.faults.alive();
    this.parts.files.close(fd);
  };

  readonly readFileSync = ((from: PathLike | number, options?: FileOptions | Encoding): string | Buffer => {
    this.parts.faults.alive();
    const { encoding, flag } = optionsOf(options);
    return encoded(
      typeof from === 'number'
        ? this.parts.files.readRest(from)
        : this.withFile(pathOf(from), flag ?? 'r', 0o666, (fd) => this.parts.files.readRest(fd)),
      encoding,
    );
  }) as Disk['readFileSync'];
  readonly readSync = ((
    fd: number,
    buffer: NodeJS.ArrayBufferView,
    where?: number | ReadOptions | null,
    length?: number,
    position?: Place,
  ): number => {
    this.parts.faults.alive();
    const read: ReadOptions =
      typeof where === 'number'
        ? { offset: where, ...(length === undefined ? {} : { length }), ...{ position } }
        : (where ?? {});
    const part = partOf(buffer, read.offset, read.length);
    return this.parts.files.read(fd, part, placeOf(read.position));
  }) as Disk['readSync'];

  readonly writeSync = ((
    fd: number,
    data: Data,
    where?: number | ReadOptions | null,
    lengthOrEncoding?: number | BufferEncoding | null,
    position?: Place,
  ): number => {
    this.parts.faults.alive();
    if (typeof data === 'string') {
      const bytes = bytesOf(data, lengthOrEncoding as Encoding);
      return this.parts.files.write(fd, bytes, placeOf(where as Place));
    }
    const whole = typeof where === 'object' && where !== null;
    const [offset, length, place] = whole
      ? [where.offset, where.length, where.position]
      : [where ?? 0, lengthOrEncoding as number | null, position];
    return this.parts.files.write(fd, partOf(data, offset, length), placeOf(place));
  }) as Disk['writeSync'];
  readonly writeFileSync = ((to: PathLike | number, data: Data, options?: FileOptions | Encoding): void => {
    this.parts.faults.alive();
    const { encoding, flag = 'w', mode, flush } = optionsOf(options);
    const bytes = bytesOf(data, encoding);
    if (typeof to === 'number') this.parts.files.writeAll(to, bytes);
    else {
      this.withFile(pathOf(to), flag, modeOf(mode, 0o666), (fd) => {
        this.parts.files.writeAll(fd, bytes);
        if (flush === true) this.parts.files.sync(fd, 'fsync');
      });
    }
  }) as Disk['writeFileSync'];

  private withFile<T>(path: string, flag: string, mode: number, work: (fd: number) => T): T {
    const fd = this.parts.files.openFile(path, flag, mode);
    try {
      return work(fd);
    } finally {
      this.parts.files.close(fd);
    }
  }

  readonly ftruncateSync = (fd: number, length?: number | null): void => {
    this.parts.faults.alive();
    this.parts.files.truncate(fd, length ?? 0);
  };
  readonly fsyncSync = (fd: number): void => {
    this.parts.faults.alive();
    this.parts.files.sync(fd, 'fsync');
  };
  readonly fdatasyncSync = (fd: number): void => {
    this.parts.faults.alive();
    this.parts.files.sync(fd, 'fdatasync');
  };
  readonly fdatasync = ((fd: number, done: (error: Error | null) => void): void => {
    this.parts.faults.alive();
    this.parts.files.beginSync(fd, done);
  }) as Disk['fdatasync'];

  readonly mkdirSync = ((
    path: PathLike,
    options?: { recursive?: boolean; mode?: number } | number | null,
  ) => {
    this.parts.faults.alive();
    const text = pathOf(path);
    const recursive = typeof options === 'object' && options?.recursive === true;
    const mode = modeOf(typeof options === 'object' ? options?.mode : options, 0o777);
    if (recursive) return this.parts.trees.makeAll(text, mode);
    expectDone(this.parts.names.mkdir(text, mode), 'mkdir', text);
    return undefined;
  }) as Disk['mkdirSync'];
  readonly rmdirSync = ((path: PathLike): void => {
    this.parts.faults.alive();
    const text = pathOf(path);
    expectDone(this.parts.names.rmdir(text), 'rmdir', text);
  }) as Disk['rmdirSync'];
  readonly rmSync = (path: PathLike, options?: RmOptions): void => {
    this.parts.faults.alive();
    this.parts.trees.remove(pathOf(path), options ?? {});
  };
  readonly unlinkSync = (path: PathLike): void => {
    this.parts.faults.alive();
    const text = pathOf(path);
    expectDone(this.parts.names.unlink(text), 'unlink', text);
  };
  readonly renameSync = (from: PathLike, to: PathLike): void => {
    this.parts.faults.alive();
    const [source, target] = [pathOf(from), pathOf(to)];
    expectDone(this.parts.names.rename(source, target), 'rename', source, target);
  };
  readonly linkSync = (from: PathLike, to: PathLike): void => {
    this.parts.faults.alive();
    const [source, target] = [pathOf(from), pathOf(to)];
    expectDone(this.parts.names.link(source, target), 'link', source, target);
  };
  readonly symlinkSync = (target: PathLike, path: PathLike): void => {
    this.parts.faults.alive();
    const [to, at] = [pathOf(target), pathOf(path)];
    expectDone(this.parts.names.symlink(to, at), 'symlink', to, at);
  };

  readonly copyFileSync = (from: PathLike, to: PathLike, mode = 0): void => {
    this.parts.faults.alive();
    this.parts.trees.copyFile(pathOf(from), pathOf(to), mode);
  };
  readonly cpSync = (from: string | URL, to: string | URL, options: CopySyncOptions = {}): void => {
    this.parts.faults.alive();
    this.parts.trees.copy(pathOf(from), pathOf(to), options);
  };

  readonly readdirSync = ((path: PathLike, options?: FileOptions | Encoding): string[] | Dirent[] => {
    this.parts.faults.alive();
    const text = pathOf(path);
    const entries = this.parts.names.entries(text);
    if (typeof entries === 'string') throw diskError(entries, 'scandir', text);
    if (optionsOf(options).withFileTypes === true)
      return entries.map(([name, inode]) => entryOf(name, inode, text));
    return entries.map(([name]) => name);
  }) as Disk['readdirSync'];
  readonly readlinkSync = ((path: PathLike, options?: FileOptions | Encoding): string | Buffer => {
    this.parts.faults.alive();
    const text = pathOf(path);
    const inode = this.parts.volume.find(text, false);
    if (typeof inode === 'string') throw diskError(inode, 'readlink', text);
    if (inode.kind !== 'link') throw diskError('EINVAL', 'readlink', text);
    return optionsOf(options).encoding === 'buffer' ? Buffer.from(inode.target) : inode.target;
  }) as Disk['readlinkSync'];
  readonly realpathSync = ((path: PathLike): string => {
    this.parts.faults.alive();
    return this.parts.trees.realpath(pathOf(path));
  }) as unknown as Disk['realpathSync'];

  readonly chmodSync = (path: PathLike, mode: number): void => {
    this.changeOf('chmod', path, (inode) => {
      if (inode.kind !== 'link') inode.mode = mode & 0o7777;
    });
  };
  /** Sets the time of the last change; as in Node, numbers are seconds. */
  readonly utimesSync = (path: PathLike, _accessed: number | Date, modified: number | Date): void => {
    this.changeOf('utimes', path, (inode) => {
      inode.mtime = typeof modified === 'number' ? modified * 1000 : modified.getTime();
    });
  };
  private changeOf(call: 'chmod' | 'utimes', path: PathLike, change: (inode: Inode) => void): void {
    this.parts.faults.alive();
    const text = pathOf(path);
    const inode = this.parts.volume.find(text);
    if (typeof inode === 'string') throw diskError(inode, call === 'chmod' ? 'chmod' : 'utime', text);
    this.parts.faults.change(call, text);
    change(inode);
    inode.ctime = this.parts.volume.time();
  }
}
