// A Price is what a task's work costs by its declaration: US dollars per row and per run, its templates filled in.
import type { Config } from './config.ts';
import type { Task } from './graph.ts';
import { isAmount, type PaidDecl } from './paid.ts';
import type { Pipeline, Target } from './pipeline.ts';
import type { Problems } from './problem.ts';
import { renderText, type Scope } from './scope.ts';
import { usageOf } from './usage.ts';

/** US dollars. */
export interface Price {
  /** For each row that is asked; 0 for a target without rows. */
  readonly perRow: number;
  /** For a run, beside what its rows cost. */
  readonly perRun: number;
}

/** A template of `paid:` and where it stands below it. */
type Named = readonly [template: string, key: readonly (string | number)[]];

/** The templates of a price, with the keys under which they stand. */
export function priceTemplates(paid: PaidDecl): Named[] {
  return [
    [paid.usdPerMtokIn, ['usd_per_mtok', 'in']],
    [paid.usdPerMtokOut, ['usd_per_mtok', 'out']],
    [paid.tokensPerRow[0], ['tokens_per_row', 0]],
    [paid.tokensPerRow[1], ['tokens_per_row', 1]],
    [paid.usd, ['usd']],
  ];
}

/** A template as a number of at least 0, or what is wrong with it. */
function amountOf(
  template: string,
  scope: Scope,
): number | { readonly message: string; readonly hint?: string } {
  const rendered = renderText(template, scope);
  if (!rendered.ok) return rendered;
  if (isAmount(rendered.text) && Number.isFinite(Number(rendered.text))) return Number(rendered.text);
  return { message: `"${rendered.text}" is no number of at least 0` };
}

/**
 * The price of a task of a paid target.
 * @throws when a template gives no amount, which expansion has told as a problem
 */
export function priceOf({ target }: Pick<Task, 'target'>, paid: PaidDecl, scope: Scope): Price {
  const amounts = priceTemplates(paid).map(([template]) => {
    const amount = amountOf(template, scope);
    if (typeof amount !== 'number') throw new Error(`the price of "${target.name}": ${amount.message}`);
    return amount;
  });
  const [usdIn, usdOut, tokensIn, tokensOut, perRun] = amounts as [number, number, number, number, number];
  const perRow = target.rows === undefined ? 0 : (tokensIn * usdIn + tokensOut * usdOut) / 1e6;
  return { perRow, perRun };
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
    for (const [template, key] of priceTemplates(target.paid)) {
      const amount = amountOf(template, scope);
      if (typeof amount === 'number') continue;
      problems.error(
        'bad-price',
        [...at, 'paid', ...key],
        `paid.${key.join('.')} of "${target.name}": ${amount.message}`,
        amount.hint === undefined ? {} : { hint: amount.hint },
      );
    }
  }
}
