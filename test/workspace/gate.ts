// A gate: where commands stop until the test lets them through, so that no test needs to sleep.
import { createServer, type Server, type Socket } from 'node:net';

/** How long a test waits for a command to arrive (milliseconds). */
const patience = 30_000;

/** One command that stands at the gate. */
export class Visit {
  readonly name: string;
  /** The process that waits: a grandchild of evalmake. */
  readonly pid: number;
  /** The shell that runs the command: a child of evalmake. */
  readonly shell: number;
  readonly #socket: Socket;
  /** Resolves when the waiting process has ended, for whatever reason. */
  readonly gone: Promise<void>;

  constructor(greeting: { name: string; pid: number; shell: number }, socket: Socket) {
    this.name = greeting.name;
    this.pid = greeting.pid;
    this.shell = greeting.shell;
    this.#socket = socket;
    this.gone = new Promise((resolve) => socket.on('close', () => resolve()));
  }

  /** Lets the command go on; the waiting process exits with `code`. */
  pass(code = 0): void {
    this.#socket.write(`${code}\n`);
  }
}

export class Gate {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #present: Visit[] = [];
  readonly #wanted: { name: string; take: (visit: Visit) => void }[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#greet(socket));
  }

  static async open(path: string): Promise<Gate> {
    const server = createServer();
    const gate = new Gate(server);
    await new Promise<void>((resolve, reject) => server.on('error', reject).listen(path, resolve));
    return gate;
  }

  /** The next visit under a name that no earlier call was given. */
  next(name: string): Promise<Visit> {
    const index = this.#present.findIndex((visit) => visit.name === name);
    if (index >= 0) return Promise.resolve(this.#present.splice(index, 1)[0] as Visit);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nobody came to the gate as "${name}"`)), patience);
      const take = (visit: Visit): void => {
        clearTimeout(timer);
        resolve(visit);
      };
      this.#wanted.push({ name, take });
    });
  }

  /** Turns everybody away; the waiting processes exit with 97. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #greet(socket: Socket): void {
    this.#sockets.add(socket);
    let text = '';
    socket.setEncoding('utf8').on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (part: string) => {
      text += part;
      if (!text.endsWith('\n')) return;
      const visit = new Visit(JSON.parse(text), socket);
      text = '';
      const index = this.#wanted.findIndex((wish) => wish.name === visit.name);
      if (index < 0) this.#present.push(visit);
      else this.#wanted.splice(index, 1)[0]?.take(visit);
    });
  }
}
