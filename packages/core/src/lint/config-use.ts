// ConfigUse finds keys of the config that nothing reads, so that changing one changes nothing.
import { isMap, type Json } from '../json.ts';
import { givenConfig, type Pipeline } from '../pipeline.ts';
import { refs } from '../template.ts';
import type { Finding, LintScene } from './finding.ts';

type Path = readonly (string | number)[];

/** Keys that no target counts or is given, and no template names; of a whole map only its own key. */
export function unusedConfig({ graph, config }: LintScene): Finding[] {
  const { configFile } = graph.pipeline;
  if (configFile === undefined) return [];
  const used = usedKeys(graph.pipeline);
  if (used.includes('*')) return [];
  const paths = used.map((key) => key.split('.'));
  return unusedBelow(config.value, [], paths).map((path): Finding => {
    const key = path.join('.');
    return {
      code: 'config-unused',
      severity: 'warning',
      file: configFile,
      pointer: path,
      atKey: true,
      message: `nothing reads the config key "${key}": no command is given it, and changing it changes nothing`,
      hint: 'name it under "config:" of the target that needs it (or "uncounted:" when it changes no result), or remove it',
    };
  });
}

/** The dotted keys that a pipeline reads anywhere: declared, in templates, as the values of `each`. */
function usedKeys(pipeline: Pipeline): string[] {
  const keys = pipeline.targets.flatMap((target) => [
    ...givenConfig(target),
    ...target.each.flatMap(({ source }) => (source.kind === 'config' ? [source.key] : [])),
  ]);
  const named = templatesIn(pipeline)
    .flatMap(refs)
    .filter(({ path }) => path[0] === 'config' && path.length > 1);
  return [
    ...keys,
    ...named.map(({ path }) => path.slice(1, path.at(-1) === 'slug' ? -1 : undefined).join('.')),
  ];
}

/** Every text of a pipeline that holds a reference: it is plain data. */
function templatesIn(value: unknown): string[] {
  if (typeof value === 'string') return value.includes('${{') ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(templatesIn);
}

function unusedBelow(value: Json, at: Path, used: readonly (readonly string[])[]): Path[] {
  const inside = used.filter((path) => at.every((step, i) => i >= path.length || path[i] === String(step)));
  if (inside.some((path) => path.length <= at.length && at.length > 0)) return [];
  // `x-…` is where people keep what anchors refer to; `$schema` is for editors.
  if (/^(?:x-|\$)/.test(String(at.at(-1) ?? ''))) return [];
  if (inside.length === 0 && at.length > 0) return [at];
  if (isMap(value))
    return Object.keys(value).flatMap((key) => unusedBelow(value[key] as Json, [...at, key], inside));
  // Of a list some items may be meant by their place: the others stand with them.
  return [];
}
