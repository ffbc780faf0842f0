// A log record is one entry of a foreign log with what its file says about all entries, found by dotted fields.

/** One answer, or one value of an answer, as some program logged it. */
export interface LogRecord {
  /** `file:line` */
  readonly where: string;
  readonly line: number;
  /** The value of a field; undefined when there is none. */
  readonly field: (path: string) => unknown;
}

/**
 * The member that a dotted path names, own members only. A member whose own name holds dots is found too, the longest
 * name first.
 */
export function memberAt(value: unknown, path: string): unknown {
  if (value === null || typeof value !== 'object') return undefined;
  if (Object.hasOwn(value, path)) return (value as Record<string, unknown>)[path];
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const head = path.slice(0, dot);
    if (Object.hasOwn(value, head))
      return memberAt((value as Record<string, unknown>)[head], path.slice(dot + 1));
  }
  return undefined;
}
