// A Clock of a simulation: what is to happen later, in order; nobody waits, and the time is that of what happens now.

/** A heap of events by time; of two at one moment the one that was asked for first comes first. */
export class Clock {
  nowMs = Date.UTC(2026, 0, 1);
  #heap = [];
  #count = 0;

  /** @param settled resolves when nothing goes on any more that takes real time */
  constructor(settled) {
    this.settled = settled;
  }

  /** A StartTimer, as the engine wants one. */
  timer = (ms, call) => {
    const event = this.after(ms, call, true);
    return () => {
      event.call = undefined;
    };
  };

  /** Calls back after a while; `engine` when what is called goes on by promises, which are waited for. */
  after(ms, call, engine = false) {
    const event = { at: this.nowMs + ms, order: this.#count++, call, engine };
    this.#push(event);
    return event;
  }

  /** Lets things happen until something is so. Throws when nothing is left that could. */
  async until(holds) {
    await this.settled();
    for (let idle = 0; !holds(); ) {
      const event = this.#pop();
      if (event === undefined) {
        // Modules that are just being loaded take real time.
        if (++idle > 200) throw new Error('nothing is left to happen, and it is not over');
        await new Promise((done) => setTimeout(done, 5));
        continue;
      }
      idle = 0;
      if (event.call === undefined) continue;
      this.nowMs = event.at;
      event.call();
      if (event.engine) await this.settled();
    }
  }

  #push(event) {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!before(event, heap[up])) break;
      heap[at] = heap[up];
      at = up;
    }
    heap[at] = event;
  }

  #pop() {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || first === undefined) return first;
    let at = 0;
    for (;;) {
      let next = 2 * at + 1;
      if (next >= heap.length) break;
      if (next + 1 < heap.length && before(heap[next + 1], heap[next])) next++;
      if (!before(heap[next], last)) break;
      heap[at] = heap[next];
      at = next;
    }
    heap[at] = last;
    return first;
  }
}

function before(a, b) {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Numbers from 0 to below 1, the same for the same seed. */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
