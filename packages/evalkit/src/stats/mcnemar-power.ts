// McNemar power: how many pairs it takes to see a difference of two paired rates.
import { binomialCdf, binomialPmf } from './binomial.ts';
import { mcnemarTest } from './mcnemar.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { findRoot } from './root.ts';

/** A paired binary plan. The difference cannot be larger than the share of discordant pairs. */
export interface DiscordantPlan {
  /** Share of pairs in which exactly one is right, in (0, 1]. */
  readonly discordant: number;
  /** Difference of the two rates, in size; in (0, discordant]. */
  readonly difference: number;
}

/** Two-sided level and wanted power, both in (0, 1). */
export interface Goal {
  readonly alpha: number;
  readonly power: number;
}

/**
 * Pairs needed by Connor (Biometrics 43 (1987) 207-211): ((z_a sqrt(p) + z_b sqrt(p - d^2)) / d)^2 with p the discordant
 * share and d the difference, rounded up.
 */
export function connorPairs({ discordant, difference }: DiscordantPlan, { alpha, power }: Goal): number {
  const za = normalQuantile(1 - alpha / 2);
  const zb = normalQuantile(power);
  const spread = Math.sqrt(Math.max(0, discordant - difference ** 2));
  return Math.max(1, Math.ceil(((za * Math.sqrt(discordant) + zb * spread) / difference) ** 2 - 1e-9));
}

/** Power with n pairs: Connor's formula solved for z_b. The rejection on the wrong side is left out. */
export function connorPower({ discordant, difference }: DiscordantPlan, n: number, alpha: number): number {
  const lead = difference * Math.sqrt(n) - normalQuantile(1 - alpha / 2) * Math.sqrt(discordant);
  const spread = Math.sqrt(Math.max(0, discordant - difference ** 2));
  if (spread === 0) return lead >= 0 ? 1 : 0;
  return normalCdf(lead / spread);
}

/**
 * The smallest difference seen with the wanted power at n pairs: Connor's power inverted, the discordant share held.
 * @returns null when even a difference as large as the discordant share is not seen
 */
export function connorDetectable(discordant: number, n: number, { alpha, power }: Goal): number | null {
  if (!(discordant > 0)) return null;
  const excess = (difference: number): number => connorPower({ discordant, difference }, n, alpha) - power;
  if (excess(discordant) < 0) return null;
  return excess(0) >= 0 ? 0 : findRoot(excess, 0, discordant);
}

/**
 * Exact unconditional power of the two-sided mid-p McNemar test: the number of discordant pairs is Binomial(n, p), and
 * given it the split is binomial (the enumeration of Fagerland, Lydersen & Laake 2013, Methods). Cost grows with n.
 */
export function exactMidPPower({ discordant, difference }: DiscordantPlan, n: number, alpha: number): number {
  const share = (discordant + difference) / (2 * discordant);
  let power = 0;
  // Largest smaller count that is still rejected among m discordant pairs; it moves little from m to m + 1.
  let edge = -1;
  for (let m = 1; m <= n; m += 1) {
    const weight = binomialPmf(m, n, discordant);
    if (weight < 1e-14) continue;
    while (2 * (edge + 1) < m && mcnemarTest(edge + 1, m - edge - 1).mid <= alpha) edge += 1;
    while (edge >= 0 && mcnemarTest(edge, m - edge).mid > alpha) edge -= 1;
    if (edge < 0) continue;
    const reject = binomialCdf(edge, m, share) + binomialCdf(edge, m, 1 - share);
    power += weight * reject;
  }
  return Math.min(1, power);
}
