// Caution is how sure the reader must be before it answers: a number from 0 to 1 that the system prompt sets.

/** A way of wording in a system prompt, and how much it moves the reader. */
interface Cue {
  readonly name: string;
  readonly pattern: RegExp;
  /** Positive: wants silence rather than a doubtful answer. Negative: wants an answer in any case. */
  readonly weight: number;
}

/**
 * The rule is this list: each cue counts once, however often it stands in the prompt. The words are ordinary English
 * for caution and its opposite; a prompt that says nothing of the kind has caution 0.
 */
export const CUES: readonly Cue[] = [
  {
    name: 'offers a way to abstain',
    pattern: /\bi (?:don['’]t|do not) know\b|\babstain\b|\bdecline to answer\b/,
    weight: 0.6,
  },
  {
    name: 'forbids guessing',
    pattern: /\b(?:do not|don['’]t|never|without|avoid) guess(?:ing)?\b|\brather than (?:a )?guess(?:ing)?\b/,
    weight: 1,
  },
  {
    name: 'demands evidence',
    pattern: /\bevidence\b|\bsupported by\b|\bsupports? (?:it|the answer|every)\b|\bgrounded\b/,
    weight: 0.8,
  },
  {
    name: 'names the unsupported',
    pattern: /\b(?:unsupported|not stated|not supported|not in the (?:passage|text)|cannot be found)\b/,
    weight: 0.8,
  },
  { name: 'demands a check', pattern: /\b(?:check|verify|re-?read|confirm|double-check)\b/, weight: 0.6 },
  { name: 'demands certainty', pattern: /\b(?:certain|sure|confident|beyond doubt|in doubt)\b/, weight: 0.6 },
  {
    name: 'values silence over error',
    pattern: /\b(?:wrong|false|mistaken|invented) answers?\b.*\b(?:worse|cost|harm)/s,
    weight: 0.8,
  },
  {
    name: 'is strict',
    pattern: /\b(?:strictly|only if|only when|must not|under no circumstances)\b/,
    weight: 0.4,
  },
  {
    name: 'wants an answer in any case',
    pattern: /\b(?:always|never fail to) (?:give|provide|offer) an answer\b|\balways answer\b/,
    weight: -1.2,
  },
  {
    name: 'invites guessing',
    pattern: /\bbest guess\b|\beducated guess\b|\bif unsure,? guess\b|\bmake a guess\b/,
    weight: -1.2,
  },
  {
    name: 'wants to please',
    pattern: /\bhelpful\b|\bas (?:complete|full) as possible\b|\bdo your best\b/,
    weight: -0.3,
  },
];

/** How fast caution grows: at this sum of the weights it is 1 - 1/e, about 0.63. */
const SCALE = 4;

/** The cues that a system prompt holds. */
export function cuesIn(prompt: string): readonly Cue[] {
  const lower = prompt.toLowerCase();
  return CUES.filter((cue) => cue.pattern.test(lower));
}

/**
 * Caution of a system prompt: 1 - exp(-s / 4) of the sum s of the weights of its cues, and 0 when s is negative.
 * Never 1, so that a longer prompt can still be more cautious, with less and less effect.
 */
export function cautionOf(prompt: string): number {
  const sum = cuesIn(prompt).reduce((total, cue) => total + cue.weight, 0);
  return sum <= 0 ? 0 : 1 - Math.exp(-sum / SCALE);
}
