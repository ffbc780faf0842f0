// A family is a set of hypotheses adjusted together: the primary endpoint by Holm, all others by Benjamini-Hochberg.
import { benjaminiHochberg, holm } from './multiplicity.ts';
import type { Family, FamilyTest } from './significance-result.ts';

/** A hypothesis with its p-value, before adjustment. */
export type RawTest = Omit<FamilyTest, 'p_adjusted' | 'rejected'>;

/** Adjusts a family. The order of the tests is kept. */
export function adjustFamily(
  tests: readonly RawTest[],
  { adjustment, description, alpha }: Pick<Family, 'adjustment' | 'description'> & { readonly alpha: number },
): Family {
  const p = tests.map((test) => test.p);
  const adjusted = adjustment === 'holm' ? holm(p) : benjaminiHochberg(p);
  return {
    adjustment,
    description,
    size: tests.length,
    tests: tests.map((test, i) => {
      const value = adjusted[i] as number;
      return { ...test, p_adjusted: value, rejected: value <= alpha };
    }),
  };
}
