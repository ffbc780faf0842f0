// A Tar is an archive in the ustar format (POSIX.1-1988) whose bytes depend on names and contents only.
import { Failure } from './failure.ts';
import { writeOutFile } from './out-file.ts';

const BLOCK = 512;

export interface TarMember {
  /** Relative path with `/`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Puts text into a field; the rest of the field stays zero. */
function put(header: Uint8Array, offset: number, text: Uint8Array | string): void {
  header.set(typeof text === 'string' ? Buffer.from(text, 'latin1') : text, offset);
}

/** Octal digits and a closing NUL, as numbers stand in a header. */
function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** Splits a name at a slash so that the last part fits 100 bytes and the first 155. */
function splitName(name: string): { readonly prefix: Buffer; readonly base: Buffer } {
  const whole = Buffer.from(name, 'utf8');
  if (whole.length <= 100) return { prefix: Buffer.alloc(0), base: whole };
  for (let at = Math.min(155, whole.length - 2); at > 0; at -= 1) {
    if (whole[at] !== 0x2f) continue;
    const base = whole.subarray(at + 1);
    if (base.length <= 100) return { prefix: whole.subarray(0, at), base };
  }
  throw new Failure(
    `${name}: the path is too long for a tar archive (100 bytes for the name, 155 for its folders)`,
  );
}

function header(member: TarMember): Uint8Array {
  const bytes = new Uint8Array(BLOCK);
  const { prefix, base } = splitName(member.name);
  put(bytes, 0, base);
  put(bytes, 100, octal(0o644, 8));
  put(bytes, 108, octal(0, 8)); // owner
  put(bytes, 116, octal(0, 8)); // group
  put(bytes, 124, octal(member.bytes.length, 12));
  put(bytes, 136, octal(0, 12)); // modification time: 1 January 1970
  put(bytes, 148, '        ');
  put(bytes, 156, '0'); // a regular file
  put(bytes, 257, 'ustar\x0000');
  put(bytes, 345, prefix);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  put(bytes, 148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return bytes;
}

/** Writes the members in the order given, then the two empty blocks that end an archive. */
export function writeTar(path: string, members: Iterable<TarMember>): void {
  writeOutFile(path, (file) => {
    for (const member of members) {
      file.writeBytes(header(member));
      file.writeBytes(member.bytes);
      const rest = member.bytes.length % BLOCK;
      if (rest > 0) file.writeBytes(new Uint8Array(BLOCK - rest));
    }
    file.writeBytes(new Uint8Array(2 * BLOCK));
  });
}
