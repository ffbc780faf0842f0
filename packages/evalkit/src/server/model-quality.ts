// A model's quality is how well the reader reads under that model's name, so that names can be compared with each other.

export interface ModelQuality {
  /** Added to the temperature at which the reader chooses: 0 reads as well as it can. */
  readonly unsteadiness: number;
  /** Share of the way to always answering by which its threshold of support is lowered, 0 to 1. */
  readonly boldness: number;
  /** What its noise is seeded with besides the request; empty for the first model. */
  readonly seed: string;
}

/** The reader as it is: the model embedded-reader-1 and every name that is not one of the family. */
const PLAIN: ModelQuality = { unsteadiness: 0, boldness: 0, seed: '' };

/**
 * The quality of a model by its name. `embedded-reader-2`, `-3`, … read ever less steadily and abstain ever less; the
 * steps are chosen so that a few hundred questions tell neighbours apart.
 */
export function qualityOf(model: string): ModelQuality {
  const rank = Number(/^embedded-reader-(\d{1,2})$/.exec(model)?.[1] ?? 1);
  if (rank <= 1) return PLAIN;
  return {
    unsteadiness: 0.35 * (rank - 1),
    boldness: Math.min(1, 0.2 * (rank - 1)),
    seed: model,
  };
}
