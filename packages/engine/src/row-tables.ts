// RowTables are the tables of rows that were read, kept while they are small enough: one plan asks for each several times.

import { isAbsolute, join } from 'node:path';
import type { DiskSnapshot } from './observe.ts';
import { cachedRowTable } from './row-index-cache.ts';
import type { RowSpec } from './row-spec.ts';
import { type RowTable, readRowTable } from './row-table.ts';

/** Tables are kept from one look to the next while they hold no more rows than this in all. */
const mostKept = 1_500_000;
/** From so many bytes on it pays to keep what was read of a file of rows. */
const worthCaching = 1 << 20;
/** What tables are read with. */
export interface RowTablesOptions {
  readonly root: string;
  readonly stateDir: string;
  readonly snapshot: DiskSnapshot;
  /** Whether caches may be written. */
  readonly write: boolean;
}

/** Tables by what their files hold. */
export class RowTables {
  private readonly tables = new Map<string, RowTable>();

  constructor(private readonly options: RowTablesOptions) {}

  /**
   * The table of some files, under the keys of a fingerprint.
   * @throws Unreadable when a file cannot be read
   */
  read(files: readonly string[], { format, id, by }: RowSpec, keys: string): RowTable {
    const { root, stateDir, snapshot, write } = this.options;
    const entries = files.map((path) => snapshot.entry(path));
    const digests = entries.map((e) => (e.kind === 'missing' ? '' : e.digest));
    const name = JSON.stringify([format, id, by, files, digests]);
    const known = this.tables.get(name);
    if (known !== undefined) return known.withFingerprint(keys);
    const options = {
      files: files.map((path) => ({ path: isAbsolute(path) ? path : join(root, path), name: path })),
      spec: { format, id, by },
      fingerprint: keys,
    };
    const large = entries.some((e) => e.kind === 'file' && e.bytes >= worthCaching);
    const cache = {
      dir: join(root, stateDir, 'cache', 'rows'),
      later: (save: () => void) => (write ? save() : undefined),
    };
    const table = large ? cachedRowTable({ ...options, digests, cache }) : readRowTable(options);
    this.keep(name, table);
    return table;
  }

  private keep(name: string, table: RowTable): void {
    let rows = table.size;
    for (const kept of this.tables.values()) rows += kept.size;
    for (const [old, kept] of this.tables) {
      if (rows <= mostKept) break;
      this.tables.delete(old);
      rows -= kept.size;
    }
    this.tables.set(name, table);
  }
}
