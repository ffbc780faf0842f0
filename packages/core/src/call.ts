// A Call is how a build was started, as its log tells it: the words, less what looks like a secret.

/** How a build was started. */
export interface Call {
  /** The words after `evalmake`. */
  readonly args: readonly string[];
  /** Whether it ran in continuous integration. */
  readonly ci: boolean;
  /** The commit that was checked out, when a plain look at the files of git tells. */
  readonly commit?: string;
}

const hidden = '…';
const secretWord = /key|token|secret|password|auth/i;

/** The words of a call with the values of `--set` replaced whose keys look like names of secrets. */
export function tellableArgs(argv: readonly string[]): string[] {
  return argv.map((word, i) => {
    if (word.startsWith('--set=')) return `--set=${tellableSet(word.slice('--set='.length))}`;
    return argv[i - 1] === '--set' ? tellableSet(word) : word;
  });
}

/** `a.b=value`; a value that is a map or a list may hold a secret under a key of its own. */
function tellableSet(text: string): string {
  const at = text.indexOf('=');
  if (at < 0) return text;
  const [key, value] = [text.slice(0, at), text.slice(at + 1)];
  // `max_tokens=512` is a count, and the most common setting of all.
  if (/tokens$/i.test(key) && /^\d{1,9}$/.test(value)) return text;
  const nested = /^\s*[{[]/.test(value) && secretWord.test(value);
  return secretWord.test(key) || nested ? `${key}=${hidden}` : text;
}
