// The Ledger is the list of everything that was ever paid in a workspace: .evalmake/costs.jsonl, appended to and never rewritten.
import type { Accuracy } from '@evalmake/core';
import { Unreadable } from './failure.ts';
import { existsSync, readFileSync } from './fs.ts';
import { JournalFile, unwritable } from './journal-file.ts';
import {
  type LedgerEntry,
  ledgerHeader,
  ledgerLine,
  ledgerVersion,
  type PaidEntry,
  readLedgerLine,
} from './ledger-line.ts';

const what = 'the ledger of payments';

interface LedgerText {
  readonly entries: LedgerEntry[];
  readonly damaged: number;
  /** Bytes up to the end of the last line that has one; undefined when nothing follows it. */
  readonly torn: number | undefined;
  /** Whether what follows is a whole line that lacks only its break. */
  readonly unended: boolean;
}

/** Reads and appends to one ledger. Reading it creates nothing. */
export class Ledger {
  private readonly file: JournalFile;
  private text: LedgerText | undefined;
  private known: Set<string> | undefined;

  constructor(private readonly path: string) {
    this.file = new JournalFile(path, what);
  }

  /**
   * All entries, oldest first.
   * @throws Unreadable when a newer version wrote it
   */
  get entries(): readonly LedgerEntry[] {
    return this.read().entries;
  }

  /** What is wrong with it, in words. */
  get warnings(): string[] {
    const { damaged } = this.read();
    if (damaged === 0) return [];
    return [
      `${damaged} line${damaged === 1 ? '' : 's'} of ${this.path} damaged: what stood there is not counted`,
    ];
  }

  /** Whether a payment is counted already. */
  has(target: string, id: string): boolean {
    return this.ids().has(`${target}\0${id}`);
  }

  /**
   * Appends an entry. It is on disk when `durable` resolves or `flush` returns.
   * @throws Unreadable when it cannot be written
   */
  append(entry: LedgerEntry): void {
    try {
      this.open();
      this.file.write(ledgerLine(entry));
    } catch (error) {
      throw unwritable(error, what);
    }
    this.read().entries.push(entry);
    if (entry.kind === 'paid' && entry.id !== undefined) this.ids().add(`${entry.target}\0${entry.id}`);
  }

  /** Resolves when everything appended so far is on disk; many share one wait. */
  durable(): Promise<void> {
    return this.file.isOpen ? this.file.durable() : Promise.resolve();
  }

  /** Waits until everything appended so far is on disk. */
  flush(): void {
    this.file.flush();
  }

  /**
   * What was paid for a target by the last run that finished any of it and paid for it, held against its price list of then;
   * undefined when there is no such run. A run that paid nothing asked a provider that is free, and tells nothing of prices.
   */
  accuracy(target: string): Accuracy | undefined {
    const done = this.entries.flatMap((e) =>
      e.kind === 'done' && e.target === target && e.listUsd > 0 ? [e] : [],
    );
    for (let end = done.length; end > 0; ) {
      // Runs may be counted from 1 again, when their folders were removed: what stands together belongs together.
      const begin = done.findLastIndex((e, i) => i < end && e.run !== done[end - 1]?.run) + 1;
      const together = done.slice(begin, end);
      const sum = (of: 'usd' | 'listUsd') => together.reduce((n, e) => n + e[of], 0);
      if (sum('usd') > 0) return sum('usd') / sum('listUsd');
      end = begin;
    }
    return undefined;
  }

  /** Payments alone. */
  payments(): PaidEntry[] {
    return this.entries.flatMap((e) => (e.kind === 'paid' ? [e] : []));
  }

  close(): void {
    this.file.close();
  }

  private ids(): Set<string> {
    this.known ??= new Set(
      this.payments().flatMap((e) => (e.id === undefined ? [] : [`${e.target}\0${e.id}`])),
    );
    return this.known;
  }

  private read(): LedgerText {
    this.text ??= existsSync(this.path) ? readText(readFileSync(this.path), this.path) : empty();
    return this.text;
  }

  private open(): void {
    if (this.file.isOpen) return;
    const { torn, unended } = this.read();
    this.file.open(unended ? undefined : torn);
    if (unended) this.file.write('\n');
    this.file.begin(`${ledgerHeader}\n`);
  }
}

function empty(): LedgerText {
  return { entries: [], damaged: 0, torn: undefined, unended: false };
}

/** Reads a ledger. Whatever the bytes are, each whole line counts. */
function readText(bytes: Buffer, path: string): LedgerText {
  const lines = bytes.toString('utf8').split('\n');
  const rest = lines.pop() as string;
  const version = ledgerVersion(lines[0] ?? '');
  if (version !== undefined && version > 1)
    throw new Unreadable(`${path} was written by a newer evalmake (evalmake-costs ${version}); use that one`);
  const entries: LedgerEntry[] = [];
  let damaged = 0;
  const take = (line: string): void => {
    const entry = readLedgerLine(line);
    if (entry === 'damaged') damaged++;
    else if (entry !== 'later') entries.push(entry);
  };
  for (const [i, line] of lines.entries()) if (i > 0 || version === undefined) take(line);
  // A crash cuts the last line short; one that is whole was paid for, whatever became of its end.
  const unended = rest !== '' && readLedgerLine(rest) !== 'damaged';
  if (unended) take(rest);
  return { entries, damaged, torn: rest === '' ? undefined : bytes.lastIndexOf(0x0a) + 1, unended };
}
