// A Collection is all documents of one kind, each a JSON file of the store, kept parsed in memory.
import type { Store } from './store.ts';

/** What every document has. */
export interface Filed {
  /** Its name, unique in the collection; letters, digits and `._-`. */
  readonly key: string;
  /** Grows by one with each new document of the collection. */
  readonly seq: number;
}

/** Documents by key; each change is in the store before it is returned. */
export class Collection<T extends Filed> {
  readonly #store: Store;
  readonly #folder: string;
  readonly #documents = new Map<string, T>();
  #nextSeq = 1;

  /** Reads what the store holds of this collection. */
  constructor(store: Store, folder: string) {
    this.#store = store;
    this.#folder = folder;
    for (const name of store.names(folder)) {
      const bytes = store.read(`${folder}/${name}`);
      if (bytes !== undefined) this.#keep(JSON.parse(bytes.toString('utf8')) as T);
    }
  }

  #keep(document: T): void {
    this.#documents.set(document.key, document);
    this.#nextSeq = Math.max(this.#nextSeq, document.seq + 1);
  }

  /** The sequence number of the next new document. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  get(key: string): T | undefined {
    return this.#documents.get(key);
  }

  /** Writes a document, new or changed, and returns it. */
  put(document: T): T {
    this.#store.write(`${this.#folder}/${document.key}.json`, `${JSON.stringify(document)}\n`);
    this.#keep(document);
    return document;
  }

  /** All documents, newest first. */
  newestFirst(): T[] {
    return [...this.#documents.values()].sort((a, b) => b.seq - a.seq);
  }
}
