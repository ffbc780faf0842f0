// A Store is the server's memory: named files on disk, or the same in memory; a change is durable before the call returns.
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Names are relative paths with `/`, made of letters, digits and `._-`. */
export interface Store {
  /** The bytes of a file, or undefined when there is none. */
  read(name: string): Buffer | undefined;
  /** Replaces a file as a whole: after a crash it holds the old bytes or the new ones. */
  write(name: string, bytes: Uint8Array | string): void;
  /** Adds whole lines at the end of a file. A line that a crash tore is cut off first. */
  append(name: string, lines: string): void;
  /** The names in a folder, sorted; none when there is no such folder. */
  names(folder: string): string[];
}

/** A store that lasts as long as the process. */
export function memoryStore(): Store {
  const files = new Map<string, Buffer>();
  const added = new Map<string, string[]>();
  return {
    read: (name) => {
      const lines = added.get(name);
      return lines === undefined ? files.get(name) : Buffer.from(lines.join(''));
    },
    write: (name, bytes) => void files.set(name, Buffer.from(bytes)),
    append: (name, lines) => {
      const before = added.get(name);
      if (before === undefined) added.set(name, [lines]);
      else before.push(lines);
    },
    names: (folder) =>
      [...files.keys()]
        .filter((name) => name.startsWith(`${folder}/`))
        .map((name) => name.slice(folder.length + 1))
        .sort(),
  };
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

function replaceFile(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(`${path}.tmp`, 'w');
  writeAll(fd, Buffer.from(bytes));
  fsyncSync(fd);
  closeSync(fd);
  renameSync(`${path}.tmp`, path);
  syncFolder(dirname(path));
}

/** Opens a file for appending, cut back to its last whole line. */
function openLines(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, 'a');
  const bytes = readFileSync(path);
  const whole = bytes.lastIndexOf(10) + 1;
  if (whole !== bytes.length) ftruncateSync(fd, whole);
  return fd;
}

/** A store in a folder, which is made when it is not there. Files being appended to stay open. */
export function diskStore(folder: string): Store & { close(): void } {
  mkdirSync(folder, { recursive: true });
  const open = new Map<string, number>();
  return {
    read: (name) => {
      const path = join(folder, name);
      return existsSync(path) ? readFileSync(path) : undefined;
    },
    write: (name, bytes) => replaceFile(join(folder, name), bytes),
    append: (name, lines) => {
      const fd = open.get(name) ?? openLines(join(folder, name));
      open.set(name, fd);
      writeAll(fd, Buffer.from(lines));
      fsyncSync(fd);
    },
    names: (inside) => {
      const path = join(folder, inside);
      if (!existsSync(path)) return [];
      return readdirSync(path)
        .filter((name) => !name.endsWith('.tmp'))
        .sort();
    },
    close: () => {
      for (const fd of open.values()) closeSync(fd);
      open.clear();
    },
  };
}

/** The whole lines of a file that is appended to; a torn last one is passed over. */
export function storedLines(store: Store, name: string): string[] {
  const text = store.read(name)?.toString('utf8') ?? '';
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
}
