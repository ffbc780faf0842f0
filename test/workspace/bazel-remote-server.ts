// A BazelRemoteServer answers in this process as bazel-remote does, by what its source says: it reads entries and throws away.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

// Read of version 2.6.2: server/http.go, cache/disk/disk.go, cache/disk/lru.go, utils/validate/action_result.go. What is done
// here and not by nginx:
//   - what is put under /ac/ is decoded, judged, given the name of who sent it, and encoded again: other bytes come back
//   - an entry is there only while each of its files is, with the size it says
//   - /cas/ takes only what has the digest; sizes are known beforehand; the empty file is always there
//   - before /ac/ and /cas/ may stand an instance, which is in the key of an entry only with --enable_ac_key_instance_mangling
//   - what was used longest ago goes when there is no room, in blocks of 4 KiB; what can never fit is refused with 400
//   - no Range, and 200 for what is put; 401 for who must say who they are

/** How a server is started. */
export interface BazelRemoteOptions {
  /** `--max_size`, in bytes. */
  readonly maxBytes?: number;
  /** `--max_blob_size`. */
  readonly maxBlobBytes?: number;
  /** `--enable_ac_key_instance_mangling`. */
  readonly mangled?: boolean;
  /** What must stand in Authorization to write, as with `--htpasswd_file` and `--allow_unauthenticated_reads`. */
  readonly authorization?: string;
}

const hexOf = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const emptyHex = hexOf('');
const blocks = (bytes: number): number => Math.ceil(bytes / 4096) * 4096;

/** A file of an entry, as far as it is judged. */
interface Listed {
  readonly hex: string;
  readonly bytes: number;
}

/** A server on this machine. */
export class BazelRemoteServer {
  /** By `ac/<key>` and `cas/<digest>`; what was used last is last. */
  readonly stored = new Map<string, Buffer>();
  /** How many that are put next find no room, as when much is put at once. */
  busy = 0;
  /** Methods, paths and answers, in their order. */
  readonly log: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly options: BazelRemoteOptions) {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async open(options: BazelRemoteOptions = {}): Promise<BazelRemoteServer> {
    const made = new BazelRemoteServer(options);
    await new Promise<void>((done) => made.#server.listen(0, '127.0.0.1', done));
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Paths of what is there, of one kind. */
  paths(kind: 'ac' | 'cas'): string[] {
    return [...this.stored.keys()].filter((path) => path.startsWith(`${kind}/`));
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((done) => void this.#server.close(() => done()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request) pieces.push(piece as Buffer);
    } catch {
      // The caller went away: nothing is stored.
      return;
    }
    const { method = '', url = '' } = request;
    const [status, body] = this.#judge(request, Buffer.concat(pieces));
    this.log.push(`${method} ${url} ${status}`);
    response.writeHead(status, { 'Content-Length': body.length });
    response.end(method === 'HEAD' ? undefined : body);
  }

  #judge({ method, url = '', headers }: IncomingMessage, body: Buffer): [number, Buffer] {
    const none = Buffer.alloc(0);
    const match = /^\/(?:(.*)\/)?(ac|cas)\/([a-f0-9]{64})$/.exec(url);
    if (match === null) return [400, none];
    const [, instance = '', kind = '', hex = ''] = match;
    const mangled = this.options.mangled === true && kind === 'ac' && instance !== '';
    const path = `${kind}/${mangled ? hexOf(`${instance}\0${hex}`) : hex}`;
    if (method === 'PUT') {
      const { authorization } = this.options;
      if (authorization !== undefined && headers.authorization !== authorization) return [401, none];
      if (headers['content-length'] === undefined) return [400, none];
      return [this.#put(kind, path, body), none];
    }
    if (method !== 'GET' && method !== 'HEAD') return [405, none];
    const found = kind === 'ac' ? this.#entry(path) : this.#blob(hex);
    return found === undefined ? [404, none] : [200, found];
  }

  #put(kind: string, path: string, body: Buffer): number {
    const { maxBlobBytes = Number.POSITIVE_INFINITY } = this.options;
    if (body.length > maxBlobBytes) return 400;
    if (kind === 'cas') {
      const hex = hexOf(body);
      if (path !== `cas/${hex}`) return body.length === 0 ? 400 : 500;
      return hex === emptyHex ? 200 : this.#add(path, body);
    }
    const files = readEntry(body);
    if (files === undefined) return 400;
    // ExecutedActionMetadata (9) with the worker (1); a field that comes twice is merged.
    return this.#add(path, Buffer.concat([body, lengthy(9, lengthy(1, Buffer.from('127.0.0.1:1')))]));
  }

  #add(path: string, body: Buffer): number {
    const { maxBytes = Number.POSITIVE_INFINITY } = this.options;
    if (body.length > maxBytes) return 400;
    if (this.busy > 0) {
      this.busy--;
      return 507;
    }
    this.stored.delete(path);
    let size = blocks(body.length);
    for (const one of this.stored.values()) size += blocks(one.length);
    for (const [oldest, one] of this.stored) {
      if (size <= maxBytes) break;
      this.stored.delete(oldest);
      size -= blocks(one.length);
    }
    this.stored.set(path, body);
    return 200;
  }

  #used(path: string): Buffer | undefined {
    const found = this.stored.get(path);
    if (found === undefined) return undefined;
    this.stored.delete(path);
    this.stored.set(path, found);
    return found;
  }

  #blob(hex: string): Buffer | undefined {
    return hex === emptyHex ? Buffer.alloc(0) : this.#used(`cas/${hex}`);
  }

  #entry(path: string): Buffer | undefined {
    const found = this.#used(path);
    const files = found && readEntry(found);
    const whole = files?.every(({ hex, bytes }) => this.#blob(hex)?.length === bytes);
    return whole === true ? found : undefined;
  }
}

/** A field of a message, in bytes of which there are few. */
function lengthy(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes]);
}

interface Field {
  readonly field: number;
  readonly number: number;
  readonly bytes: Buffer;
}

/**
 * The fields of a message. Read by hand: a mistake of the library that evalmake writes with would else be made twice.
 * @throws when it is none
 */
function fieldsOf(message: Buffer): Field[] {
  const out: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('it is cut off');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const type = tag % 8;
    if (type > 2 && type !== 5) throw new Error(`there is no type ${type}`);
    const number = type === 0 ? varint() : 0;
    const size = type === 0 ? 0 : type === 1 ? 8 : type === 5 ? 4 : varint();
    const bytes = message.subarray(at, at + size);
    if (bytes.length !== size) throw new Error('it is cut off');
    at += size;
    out.push({ field: Math.floor(tag / 8), number, bytes });
  }
  return out;
}

/** The files of an ActionResult, when it is one that may be there. */
function readEntry(message: Buffer): Listed[] | undefined {
  try {
    const files = fieldsOf(message).flatMap(({ field, bytes }) => (field === 2 ? [readFile(bytes)] : []));
    return files.includes(undefined) ? undefined : (files as Listed[]);
  } catch {
    // Not the message.
    return undefined;
  }
}

function readFile(message: Buffer): Listed | undefined {
  const fields = new Map(fieldsOf(message).map((one) => [one.field, one]));
  const path = fields.get(1)?.bytes.toString() ?? '';
  if (path === '' || path.startsWith('/')) return undefined;
  const digest = new Map(fieldsOf(fields.get(2)?.bytes ?? Buffer.alloc(0)).map((one) => [one.field, one]));
  const hex = digest.get(1)?.bytes.toString() ?? '';
  return /^[a-f0-9]{64}$/.test(hex) ? { hex, bytes: digest.get(2)?.number ?? 0 } : undefined;
}
