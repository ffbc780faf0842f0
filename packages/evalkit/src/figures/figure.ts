// A Figure is one drawing of the evaluation report before it is rendered: a Vega-Lite spec with the words around it.

/** Every figure this phase owns, in reading order; files of these names in the folder are ours. */
export const FIGURE_NAMES = [
  'effects',
  'discordance',
  'selective-risk',
  'risk-by-threshold',
  'power',
  'cost-plane',
  'acceptability',
  'costs',
] as const;

export type FigureName = (typeof FIGURE_NAMES)[number];

/** A JSON object of the Vega-Lite language; the compiler judges it, not the type checker. */
export type Spec = Readonly<Record<string, unknown>>;

export interface Figure {
  readonly name: FigureName;
  readonly title: string;
  /** How to read it: what is drawn, the units, the marks. */
  readonly caption: string;
  /** What it shows, for somebody who cannot see it. */
  readonly alt: string;
  /** Names of the result documents it is drawn from. */
  readonly sources: readonly string[];
  /** Everything but $schema, config and background, which all figures share. */
  readonly spec: Spec;
}

/** A figure, or null when the results have nothing to draw. */
export type MaybeFigure = Figure | null;
