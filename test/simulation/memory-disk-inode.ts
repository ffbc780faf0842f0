// Inodes of the disk in memory: files whose bytes grow, folders, and symbolic links.

/** What of a file is safe from a power cut: its content and times when it was last synced. */
export interface Mark {
  readonly bytes: Buffer;
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
  /** So many bytes at the start were not written to since. */
  kept: number;
  /** It was never shorter than this since. */
  shortest: number;
}

const nothing = Buffer.alloc(0);

/** A file. Its bytes may be shared with marks and snapshots; a write that would change theirs copies them first. */
export class FileInode {
  readonly kind = 'file';
  readonly birthtime: number;
  nlink = 0;
  /** How many descriptors are open on it. */
  opens = 0;
  size = 0;
  bytes: Buffer = nothing;
  synced: Mark;
  /** Marks of syncs that have begun and not ended. */
  pending: Mark[] = [];
  ctime: number;
  /** Bytes in front of this belong to others too. */
  private frozen = 0;

  constructor(
    readonly ino: number,
    public mode: number,
    public mtime: number,
  ) {
    this.ctime = mtime;
    this.birthtime = mtime;
    this.synced = { bytes: nothing, size: 0, mtime, ctime: mtime, kept: 0, shortest: 0 };
  }

  /** The content, as long as nothing is written. */
  get content(): Buffer {
    return this.bytes.subarray(0, this.size);
  }

  /** Puts bytes at a place; a gap between the end and that place is filled with zeros. */
  write(source: Uint8Array, at: number): void {
    const end = at + source.length;
    const start = Math.min(at, this.size);
    this.makeRoom(start, end);
    if (at > this.size) this.bytes.fill(0, this.size, at);
    this.bytes.set(source, at);
    if (end > this.size) this.size = end;
    this.changedFrom(start);
  }

  /** Cuts the content, or makes it longer with zeros. */
  truncate(size: number): void {
    if (size > this.size) {
      this.makeRoom(this.size, size);
      this.bytes.fill(0, this.size, size);
    }
    this.changedFrom(Math.min(size, this.size));
    this.size = size;
    for (const mark of [this.synced, ...this.pending]) mark.shortest = Math.min(mark.shortest, size);
  }

  /** The state of now, to be kept by a sync that begins. */
  mark(): Mark {
    this.frozen = Math.max(this.frozen, this.size);
    const { bytes, size, mtime, ctime } = this;
    return { bytes, size, mtime, ctime, kept: size, shortest: size };
  }

  /** Makes the state of now durable; syncs that are under way bring nothing more. */
  sync(): void {
    this.synced = this.mark();
    this.pending = [];
  }

  /** Begins a sync; what is written from now on is not part of it. */
  beginSync(): Mark {
    const mark = this.mark();
    this.pending.push(mark);
    return mark;
  }

  /** Ends a sync that was begun. One that began later and came back sooner has made more durable already. */
  endSync(mark: Mark, succeeded: boolean): void {
    const at = this.pending.indexOf(mark);
    if (at < 0) return;
    if (!succeeded) {
      this.pending.splice(at, 1);
      return;
    }
    this.pending.splice(0, at + 1);
    this.synced = mark;
  }

  /** Whether the content is the synced one. */
  get clean(): boolean {
    return this.synced.kept === this.synced.size && this.size === this.synced.size;
  }

  /** Another file with this content and this past; neither sees what is written to the other. */
  copy(): FileInode {
    this.frozen = Number.POSITIVE_INFINITY;
    const copy = new FileInode(this.ino, this.mode, this.birthtime);
    copy.mtime = this.mtime;
    copy.ctime = this.ctime;
    copy.nlink = this.nlink;
    copy.bytes = this.bytes;
    copy.size = this.size;
    copy.synced = { ...this.synced };
    copy.frozen = Number.POSITIVE_INFINITY;
    return copy;
  }

  private makeRoom(start: number, end: number): void {
    if (end <= this.bytes.length && start >= this.frozen) return;
    const grown = Buffer.allocUnsafeSlow(
      end <= this.bytes.length ? this.bytes.length : Math.max(64, end * 2),
    );
    this.bytes.copy(grown, 0, 0, this.size);
    this.bytes = grown;
    this.frozen = 0;
  }

  private changedFrom(at: number): void {
    if (at < this.synced.kept) this.synced.kept = at;
    for (const mark of this.pending) if (at < mark.kept) mark.kept = at;
  }
}

/** A folder: names in the order in which they came. */
export class FolderInode {
  readonly kind = 'folder';
  readonly entries = new Map<string, Inode>();
  readonly birthtime: number;
  parent: FolderInode = this;
  folders = 0;
  opens = 0;
  ctime: number;
  /** Number of the last change of its names; see the backlog. */
  lastChange = -1;

  constructor(
    readonly ino: number,
    public mode: number,
    public mtime: number,
  ) {
    this.ctime = mtime;
    this.birthtime = mtime;
  }

  get nlink(): number {
    return 2 + this.folders;
  }

  get size(): number {
    return 4096;
  }

  /** A folder like this one with no names in it. */
  copyEmpty(): FolderInode {
    const copy = new FolderInode(this.ino, this.mode, this.birthtime);
    copy.mtime = this.mtime;
    copy.ctime = this.ctime;
    copy.lastChange = this.lastChange;
    return copy;
  }
}

/** A symbolic link. */
export class LinkInode {
  readonly kind = 'link';
  readonly mode = 0o777;
  readonly birthtime: number;
  nlink = 0;
  opens = 0;
  ctime: number;

  constructor(
    readonly ino: number,
    readonly target: string,
    public mtime: number,
  ) {
    this.ctime = mtime;
    this.birthtime = mtime;
  }

  get size(): number {
    return Buffer.byteLength(this.target);
  }

  copy(): LinkInode {
    const copy = new LinkInode(this.ino, this.target, this.birthtime);
    copy.mtime = this.mtime;
    copy.ctime = this.ctime;
    copy.nlink = this.nlink;
    return copy;
  }
}

export type Inode = FileInode | FolderInode | LinkInode;
