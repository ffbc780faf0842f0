// The TerminalKind is what a stream can show, decided once from what the environment says of it.
import { isOn } from '../style.ts';
import { isUtf8 } from './glyphs.ts';

/** What the decision is made from. */
export interface TerminalInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTty: boolean;
  /** `--progress`. */
  readonly progress: string;
}

/** What a stream can show. */
export interface TerminalKind {
  /** A live area that is drawn again and again. */
  readonly live: boolean;
  /** Signs beyond ASCII. */
  readonly unicode: boolean;
  /** Links to files (OSC 8). */
  readonly links: boolean;
  /** Progress on the tab or task bar (OSC 9;4). */
  readonly taskbar: boolean;
  /** Whether the terminal breaks lines anew when it is made narrower. */
  readonly reflows: boolean;
  /** The log of a GitHub Actions step, where lines can be commands. */
  readonly github: boolean;
}

/** Decides what a stream can show. What is not known to work is off. */
export function terminalKind({ env, isTty, progress }: TerminalInput): TerminalKind {
  const ci = isOn(env['CI']);
  const alive = isTty && !ci && env['TERM'] !== 'dumb';
  const direct = alive && env['TMUX'] === undefined && env['STY'] === undefined;
  return {
    live: progress === 'live' || (progress === 'auto' && alive),
    // What is piped goes to a program, and those read UTF-8.
    unicode: !isTty || isUtf8(env),
    links: linksForced(env) ?? (direct && knowsLinks(env)),
    taskbar: direct && knowsTaskbar(env),
    reflows: env['XTERM_VERSION'] === undefined && env['STY'] === undefined,
    github: env['GITHUB_ACTIONS'] === 'true',
  };
}

type Env = TerminalInput['env'];

function linksForced(env: Env): boolean | undefined {
  const value = env['FORCE_HYPERLINK'];
  return value === undefined || value === '' ? undefined : isOn(value);
}

const program = (env: Env): string => (env['TERM_PROGRAM'] ?? '').toLowerCase();

/** The version of VTE, on which GNOME Terminal and its kin are built: 0.60.3 is 6003. */
const vte = (env: Env): number => Number(env['VTE_VERSION'] ?? 0);

function knowsLinks(env: Env): boolean {
  if (env['WT_SESSION'] !== undefined || env['KONSOLE_VERSION'] !== undefined) return true;
  if (['ghostty', 'iterm.app', 'vscode', 'wezterm'].includes(program(env))) return true;
  if (['alacritty', 'xterm-ghostty', 'xterm-kitty'].includes(env['TERM'] ?? '')) return true;
  // 0.50.0 crashed on links.
  return vte(env) > 5000;
}

/** Only terminals of which it is known: others show this sequence as a notification. */
function knowsTaskbar(env: Env): boolean {
  if (env['WT_SESSION'] !== undefined || env['ConEmuANSI'] === 'ON') return true;
  return ['ghostty', 'wezterm'].includes(program(env)) || vte(env) >= 7900;
}
