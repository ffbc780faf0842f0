// Parallel: some work done for each of a list, so many at a time.

/** Does work for each, and gives the results in the order of the list. The first error ends it, when what runs has ended. */
export async function inParallel<T, R>(
  list: readonly T[],
  atATime: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const out = new Array<R>(list.length);
  let next = 0;
  let broken = false;
  const worker = async (): Promise<void> => {
    while (next < list.length && !broken) {
      const i = next++;
      try {
        out[i] = await work(list[i] as T);
      } catch (error) {
        broken = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(atATime, list.length) }, worker);
  const ended = await Promise.allSettled(workers);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return out;
}
