// The costs of past runs: what was paid, per run and target, held against what was expected.
import { join } from 'node:path';
import { money, moneyText, usdOf } from '@evalmake/core';
import { Ledger, type LedgerEntry, stateDir } from '@evalmake/engine';
import type { Options } from './options.ts';
import { printable } from './style.ts';
import { tableLines, whenText } from './text-table.ts';

/** What one run paid for one target. */
export interface CostLine {
  readonly run: number;
  /** When the last of it was paid, ISO 8601 in UTC. */
  readonly at: string;
  readonly target: string;
  readonly payments: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly paidUsd: number;
  /** What finished work was expected to cost, and what it cost; undefined when none of it finished. */
  readonly estimateUsd?: number;
  readonly actualUsd?: number;
}

/** Tells what was paid. */
export function tellCosts(root: string, options: Pick<Options, 'targets' | 'json'>): void {
  const ledger = new Ledger(join(root, stateDir, 'costs.jsonl'));
  const lines = costLines(ledger.entries, options.targets);
  for (const warning of ledger.warnings) process.stderr.write(`evalmake: warning: ${warning}\n`);
  process.stdout.write(
    options.json ? `${JSON.stringify(costDocument(lines))}\n` : renderCosts(lines, options.targets),
  );
}

/**
 * Payments by run and target, oldest run first.
 * @param targets names of targets or tasks; none means all
 */
export function costLines(entries: readonly LedgerEntry[], targets: readonly string[]): CostLine[] {
  const sums = new Map<string, { -readonly [K in keyof CostLine]: CostLine[K] }>();
  for (const entry of entries) {
    if (targets.length > 0 && !targets.includes(entry.target) && !targets.includes(entry.task)) continue;
    const key = `${entry.run}\0${entry.target}`;
    const { run, at, target } = entry;
    const line = sums.get(key) ?? { run, at, target, payments: 0, tokensIn: 0, tokensOut: 0, paidUsd: 0 };
    sums.set(key, line);
    line.at = at;
    if (entry.kind === 'paid') {
      line.payments++;
      line.tokensIn += entry.in;
      line.tokensOut += entry.out;
      line.paidUsd = sum(line.paidUsd, entry.usd);
    } else {
      line.estimateUsd = sum(line.estimateUsd ?? 0, entry.estimateUsd);
      line.actualUsd = sum(line.actualUsd ?? 0, entry.usd);
    }
  }
  return [...sums.values()];
}

/** A sum in whole billionths: it does not depend on the order. */
function sum(a: number, b: number): number {
  return usdOf(money(a) + money(b));
}

function costDocument(lines: readonly CostLine[]): object {
  return { format: 'evalmake.costs', version: 1, runs: lines, totalUsd: totalOf(lines) };
}

function totalOf(lines: readonly CostLine[]): number {
  return lines.reduce((n, line) => sum(n, line.paidUsd), 0);
}

function renderCosts(lines: readonly CostLine[], targets: readonly string[]): string {
  if (lines.length === 0)
    return `nothing was paid${targets.length === 0 ? ' here' : ` for ${targets.join(', ')}`}\n`;
  const head = ['run', 'when', 'target', 'payments', 'tokens in', 'tokens out', 'paid', 'expected', ''];
  const rows = lines.map((line) => [
    String(line.run),
    whenText(line.at),
    printable(line.target),
    String(line.payments),
    String(line.tokensIn),
    String(line.tokensOut),
    moneyText(money(line.paidUsd)),
    line.estimateUsd === undefined ? '' : moneyText(money(line.estimateUsd)),
    offText(line),
  ]);
  const last = [
    '',
    '',
    'in all',
    String(lines.reduce((n, l) => n + l.payments, 0)),
    '',
    '',
    moneyText(money(totalOf(lines))),
  ];
  return `${tableLines([head, ...rows, last], [0, 3, 4, 5, 6, 7]).join('\n')}\n`;
}

/** How far the estimate of finished work was off. */
function offText({ estimateUsd, actualUsd }: CostLine): string {
  if (estimateUsd === undefined || actualUsd === undefined || estimateUsd === 0) return '';
  const percent = Math.round((actualUsd / estimateUsd - 1) * 100);
  return percent === 0
    ? 'as expected'
    : `${Math.abs(percent)} % ${percent > 0 ? 'more' : 'less'} than expected`;
}
