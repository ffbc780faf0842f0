// Reads `slurm:`: what the jobs of a target ask of a cluster.
import type { Json } from './json.ts';
import type { Template } from './pipeline.ts';
import type { Pointer } from './problem.ts';
import type { Shape } from './shape.ts';

const keys = ['partition', 'time', 'mem', 'cpus', 'gres', 'account', 'qos', 'array_limit', 'extra'];

/**
 * Reads the map below `slurm:`. Values are templates and go to Slurm as they are written: it knows what it takes.
 * @param value the map
 * @param at where it stands
 * @param shape notes what does not fit
 */
export function parseSlurm(value: Json | undefined, at: Pointer, shape: Shape): Record<string, Template> {
  const out: Record<string, Template> = {};
  for (const [key, said] of Object.entries(shape.map(value, at, keys) ?? {})) {
    if (!keys.includes(key)) continue;
    const text =
      key === 'extra' ? shape.texts1(said, [...at, key]).join(' ') : shape.text(said, [...at, key]);
    if (text !== undefined) out[key] = text;
  }
  return out;
}
