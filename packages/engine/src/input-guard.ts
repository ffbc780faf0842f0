// The InputGuard holds the inputs of an attempt to what its fingerprint froze: before the command starts, and after it ends.

import { join } from 'node:path';
import { type Decision, inputLabel } from '@evalmake/core';
import { Failure } from './failure.ts';
import { lstatSync, statSync } from './fs.ts';
import type { Workspace } from './workspace.ts';

interface Guarded {
  readonly path: string;
  readonly digest: string | undefined;
  readonly how: 'content' | 'listing';
  /** Signature before the command started. */
  readonly before: Signature;
}

/** What a stat says of a file. */
interface Signature {
  /** Inode, size and modification time: they move when somebody writes. */
  readonly content: string;
  /** Also the change time: it moves with modes and links too. */
  readonly all: string;
}

/** Watches over the inputs and the code of one attempt. */
export class InputGuard {
  private readonly guarded: Guarded[] = [];

  /** Looks at everything once more just before the start; throws a Failure when it is not what was decided on. */
  constructor(
    decision: Decision,
    private readonly workspace: Workspace,
  ) {
    const { fingerprint } = decision;
    for (const { input, paths } of fingerprint.files) {
      if (input.decl.orderOnly) continue;
      for (const path of paths)
        this.add(path, fingerprint.parts[inputLabel(input.decl.name, path)], input.decl.digest);
    }
    for (const [label, digest] of Object.entries(fingerprint.parts)) {
      if (label.startsWith('script:')) this.add(label.slice('script:'.length), digest, 'content');
    }
    const moved = this.guarded.filter((g) => this.digestOf(g) !== g.digest).map((g) => g.path);
    if (moved.length > 0)
      throw new Failure('input-moved', `${named(moved)} changed just before the command was to start`);
  }

  private add(path: string, digest: string | undefined, how: 'content' | 'listing'): void {
    if (digest !== undefined)
      this.guarded.push({ path, digest, how, before: signatureOf(path, this.workspace.root) });
  }

  private digestOf({ path, how }: Guarded): string {
    const { snapshot } = this.workspace;
    snapshot.forget([path]);
    const now = snapshot.entry(path, how);
    return now.kind === 'missing' ? 'missing' : now.digest;
  }

  /**
   * Looks again when the command has ended. A file that was written, even back to what it was, has moved: nobody knows
   * what the command read. Throws a Failure that names it.
   */
  verify(): void {
    const moved = this.guarded.filter((g) => {
      const now = signatureOf(g.path, this.workspace.root);
      if (now.all === g.before.all && now.content !== 'dir') return false;
      return now.content !== g.before.content || this.digestOf(g) !== g.digest;
    });
    if (moved.length === 0) return;
    throw new Failure(
      'input-moved',
      `${named(moved.map((g) => g.path))} changed while the command ran: by the command itself, which must not write its own inputs, or by somebody else`,
    );
  }
}

function named(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).map((p) => `"${p}"`);
  return paths.length > 5 ? `${shown.join(', ')} and ${paths.length - 5} more` : shown.join(', ');
}

/** Signature of what a path leads to. */
function signatureOf(path: string, root: string): Signature {
  const s = statSync(path.startsWith('/') ? path : join(root, path), { bigint: true, throwIfNoEntry: false });
  if (s === undefined) return { content: '', all: '' };
  if (s.isDirectory()) return { content: 'dir', all: 'dir' };
  const content = `${s.ino}:${s.size}:${s.mtimeNs}`;
  return { content, all: `${content}:${s.ctimeNs}` };
}

/** What changes when a file is written, even with the same bytes: itself, or what it leads to when it is a link. */
export function writtenSignature(path: string): string {
  const s = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (s === undefined) return '';
  const own = `${s.ino}:${s.size}:${s.mtimeNs}:${s.ctimeNs}`;
  return s.isSymbolicLink() ? `${own} ${signatureOf(path, '').all}` : own;
}
