// A report of trials is one table: what every treatment did to the primary endpoint.
import type { TrialResult, TrialsDocument } from '../stats/trials.ts';
import { Document, numeric } from './document.ts';
import { count, METRIC_NAMES, percent, points, pointsInterval, pValue, TYPE_NAMES } from './format.ts';
import { renderMarkdown } from './markdown.ts';

function row(trial: TrialResult): string[] {
  return [
    trial.trial,
    count(trial.n),
    percent(trial.control_mean),
    percent(trial.treatment_mean),
    points(trial.delta),
    pointsInterval(trial.ci),
    pValue(trial.p),
    pValue(trial.p_holm),
    trial.verdict,
  ];
}

/** The report as Markdown. */
export function trialsReport({ primary, settings, trials, methods, notes }: TrialsDocument): string {
  const { metric, type, temp } = primary;
  const level = percent(1 - settings.alpha);
  const page = new Document()
    .heading(1, `${settings.trials} trials`)
    .paragraph(
      `Primary endpoint: ${METRIC_NAMES[metric]}, ${TYPE_NAMES[type]} questions, temperature ${temp}.`,
      `Shares in per cent, differences (treatment minus control) in points with ${level} % intervals that are not adjusted.`,
      `A verdict is "inconclusive" unless the adjusted p is at most ${settings.alpha}.`,
    )
    .table(
      'The primary endpoint by trial',
      [
        'trial',
        numeric('n'),
        numeric('control'),
        numeric('treatment'),
        numeric('difference'),
        'interval',
        numeric('p'),
        numeric('p (Holm)'),
        'verdict',
      ],
      trials.map(row),
    )
    .list([...Object.values(methods), ...notes]);
  return renderMarkdown(page);
}
