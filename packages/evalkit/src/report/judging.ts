// A report of judging tells which model's answers were preferred, and why one may believe the judge, or not.
import type { Agreement, Raters } from '../judging/agreement.ts';
import { SIDES } from '../judging/judgement.ts';
import type { Preferences, Rate } from '../judging/preferences.ts';
import { Document, numeric } from './document.ts';
import { count, NONE, percent, percentInterval, pValue, ratio, ratioInterval } from './format.ts';
import { renderMarkdown } from './markdown.ts';

function share({ rate, ci }: Rate): string {
  return rate === null ? NONE : `${percent(rate)} ${percentInterval(ci)}`;
}

function models(page: Document, { models: rows, duels }: Preferences): void {
  page
    .heading(2, 'Models')
    .table(
      'Models by their pairs',
      ['model', ...['pairs', 'wins', 'losses', 'ties', 'score'].map(numeric), 'win rate'],
      rows.map(({ model, pairs, wins, losses, ties, score, win_rate }) => [
        model,
        ...[pairs, wins, losses, ties].map(count),
        percent(score),
        share(win_rate),
      ]),
    )
    .table(
      'Models against each other',
      ['model', 'against', ...['wins', 'losses', 'ties'].map(numeric), 'win rate'],
      duels.map(({ model_a, model_b, wins_a, wins_b, ties, win_rate_a }) => [
        model_a,
        model_b,
        ...[wins_a, wins_b, ties].map(count),
        share(win_rate_a),
      ]),
    );
}

function raters(page: Document, names: readonly [string, string], found: Raters): void {
  page
    .paragraph(
      `Agreement ${share(found.rate)} % of ${count(found.n)} pairs; by chance ${percent(found.expected)} %.`,
      `Cohen's kappa ${ratio(found.kappa)} ${ratioInterval(found.ci)}, standard error ${ratio(found.se)}.`,
    )
    .table(
      `Preferences by ${names[0]} (rows) and ${names[1]} (columns)`,
      [`${names[0]} \\ ${names[1]}`, ...SIDES.map(numeric)],
      SIDES.map((side, index) => [side, ...(found.table[index] ?? []).map(count)]),
    );
}

/** The report as Markdown. */
export function judgingReport(preferences: Preferences, agreement: Agreement): string {
  const { counts, position, settings } = preferences;
  const page = new Document()
    .heading(1, 'Pairwise judging')
    .paragraph(
      `${count(counts.pairs)} pairs of answers; ${count(counts.same)} of them are twice the same text and count as ties.`,
      `Of ${count(counts.judged)} judged pairs, ${count(counts.consistent)} were judged alike in both orders.`,
      `Shares in per cent, with ${percent(1 - settings.alpha)} % intervals.`,
    );
  models(page, preferences);
  page
    .heading(2, 'Position')
    .paragraph(
      `The answer that stands first was preferred in ${share(position.first)} % of ${count(position.first.of)} judgements that prefer one; ${count(position.ties)} are ties.`,
      `When the order was turned, the preference stayed with the first place in ${count(position.both_first)} pairs and with the second in ${count(position.both_second)} (sign test p = ${pValue(position.p)}).`,
    )
    .heading(2, 'Agreement with people');
  if (agreement.labels === null)
    page.paragraph('No labels by people yet. Nothing here says that the judge judges as a person would.');
  else {
    const { rows, used, outdated, unknown, not_judged } = agreement.labels;
    page.paragraph(
      `${count(rows)} labels, ${count(used)} of them used; left out: ${count(outdated)} about answers that have changed since, ${count(unknown)} of unknown pairs, ${count(not_judged)} of pairs without a judgement.`,
    );
  }
  if (agreement.people !== null) raters(page, ['people', 'judge'], agreement.people);
  page.heading(2, 'Agreement of the judge with itself');
  if (agreement.orders === null) page.paragraph('No pair was judged in both orders.');
  else raters(page, ['a first', 'b first'], agreement.orders);
  page
    .heading(2, 'Methods')
    .list([
      ...Object.values(preferences.methods),
      ...Object.values(agreement.methods),
      ...preferences.notes,
      ...agreement.notes,
    ]);
  return renderMarkdown(page);
}
