// A Theme is what all figures look like: colours, letters, axes.
import type { Spec } from './figure.ts';

/** Text, axes and zero lines. The renderer turns it into a variable of CSS, so that a dark page can set it. */
export const INK = '#222222';
/** Grid lines, likewise. */
export const GRID = '#dddddd';

/**
 * Okabe & Ito's colours, which can be told apart by all, without black and yellow, which a background may swallow; the light ones
 * darkened, so that all have a contrast of 3 with a white page and with a dark one.
 */
export const PALETTE = ['#0072B2', '#D55E00', '#009E73', '#B85C92', '#B87700', '#3B8DC4'] as const;

/** Favourable, unfavourable, neither: the same in all figures. */
export const GOOD = PALETTE[0];
export const BAD = PALETTE[1];
export const NEITHER = '#8c8c8c';

const FONT = 'Helvetica, Arial, sans-serif';

/** The `config` of every spec. */
export const CONFIG: Spec = {
  font: FONT,
  aria: false,
  padding: 8,
  view: { stroke: null },
  axis: {
    labelColor: INK,
    labelFontSize: 11,
    labelLimit: 0,
    labelFlush: false,
    titleColor: INK,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    titleLimit: 0,
    gridColor: GRID,
    domainColor: INK,
    tickColor: INK,
  },
  legend: {
    orient: 'top',
    labelColor: INK,
    labelFontSize: 11,
    labelLimit: 0,
    titleColor: INK,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    titleLimit: 0,
    symbolOpacity: 1,
    symbolBaseFillColor: INK,
    columns: 3,
  },
  title: {
    anchor: 'start',
    frame: 'group',
    color: INK,
    fontSize: 12,
    fontWeight: 'bold',
    subtitleColor: INK,
    subtitleFontSize: 11,
    offset: 8,
    limit: 0,
  },
  text: { color: INK, fontSize: 11 },
  concat: { spacing: 22 },
};

/** The axis of a list of names: no line, some room beside the text. */
export const NAMES_AXIS: Spec = { title: null, grid: false, ticks: false, domain: false, labelPadding: 8 };

/** A colour channel for treatments; a legend only where there is more than one. */
export function treatmentColour(labels: readonly string[]): Spec {
  return {
    field: 'treatment',
    type: 'nominal',
    scale: { domain: labels, range: labels.map((_, index) => PALETTE[index % PALETTE.length]) },
    legend: labels.length > 1 ? { title: 'treatment' } : null,
  };
}

/** A straight line across the panel at one value of x or y. */
export function ruleAt(channel: 'x' | 'y', value: number, mark: Spec = {}): Spec {
  return {
    data: { values: [{ at: value }] },
    mark: { type: 'rule', color: INK, ...mark },
    encoding: { [channel]: { field: 'at', type: 'quantitative' } },
  };
}
