// Exits: how an error that nobody handled is told, and with which code the program ends.

/** A mistake in how evalmake was called, or in the pipeline: exit code 2, told without a stack. */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** An end with a code of its own, told in one line. */
export class Exit extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** Tells an error on stderr and gives its exit code: 2 for usage, 70 for a mistake of ours. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(
      `evalmake: ${error.message}\n${error.hint === undefined ? '' : `    ${error.hint}\n`}`,
    );
    return 2;
  }
  if (error instanceof Exit) {
    process.stderr.write(`evalmake: ${error.message}\n`);
    return error.code;
  }
  if ((error as Error)?.name === 'Unreadable') {
    process.stderr.write(`evalmake: ${(error as Error).message}\n`);
    return 1;
  }
  if (isDiskError(error)) {
    process.stderr.write(`evalmake: the disk does not do what is needed: ${error.message}\n`);
    return 1;
  }
  process.stderr.write(
    `evalmake: this is a mistake in evalmake itself, please report it\n${(error as Error)?.stack ?? String(error)}\n`,
  );
  return 70;
}

/** A full, read-only or failing disk is met anywhere, and is no mistake of ours. */
function isDiskError(error: unknown): error is NodeJS.ErrnoException {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const codes = [
    'EACCES',
    'EDQUOT',
    'EIO',
    'EMFILE',
    'ENFILE',
    'ENAMETOOLONG',
    'ENOSPC',
    'EPERM',
    'EROFS',
    'ESTALE',
  ];
  return syscall !== undefined && code !== undefined && codes.includes(code);
}
