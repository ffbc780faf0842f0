// Non-inferiority: is the treatment worse by less than a margin stated beforehand?
import type { ClusterMean } from './cluster-robust.ts';
import type { NonInferiority } from './significance-result.ts';
import { studentOneSided, studentQuantile } from './student.ts';
import type { Better } from './terms.ts';

/**
 * The one-sided confidence bound of the difference against -margin, with the cluster-robust t reference (Piaggio et
 * al., CONSORT for non-inferiority, JAMA 308 (2012) 2594-2604). It is one one-sided test, not TOST.
 * A standard error of 0 (every pair alike) carries no information about sampling error: no verdict.
 * @param difference mean of treatment minus control
 * @param better direction of the metric; null is returned for `neither`
 * @param margin above 0, in the metric's unit
 */
export function nonInferiority(
  difference: ClusterMean,
  better: Better,
  { margin, alpha }: { readonly margin: number; readonly alpha: number },
): NonInferiority | null {
  if (better === 'neither') return null;
  const { se, df } = difference;
  if (se === null || se === 0) return { margin, bound: null, p: null, non_inferior: null };
  const gain = better === 'higher' ? difference.mean : -difference.mean;
  const bound = gain - studentQuantile(1 - alpha, df) * se;
  return { margin, bound, p: studentOneSided(-(gain + margin) / se, df), non_inferior: bound > -margin };
}
