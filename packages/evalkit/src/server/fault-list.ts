// A FaultList is the faults that are still to strike; it is in the store, so that a fault that ends the process strikes once.
import { digestOf } from '../digest.ts';
import { JsonObject } from '../json-object.ts';
import { type Fault, type FaultKind, type FaultPlace, matches, readFault } from './fault.ts';
import type { Store } from './store.ts';

const FILE = 'faults.json';

/** Faults as they are in the store. */
interface Stored {
  /** The digest of the faults the server was started with. */
  readonly start: string;
  readonly left: readonly Fault[];
}

function readList(value: unknown): Fault[] {
  return new JsonObject({ faults: value }, 'faults').objectList('faults').map(readFault);
}

export class FaultList {
  readonly #store: Store;
  readonly #start: string;
  #left: Fault[];

  /**
   * @param start the faults the server is started with, as parsed JSON: a list. When the store remembers the same list,
   * what was left of it goes on
   * @throws Failure naming the fault that is malformed
   */
  constructor(store: Store, start: unknown) {
    this.#store = store;
    this.#left = readList(start);
    this.#start = digestOf(JSON.stringify(start));
    const bytes = store.read(FILE);
    const stored = bytes === undefined ? undefined : (JSON.parse(bytes.toString('utf8')) as Stored);
    if (stored?.start === this.#start) this.#left = [...stored.left];
    else this.#save();
  }

  #save(): void {
    const stored: Stored = { start: this.#start, left: this.#left };
    this.#store.write(FILE, `${JSON.stringify(stored)}\n`);
  }

  /** The faults that are left, in the order in which they were given. */
  get left(): readonly Fault[] {
    return this.#left;
  }

  /** Adds faults after those that are there. @throws Failure naming the one that is malformed */
  add(faults: unknown): void {
    this.#left = [...this.#left, ...readList(faults)];
    this.#save();
  }

  /** Forgets all faults. */
  clear(): void {
    this.#left = [];
    this.#save();
  }

  /**
   * Takes the first fault of these kinds that strikes at a place; it has then struck once, and the store says so.
   * @param wanted a further condition; faults that do not meet it are left as they are
   * @returns the fault, or undefined when all goes well
   */
  take(
    kinds: readonly FaultKind[],
    place: FaultPlace,
    wanted: (fault: Fault) => boolean = () => true,
  ): Fault | undefined {
    if (this.#left.length === 0) return undefined;
    const strikes = (one: Fault): boolean =>
      one.times !== 0 && kinds.includes(one.kind) && matches(one, place);
    const at = this.#left.findIndex((one) => strikes(one) && wanted(one));
    const fault = this.#left[at];
    if (fault === undefined || fault.times === 'always') return fault;
    const after = { ...fault, times: fault.times - 1 };
    this.#left = this.#left.flatMap((one, index) =>
      index === at ? (after.times > 0 ? [after] : []) : [one],
    );
    this.#save();
    return fault;
  }
}
