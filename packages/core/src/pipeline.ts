// The Pipeline is what the author wrote in pipeline.yaml, validated but not yet expanded into tasks.
import type { CheckSpec } from './check.ts';
import type { Json } from './json.ts';
import type { PaidDecl } from './paid.ts';
import type { RowsDecl } from './rows-decl.ts';

/** Text that may hold `${{ … }}` references. */
export type Template = string;

/** A scalar as JSON and as it stands in the source (`1.0` stays `1.0`). */
export interface Scalar {
  readonly json: Json;
  readonly text: string;
}

/** Where the values of an `each` variable come from. */
export type EachSource =
  | { readonly kind: 'list'; readonly items: readonly EachItem[] }
  | { readonly kind: 'config'; readonly key: string }
  | { readonly kind: 'glob'; readonly pattern: Template }
  | { readonly kind: 'range'; readonly from: Template; readonly to: Template; readonly step: Template }
  | { readonly kind: 'from'; readonly target: string; readonly output: string | undefined };

/** One value of a literal list: a scalar, or a map of scalars (`condition.prompt`). */
export type EachItem =
  | ({ readonly kind: 'scalar' } & Scalar)
  | { readonly kind: 'map'; readonly fields: Readonly<Record<string, Scalar>> };

/** An `each` variable. */
export interface EachDecl {
  readonly name: string;
  readonly source: EachSource;
}

/** Where the files of an input come from. */
export type InputSource =
  | { readonly kind: 'path'; readonly path: Template }
  | { readonly kind: 'glob'; readonly pattern: Template }
  | { readonly kind: 'from'; readonly target: string; readonly output: string | undefined };

/** One declared input. The name is '' for an input without one. */
export interface InputDecl {
  readonly name: string;
  readonly sources: readonly InputSource[];
  readonly optional: boolean;
  readonly orderOnly: boolean;
  readonly external: boolean;
  /** `listing` digests names and sizes only: for model files too large to read. */
  readonly digest: 'content' | 'listing';
  /** An option word that stands before the paths, and goes when the input is left out. */
  readonly flag: string | undefined;
  /** Selects instances of a `from` target: its variable -> the value wanted. */
  readonly where: Readonly<Record<string, Template>>;
}

/** One declared output. The name is '' for a single output without one. */
export interface OutputDecl {
  readonly name: string;
  readonly path: Template;
  readonly kind: 'file' | 'dir' | 'glob';
}

/** Where commands run. */
export type ExecutorName = 'local' | 'slurm';

/** One target. */
export interface Target {
  readonly name: string;
  readonly desc: string | undefined;
  /** A bash script, an argv list, or nothing for a target that only groups others. */
  readonly run: Template | readonly Template[] | undefined;
  readonly each: readonly EachDecl[];
  readonly exclude: readonly Readonly<Record<string, Scalar>>[];
  readonly inputs: readonly InputDecl[];
  readonly outputs: readonly OutputDecl[];
  /** Dotted config keys the command reads; `['*']` for all. */
  readonly config: readonly string[];
  /** Config keys that the command is given and that change no result: prices, seconds between two looks. */
  readonly uncounted: readonly string[];
  /** Variables set for the command. */
  readonly env: Readonly<Record<string, Template>>;
  /** Variables of the surrounding environment that count. */
  readonly envNames: readonly string[];
  readonly secrets: readonly string[];
  /** Secrets that may be missing (`NAME?`): a provider that needs none runs without. */
  readonly optionalSecrets: readonly string[];
  readonly envFile: string | undefined;
  readonly when: Template | boolean | undefined;
  readonly checks: readonly CheckSpec[];
  readonly manifest: Template | undefined;
  readonly stage: string;
  readonly timeoutMs: number | undefined;
  readonly retries: number;
  readonly pool: string | undefined;
  readonly executor: ExecutorName;
  /** What its jobs ask of a cluster, by the words of `slurm:`; no part of any fingerprint. */
  readonly slurm: Readonly<Record<string, Template>>;
  readonly version: string | undefined;
  readonly cwd: Template | undefined;
  readonly prelude: string | undefined;
  readonly code: readonly Template[];
  readonly rebuild: 'all' | 'missing';
  readonly keep: boolean;
  readonly frozen: boolean;
  readonly nondeterministic: boolean;
  readonly depsFile: Template | undefined;
  readonly metrics: Readonly<Record<string, string>>;
  /** How answers are kept by row. */
  readonly rows: RowsDecl | undefined;
  /** What its command costs; undefined for work that is free. */
  readonly paid: PaidDecl | undefined;
}

/** All config keys that a target's command is given. */
export function givenConfig({ config, uncounted }: Target): string[] {
  return [...config, ...uncounted];
}

/** Where results are shared between checkouts. */
export interface CacheDecl {
  /** The address of a server that speaks Bazel's HTTP cache protocol. */
  readonly url: string;
  readonly read: boolean;
  /** Which builds write; `ci`: those of a server that builds what was merged. */
  readonly write: 'never' | 'always' | 'ci';
  /** What a server is told with each request, with `${{ env.NAME }}` in it. */
  readonly headers: Readonly<Record<string, Template>>;
  /** How long a connection may take, and how long a server may be silent. */
  readonly timeoutMs: number;
  /** What keeps the results of one project apart from those of others; the name of the pipeline unless said otherwise. */
  readonly namespace: string | undefined;
  /** Whether plain http may be spoken with other machines. */
  readonly insecure: boolean;
  /** Where the private key is that signs what is sent: a file, or `${{ env.NAME }}`. */
  readonly sign: string | undefined;
  /** Whose results count, by their public keys; everybody's when it is not said. */
  readonly trust: readonly string[] | undefined;
}

/** A whole validated pipeline. Plain data, so that it can be cached as JSON under the digest of its text. */
export interface Pipeline {
  readonly name: string;
  readonly configFile: string | undefined;
  readonly configSchema: string | undefined;
  readonly default: readonly string[] | undefined;
  readonly pools: Readonly<Record<string, number>>;
  readonly vars: Readonly<Record<string, Template>>;
  readonly targets: readonly Target[];
  /** Folder in which bought answers are kept, when not below `.evalmake`. */
  readonly paidStore: string | undefined;
  /** US dollars that one build may spend without asking. */
  readonly budgetUsd: number | undefined;
  readonly cache: CacheDecl | undefined;
}
