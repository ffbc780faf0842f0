// The HttpStore is a store on a server that speaks Bazel's HTTP cache protocol: /cas/ by content, /ac/ by what was done.
import { join } from 'node:path';
import { recordFiles, type TaskRecord } from '@evalmake/core';
import {
  type ActionEntry,
  type ActionFile,
  decodeActionResult,
  encodeActionResult,
  largestActionResult,
} from './action-result.ts';
import { digestDir, digestFile, digestText, listDir } from './digest.ts';
import { signEntry, whyNotTrusted } from './entry-signature.ts';
import { lstatOf } from './file-state.ts';
import { type HttpBreaker, judgeStatus } from './http-breaker.ts';
import { atATime, type HttpConnection, type HttpRequest, NoAnswer } from './http-connection.ts';
import { download } from './http-download.ts';
import { upload, uploadBytes } from './http-upload.ts';
import { inParallel } from './parallel.ts';
import type { SecretScan } from './secret-scan.ts';
import { largestRecord, readShared, recordPath, sharedText } from './shared-record.ts';
import type { SigningKey } from './signing-key.ts';
import type { Blob, Former, Store, Wanted } from './store.ts';
import { workKey } from './work-key.ts';

/** With what a store is opened. */
export interface HttpStoreOptions {
  readonly connection: HttpConnection;
  readonly breaker: HttpBreaker;
  /** Keeps the results of one project apart from those of others. */
  readonly namespace: string;
  readonly matches: (pattern: string, path: string) => boolean;
  /** Finds values of secrets in what would be sent. */
  readonly scan?: SecretScan | undefined;
  /** Signs what is kept. */
  readonly signer?: SigningKey | undefined;
  /** Whose results count, by their public keys; everybody's when it is not said. */
  readonly trust?: readonly string[] | undefined;
}

/** Files that are larger are asked for before they are sent: a question costs less than they do. */
const askedFrom = 64 << 10;

/** Results on a server. */
export class HttpStore implements Store {
  /** Keys of results that were found to be wrong. */
  private readonly refused = new Set<string>();
  /** Digests under which the server holds something else, and those that it surely has. */
  private readonly wrong = new Set<string>();
  private readonly there = new Set<string>();

  constructor(private readonly options: HttpStoreOptions) {}

  async find(wanted: Wanted): Promise<Former | undefined> {
    const key = workKey(this.options.namespace, wanted);
    const listed = (await this.entry(key))?.files;
    if (listed === undefined) return undefined;
    const own = listed.find(({ path }) => path === recordPath);
    if (own === undefined || own.bytes > largestRecord) return this.bad(key);
    const text = await this.get(`cas/${own.digest.slice(7)}`, own.bytes);
    if (text === undefined) return undefined;
    if (text === 'large' || digestText(text) !== own.digest) {
      this.wrong.add(own.digest);
      return this.bad(key);
    }
    const files = listed.filter((file) => file !== own);
    const { matches } = this.options;
    return readShared(text.toString('utf8'), { wanted, files, matches }) ?? this.bad(key);
  }

  /** What stands under a key, when it is an entry, and of somebody who is trusted. */
  private async entry(key: string): Promise<ActionEntry | undefined> {
    if (this.refused.has(key)) return undefined;
    const message = await this.get(`ac/${key}`, largestActionResult);
    if (message === undefined) return undefined;
    const entry = message === 'large' ? undefined : decodeActionResult(message);
    if (entry === undefined) return this.bad(key);
    const { trust, breaker } = this.options;
    const why = trust && whyNotTrusted({ key, files: entry.files }, entry.signature, trust);
    if (why === undefined) return entry;
    this.refused.add(key);
    breaker.say('untrusted', `it holds ${why}; they count as missing`);
    return undefined;
  }

  /** Whether there is an entry that would be taken, without looking at its record. */
  async has(wanted: Wanted): Promise<boolean> {
    const key = workKey(this.options.namespace, wanted);
    if (this.options.trust !== undefined) return (await this.entry(key)) !== undefined;
    return !this.refused.has(key) && (await this.head(`ac/${key}`));
  }

  async fetch(blob: Blob, to: string): Promise<boolean> {
    const came = await download(blob, to, this.options);
    if (came === 'wrong') {
      this.wrong.add(blob.digest);
      this.options.breaker.say(
        'wrong',
        'it holds files that are not what they should be; they count as missing',
      );
    }
    return came === 'here';
  }

  async keep(wanted: Wanted, record: TaskRecord, at: (path: string) => string): Promise<boolean> {
    if (!this.options.breaker.writes) return false;
    const files = filesOf(record, at);
    if (files === undefined) return false;
    const text = Buffer.from(sharedText(record));
    const own = { path: recordPath, digest: digestText(text), bytes: text.length, executable: false };
    if (await this.tells(record, text, files)) return false;
    const sent = await inParallel(files, atATime / 3, ({ from, ...file }) => this.send(file, from));
    if (!sent.every(Boolean)) return false;
    if (!(await uploadBytes(`cas/${own.digest.slice(7)}`, text, this.options))) return false;
    const listed = [...files.map(({ from: _, ...file }) => file), own];
    const key = workKey(this.options.namespace, wanted);
    const { signer } = this.options;
    const message = encodeActionResult(listed, signer && signEntry({ key, files: listed }, signer));
    // Last: who finds the entry finds its files.
    const kept = await uploadBytes(`ac/${key}`, message, this.options);
    if (kept) this.refused.delete(key);
    return kept;
  }

  /** Whether a result would tell a secret to everybody who reads; then it is said whose it is, and not what. */
  private async tells(
    { target }: TaskRecord,
    text: Buffer,
    files: readonly { readonly from: string }[],
  ): Promise<boolean> {
    const { scan, breaker } = this.options;
    if (scan === undefined) return false;
    let found = scan.finds(text);
    for (const { from } of files) found = found || (await scan.findsIn(from));
    if (found)
      breaker.say(`secret ${target}`, `results of "${target}" hold the value of a secret; they are not sent`);
    return found;
  }

  forget(wanted: Wanted): void {
    this.refused.add(workKey(this.options.namespace, wanted));
  }

  private async send(file: ActionFile, from: string): Promise<boolean> {
    const { digest, bytes } = file;
    if (this.there.has(digest)) return true;
    const path = `cas/${digest.slice(7)}`;
    const known = bytes >= askedFrom && !this.wrong.has(digest) && (await this.head(path));
    const there = known || (await upload(file, from, this.options));
    if (there) {
      this.there.add(digest);
      this.wrong.delete(digest);
    }
    return there;
  }

  private bad(key: string): undefined {
    this.refused.add(key);
    this.options.breaker.say(
      'bad',
      'it holds results that are not what they should be; they count as missing',
    );
    return undefined;
  }

  private async head(path: string): Promise<boolean> {
    const { connection, breaker } = this.options;
    const answer = await this.answered({ method: 'HEAD', path, limitMs: connection.timeoutMs * 2 }, 0);
    return answer !== undefined && judgeStatus(answer.status, 'reads', breaker);
  }

  /** What stands at a path; `large` when that is more than it may be. */
  private async get(path: string, largest: number): Promise<Buffer | 'large' | undefined> {
    const { connection, breaker } = this.options;
    if (!breaker.reads) return undefined;
    const answer = await this.answered({ method: 'GET', path, limitMs: connection.timeoutMs * 2 }, largest);
    if (answer === undefined || !judgeStatus(answer.status, 'reads', breaker)) return undefined;
    return answer.body ?? 'large';
  }

  private async answered(
    request: HttpRequest,
    largest: number,
  ): Promise<{ status: number; body: Buffer | undefined } | undefined> {
    const { connection, breaker } = this.options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await connection.small(request, largest);
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        breaker.failed(error.message);
        if (attempt === 2 || !breaker.open) return undefined;
      }
    }
  }
}

/** All files of a record, those in its folders one by one; undefined when not all of them can be sent as they are. */
function filesOf(
  record: TaskRecord,
  at: (path: string) => string,
): (ActionFile & { readonly from: string })[] | undefined {
  const out: (ActionFile & { readonly from: string })[] = [];
  for (const { path, digest, bytes } of recordFiles(record)) {
    const from = at(path).replace(/\/$/, '');
    const stat = lstatOf(from);
    if (!path.endsWith('/')) {
      if (stat?.isFile() !== true || stat.size !== bytes) return undefined;
      out.push({ path, digest, bytes, executable: (stat.mode & 0o111) !== 0, from });
      continue;
    }
    if (stat?.isDirectory() !== true) return undefined;
    const within = folderFiles(path, digest, from);
    if (within === undefined) return undefined;
    out.push(...within);
  }
  return out;
}

/** The files of a folder; none of one with links or empty folders, which would come back as another one. */
function folderFiles(
  path: string,
  digest: string,
  from: string,
): (ActionFile & { readonly from: string })[] | undefined {
  const entries = listDir(from);
  const inhabited = (dir: string) => entries.some((e) => e.kind === 'file' && e.path.startsWith(`${dir}/`));
  if (entries.some((e) => e.kind === 'link' || (e.kind === 'dir' && !inhabited(e.path)))) return undefined;
  if (digestDir(from, (full) => digestFile(full).digest).digest !== digest) return undefined;
  return entries.flatMap((entry) => {
    if (entry.kind !== 'file') return [];
    const full = join(from, entry.path);
    const executable = ((lstatOf(full)?.mode ?? 0) & 0o111) !== 0;
    return [{ path: `${path}${entry.path}`, ...digestFile(full), executable, from: full }];
  });
}
