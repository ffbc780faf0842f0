// A topological order puts everything after what it needs, or names one circle.

/**
 * Sorts numbered nodes so that each comes after its needs; ties keep their numbers' order.
 * @param needs for each node the nodes it needs
 * @returns the order, or one circle with its first node repeated at the end
 */
export function topological(needs: readonly (readonly number[])[]): { order: number[]; cycle?: number[] } {
  const state = new Uint8Array(needs.length);
  const order: number[] = [];
  for (let root = 0; root < needs.length; root++) {
    if (state[root] !== 0) continue;
    const path: number[] = [root];
    const at: number[] = [0];
    state[root] = 1;
    while (path.length > 0) {
      const node = path[path.length - 1] as number;
      const next = (needs[node] as readonly number[])[at[at.length - 1] as number];
      if (next === undefined) {
        state[node] = 2;
        order.push(node);
        path.pop();
        at.pop();
        continue;
      }
      at[at.length - 1] = (at[at.length - 1] as number) + 1;
      if (state[next] === 1) return { order, cycle: [...path.slice(path.indexOf(next)), next] };
      if (state[next] === 0) {
        state[next] = 1;
        path.push(next);
        at.push(0);
      }
    }
  }
  return { order };
}
