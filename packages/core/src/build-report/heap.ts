// A Heap gives back what was put in, the smallest first; of equal ones the one that was put in first.

interface Item<T> {
  readonly at: number;
  readonly order: number;
  readonly value: T;
}

/** Values with the number that orders them. */
export class Heap<T> {
  private readonly items: Item<T>[] = [];
  private puts = 0;

  /** How many values it holds. */
  get size(): number {
    return this.items.length;
  }

  /** Puts a value in. */
  push(at: number, value: T): void {
    const { items } = this;
    items.push({ at, order: this.puts++, value });
    for (let i = items.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (this.before(parent, i)) return;
      this.swap(i, parent);
      i = parent;
    }
  }

  /** Takes the smallest out; undefined when it is empty. */
  pop(): { readonly at: number; readonly value: T } | undefined {
    const { items } = this;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    items[0] = last;
    for (let i = 0; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < items.length && this.before(child, least)) least = child;
      if (least === i) return first;
      this.swap(i, least);
      i = least;
    }
  }

  private before(a: number, b: number): boolean {
    const x = this.items[a] as Item<T>;
    const y = this.items[b] as Item<T>;
    return x.at < y.at || (x.at === y.at && x.order < y.order);
  }

  private swap(a: number, b: number): void {
    const { items } = this;
    const first = items[a] as Item<T>;
    items[a] = items[b] as Item<T>;
    items[b] = first;
  }
}
