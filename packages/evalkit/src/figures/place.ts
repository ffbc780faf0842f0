// A Place is one temperature and type of question: a panel of a figure.
import type { ByTempAndType, QuestionType } from '../results.ts';

export interface Place<T> {
  readonly temp: string;
  readonly type: QuestionType;
  /** By treatment, in the order of the result. */
  readonly entries: readonly (readonly [treatment: string, value: T])[];
}

const TYPES: readonly QuestionType[] = ['open', 'closed'];

/** The places of a result; the one of the primary endpoint stands first. */
export function places<T>(
  results: ByTempAndType<T>,
  first?: { readonly temp: string; readonly type: QuestionType },
): readonly Place<T>[] {
  const all = Object.entries(results).flatMap(([temp, byType]) =>
    TYPES.flatMap((type) => {
      const entries = Object.entries(byType[type] ?? {});
      return entries.length > 0 ? [{ temp, type, entries }] : [];
    }),
  );
  const leads = ({ temp, type }: Place<T>): boolean => temp === first?.temp && type === first.type;
  return [...all.filter(leads), ...all.filter((place) => !leads(place))];
}
