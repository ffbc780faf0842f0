// Consent is asked for once, on a terminal, before a build that would spend more than it may.
import { createInterface } from 'node:readline';
import type { MoneyDocument, Plan } from '@evalmake/core';
import { makePlan, moneyOf, type PlanRequest } from '@evalmake/engine';
import { consentQuestion, moneyLines } from './explain-money.ts';
import type { Options } from './options.ts';
import type { Session } from './session.ts';
import { isOn } from './style.ts';

/** Asks a question and gives the answer; nothing when there was none. */
export type Ask = (question: string) => Promise<string>;

/** What goes on after the question. */
export interface Consented {
  readonly request: PlanRequest;
  readonly plan: Plan;
  readonly asked: boolean;
}

/** Whether somebody is there who could answer. */
export function mayAsk(
  { json, quiet, watch }: Pick<Options, 'json' | 'quiet' | 'watch'>,
  terminal: { readonly stdin: boolean; readonly stderr: boolean; readonly ci: boolean },
): boolean {
  return terminal.stdin && terminal.stderr && !terminal.ci && !json && !quiet && !watch;
}

/** Whether an answer means yes. Whatever is not clearly so does not. */
export function isYes(answer: string): boolean {
  return /^\s*(?:y|yes)\s*$/i.test(answer);
}

/**
 * Asks once whether a build may spend what its plan says, when that is more than it may.
 * @returns the plan that goes on: with consent up to the most that is known, else as it was
 */
export async function withConsent(
  session: Session,
  plan: Plan,
  ask: Ask = askOnTerminal,
): Promise<Consented> {
  const { workspace, request, options } = session;
  const { money } = moneyOf(plan);
  const terminal = {
    stdin: process.stdin.isTTY === true,
    stderr: process.stderr.isTTY === true,
    ci: isOn(process.env.CI),
  };
  if (money === undefined || !money.asks || money.atMostUsd === 0 || !mayAsk(options, terminal))
    return { request, plan, asked: false };
  tell(money);
  if (!isYes(await ask(consentQuestion(money)))) return { request, plan, asked: true };
  const agreed: PlanRequest = { ...request, consent: { maxUsd: money.atMostUsd } };
  return { request: agreed, plan: makePlan(workspace, agreed).value ?? plan, asked: true };
}

function tell(money: MoneyDocument): void {
  for (const line of moneyLines(money)) process.stderr.write(`${line}\n`);
}

function askOnTerminal(question: string): Promise<string> {
  return new Promise((done) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
    let answer = '';
    // The terminal gives Ctrl-C to whoever reads it: it means the whole build, as it does at any other moment.
    lines.on('SIGINT', () => {
      process.kill(process.pid, 'SIGINT');
      lines.close();
    });
    lines.on('close', () => done(answer));
    lines.question(question, (said) => {
      answer = said;
      lines.close();
    });
  });
}
