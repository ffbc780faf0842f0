// TimeText is a duration in as few columns as a live display has for it, and how long a build will still take.

/** How long a build will still take, as far as former builds tell. */
export interface Eta {
  readonly ms: number;
  /** Whether all of what is left has been timed before. */
  readonly certain: boolean;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** `41s`, `1m04s`, `2h10m`, `3d04h`. */
export function shortTime(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s}s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m}m${two(s % 60)}s`;
  const h = Math.floor(m / 60);
  return h < 24 ? `${h}h${two(m % 60)}m` : `${Math.floor(h / 24)}d${two(h % 24)}h`;
}

/** `about 8m left`; above two minutes no seconds, which nobody can know. */
export function leftText(eta: Eta | undefined): string {
  if (eta === undefined || !Number.isFinite(eta.ms)) return '';
  const word = eta.certain ? 'about' : 'perhaps';
  const s = Math.max(1, eta.ms / 1000);
  if (s <= 115) return `${word} ${s < 10 ? Math.ceil(s) : Math.ceil(s / 5) * 5}s left`;
  const m = Math.round(s / 60);
  if (m < 120) return `${word} ${m}m left`;
  return `${word} ${Math.floor(m / 60)}h${two(m % 60)}m left`;
}
