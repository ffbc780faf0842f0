// The errors of the disk in memory: those that Node would throw, and the end of the process that called.
import { getSystemErrorMap } from 'node:util';

/** The reasons for which a call to the disk fails. */
export type Code =
  | 'EACCES'
  | 'EBADF'
  | 'EBUSY'
  | 'EEXIST'
  | 'EINVAL'
  | 'EIO'
  | 'EISDIR'
  | 'ELOOP'
  | 'ENAMETOOLONG'
  | 'ENOENT'
  | 'ENOSPC'
  | 'ENOTDIR'
  | 'ENOTEMPTY'
  | 'EPERM'
  | 'EROFS'
  | 'EXDEV';

const known = new Map([...getSystemErrorMap()].map(([errno, [code, says]]) => [code, { errno, says }]));

/** Makes an error without a stack: the disk throws one at each look at a missing file, and nobody reads where. */
function withoutStack<T extends Error>(make: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * An error as `node:fs` throws it.
 * @param code why the call failed
 * @param syscall which call it was
 * @param path what it was about, if it was no descriptor
 * @param dest where to, for calls with two paths
 */
export function diskError(code: Code, syscall: string, path?: string, dest?: string): NodeJS.ErrnoException {
  const { errno, says } = known.get(code)!;
  const about = path === undefined ? '' : dest === undefined ? ` '${path}'` : ` '${path}' -> '${dest}'`;
  const error: NodeJS.ErrnoException = withoutStack(() => new Error(`${code}: ${says}, ${syscall}${about}`));
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  if (path !== undefined) error.path = path;
  if (dest !== undefined) Object.assign(error, { dest });
  return error;
}

/** An error that Node itself raises, without a system call that failed. */
export function nodeError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}

/** The process that used the disk was killed: thrown by the call it died in, and by each one after that. */
export class Died extends Error {
  constructor(message = 'the process has died') {
    super(message);
    this.name = 'Died';
  }
}

/** Thrown by `before` in front of a write: only so many bytes are written, then the process dies. */
export class TornWrite extends Died {
  constructor(readonly bytes: number) {
    super(`the process has died after ${bytes} bytes of a write`);
  }
}

/** Thrown by `before` in front of a write: only so many bytes are written, and the call says so, which is no failure. */
export class ShortWrite extends Error {
  constructor(readonly bytes: number) {
    super(`a write ends after ${bytes} bytes`);
  }
}
