// The LiveArea is the bottom of a terminal that is drawn again and again, while finished lines scroll away above it.
import { beginFrame, clearBelow, clearLine, endFrame, upTo, withoutControl } from './control.ts';
import { displayWidth, rowsTaken } from './display-width.ts';

/** Time as it is needed here; tests have their own. */
export interface Clock {
  readonly nowMs: () => number;
  /** Calls back after a while; gives what cancels it. */
  readonly after: (ms: number, call: () => void) => () => void;
}

/** What a live area is drawn on, and with. */
export interface LiveAreaOptions {
  readonly write: (text: string) => void;
  readonly columns: () => number;
  readonly rows: () => number;
  readonly clock: Clock;
  /** Whether the terminal breaks lines anew when it is made narrower. */
  readonly reflows: boolean;
  /** The lines as they should be now. */
  readonly frame: () => readonly string[];
  /** What is sent along with a frame and not seen. */
  readonly beside?: () => string;
}

/** At most ten frames a second; one a second when only time passes. */
const betweenMs = 100;
const tickMs = 1000;

/** Draws lines at the bottom of a terminal. */
export class LiveArea {
  private readonly above: string[] = [];
  private shown: readonly string[] = [];
  private drawnMs = Number.NEGATIVE_INFINITY;
  private cancel: (() => void) | undefined;
  private dueMs = Number.POSITIVE_INFINITY;
  private closed = false;
  private stale = false;

  constructor(private readonly options: LiveAreaOptions) {}

  /** Adds a line that scrolls away. */
  print(line: string): void {
    this.above.push(line);
    this.touch();
  }

  /** What is shown may have changed: it is drawn soon. */
  touch(): void {
    this.wake(Math.max(0, this.drawnMs + betweenMs - this.options.clock.nowMs()));
  }

  /** The terminal has another size: what is shown is drawn anew even if it is the same. */
  resized(): void {
    this.stale = true;
    this.touch();
  }

  /** Something else was written to the terminal: what was drawn is left where it is. */
  forget(): void {
    this.shown = [];
    this.touch();
  }

  /** Takes the area away, and writes what waits to be written. */
  close(): void {
    this.cancel?.();
    this.cancel = undefined;
    this.closed = true;
    this.draw([]);
  }

  private wake(ms: number): void {
    if (this.closed) return;
    const { clock } = this.options;
    const due = clock.nowMs() + ms;
    if (this.cancel !== undefined && this.dueMs <= due) return;
    this.cancel?.();
    this.dueMs = due;
    this.cancel = clock.after(ms, () => {
      this.cancel = undefined;
      this.draw(this.options.frame());
      this.drawnMs = clock.nowMs();
      if (this.shown.length > 0) this.wake(tickMs);
    });
  }

  /** Writes one frame at once: lines that scroll, over what was drawn before, then the lines of the area. */
  private draw(lines: readonly string[]): void {
    const beside = this.options.beside?.() ?? '';
    const same = lines.length === this.shown.length && lines.every((line, i) => line === this.shown[i]);
    if (same && this.above.length === 0 && beside === '' && (!this.stale || lines.length === 0)) return;
    const { columns } = this.options;
    const scrolled = this.above.splice(0).map((line) => {
      // A line that wraps is written on cleared ground: only its last row could be cleared behind it.
      const wraps = displayWidth(withoutControl(line)) >= columns();
      return wraps ? `${clearBelow}${line}\n` : `${line}${clearLine}\n`;
    });
    const back = this.shown.length === 0 ? '' : upTo(this.rowsUp());
    const area = lines.map((line, i) => (i < lines.length - 1 ? `${line}${clearLine}\n` : line));
    this.options.write(
      `${beginFrame}${back}${scrolled.join('')}${area.join('')}${clearBelow}${endFrame}${beside}`,
    );
    this.shown = [...lines];
    this.stale = false;
  }

  /** How many rows above the cursor the area begins, now that the terminal may have another width. */
  private rowsUp(): number {
    const { columns, rows, reflows } = this.options;
    const rowsOf = (line: string): number => (reflows ? rowsTaken(withoutControl(line), columns()) : 1);
    const all = this.shown.reduce((sum, line) => sum + rowsOf(line), 0);
    return Math.max(0, Math.min(all, rows()) - 1);
  }
}
