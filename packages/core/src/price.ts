// A Price is what a task's work costs by its declaration: US dollars per row and per run, its templates filled in.
import type { Config } from './config.ts';
import type { Task } from './graph.ts';
import { isAmount, type PaidDecl } from './paid.ts';
import type { Pipeline, Target } from './pipeline.ts';
import type { Problems } from './problem.ts';
import { renderText, type Scope } from './scope.ts';
import { usageOf } from './usage.ts';

/** US dollars, with any discount taken off. */
export interface Price {
  /** For each row that is asked; 0 for a target without rows. */
  readonly perRow: number;
  /** For a run, beside what its rows cost. */
  readonly perRun: number;
  /**
   * Whether its target declares what it costs. Where it does not (`paid: true`, tokens with a price and no number), and where
   * a price depends on values of `each` that come `later`, the amounts are 0 and say nothing.
   */
  readonly known: 'declared' | 'undeclared' | 'later';
  /** The share that was taken off. */
  readonly discount: number;
}

/** Whether work is known to cost nothing. */
export function isFree({ perRow, perRun, known }: Price): boolean {
  return known === 'declared' && perRow === 0 && perRun === 0;
}

/** A template of `paid:` and where it stands below it. */
type Named = readonly [template: string, key: readonly (string | number)[]];

/** The templates of a price, with the keys under which they stand. */
export function priceTemplates({ usdPerMtok, tokensPerRow, usd, discount }: PaidDecl): Named[] {
  const named: [string | undefined, Named[1]][] = [
    [usdPerMtok?.[0], ['usd_per_mtok', 'in']],
    [usdPerMtok?.[1], ['usd_per_mtok', 'out']],
    [tokensPerRow?.[0], ['tokens_per_row', 0]],
    [tokensPerRow?.[1], ['tokens_per_row', 1]],
    [usd, ['usd']],
    [discount, ['discount']],
  ];
  return named.flatMap(([template, key]): Named[] => (template === undefined ? [] : [[template, key]]));
}

/** A template as a number of at least 0, of a discount of at most 1; or what is wrong with it. */
function amountOf(
  [template, [key]]: Named,
  scope: Scope,
): number | { readonly message: string; readonly hint?: string } {
  const rendered = renderText(template, scope);
  if (!rendered.ok) return rendered;
  const amount = isAmount(rendered.text) ? Number(rendered.text) : Number.NaN;
  if (key === 'discount')
    return amount <= 1 ? amount : { message: `"${rendered.text}" is no share from 0 to 1` };
  return Number.isFinite(amount) ? amount : { message: `"${rendered.text}" is no number of at least 0` };
}

/**
 * The price of a task of a paid target.
 * @throws when a template gives no amount, which expansion has told as a problem
 */
export function priceOf(
  { target, placeholder }: Pick<Task, 'target' | 'placeholder'>,
  paid: PaidDecl,
  scope: Scope,
): Price {
  const amounts = new Map<string, number>();
  for (const named of priceTemplates(paid)) {
    const amount = amountOf(named, scope);
    if (typeof amount === 'number') amounts.set(named[1].join('.'), amount);
    else if (placeholder) return { perRow: 0, perRun: 0, known: 'later', discount: 0 };
    else throw new Error(`the price of "${target.name}": ${amount.message}`);
  }
  const discount = amounts.get('discount') ?? 0;
  const perRun = amounts.get('usd');
  const perRow = rowPrice(amounts, target.rows !== undefined);
  const known = perRow === undefined && perRun === undefined ? 'undeclared' : 'declared';
  return { perRow: (perRow ?? 0) * (1 - discount), perRun: (perRun ?? 0) * (1 - discount), known, discount };
}

/** What a row costs by its tokens, by the keys of its amounts; undefined when that is not declared. */
function rowPrice(amounts: ReadonlyMap<string, number>, hasRows: boolean): number | undefined {
  const [usdIn, usdOut] = [amounts.get('usd_per_mtok.in'), amounts.get('usd_per_mtok.out')];
  if (usdIn === undefined || usdOut === undefined) return undefined;
  // However many tokens there are.
  if (usdIn === 0 && usdOut === 0) return 0;
  const [tokensIn, tokensOut] = [amounts.get('tokens_per_row.0'), amounts.get('tokens_per_row.1')];
  if (tokensIn === undefined || tokensOut === undefined || !hasRows) return undefined;
  return (tokensIn * usdIn + tokensOut * usdOut) / 1e6;
}

/** What a price is read in. */
export interface PaidCheck {
  readonly pipeline: Pipeline;
  readonly config: Config;
  readonly env: Scope['env'];
  readonly problems: Problems;
}

/** Tells what is wrong with the price of a target, and what makes paid work unsafe to repeat. */
export function checkPaid(
  target: Target,
  tasks: readonly Pick<Task, 'each' | 'placeholder'>[],
  { pipeline, config, env, problems }: PaidCheck,
): void {
  if (target.paid === undefined) return;
  const at = ['targets', target.name];
  if (target.retries > 0 && target.rows === undefined && !usageOf(target, pipeline).state)
    problems.error(
      'paid-retries',
      [...at, 'retries'],
      `"${target.name}" is paid and not resumable: what a failed attempt bought would be bought again by "retries"`,
      { hint: 'write retries: 0, or use ${{ state }} or "rows", by which a command goes on where it was' },
    );
  for (const task of tasks) {
    if (task.placeholder) continue;
    const scope: Scope = { config, vars: pipeline.vars, each: task.each, env };
    for (const named of priceTemplates(target.paid)) {
      const amount = amountOf(named, scope);
      if (typeof amount === 'number') continue;
      const [, key] = named;
      problems.error(
        'bad-price',
        [...at, 'paid', ...key],
        `paid.${key.join('.')} of "${target.name}": ${amount.message}`,
        amount.hint === undefined ? {} : { hint: amount.hint },
      );
    }
  }
}
