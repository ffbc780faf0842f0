// The public names of the core, in reading order. Parsing is apart (`@evalmake/core/parse`): it loads the YAML library.

export * from './adoption.ts';
export * from './check.ts';
export { brokenMessage, checkDigest, formatIn, judge, looksInside, needs, placeIn } from './check-judge.ts';
export * from './config.ts';
export * from './decide.ts';
export * from './edges.ts';
export * from './event.ts';
export * from './expand.ts';
export * from './fingerprint.ts';
export * from './graph.ts';
export * from './json.ts';
export * from './manifest.ts';
export * from './paid.ts';
export * from './pipeline.ts';
export * from './plan.ts';
export * from './ports.ts';
export * from './problem.ts';
export * from './reason.ts';
export * from './record.ts';
export * from './render-command.ts';
export * from './report.ts';
export * from './rows.ts';
export * from './scope.ts';
export * from './suggest.ts';
export * from './template.ts';
export * from './usage.ts';
