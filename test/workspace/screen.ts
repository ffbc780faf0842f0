// A screen: a small terminal that understands what evalmake may send, and refuses everything else.

/** One row; `wraps` when the text goes on in the next one. */
interface Row {
  cells: string[];
  wraps: boolean;
}

/** Letters that take two columns, as far as tests use them. */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\u{1f300}-\u{1f9ff}]/u;
/** Text between which there are control sequences; what begins one and is not whole waits for its rest. */
const piece = /\x1b\[[?\d;]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\s\S]/gu;
const torn = /\x1b(?:\[[?\d;]*|\][^\x07\x1b]*\x1b?)?$/;

export class Screen {
  rows: number;
  columns: number;
  /** Frames that were shown at once, each in its marks. */
  frames = 0;
  /** What was sent in OSC sequences, in order. */
  readonly messages: string[] = [];
  readonly #reflows: boolean;
  #all: Row[] = [{ cells: [], wraps: false }];
  #top = 0;
  #row = 0;
  #column = 0;
  #rest = '';

  constructor(rows: number, columns: number, reflows = true) {
    this.rows = rows;
    this.columns = columns;
    this.#reflows = reflows;
  }

  /** Takes what a program writes, after the line discipline: a line feed that begins a line comes with a return. */
  take(text: string): void {
    const whole = this.#rest + text;
    this.#rest = torn.exec(whole)?.[0] ?? '';
    for (const [part] of whole.slice(0, whole.length - this.#rest.length).matchAll(piece)) this.#do(part);
  }

  /** All lines, those that scrolled away first; a line that was wrapped is one. */
  get lines(): string[] {
    const lines: string[] = [];
    let line = '';
    for (const { cells, wraps } of this.#all) {
      line += Array.from(cells, (cell) => cell ?? ' ').join('');
      if (wraps) continue;
      lines.push(line.trimEnd());
      line = '';
    }
    return lines;
  }

  /** The rows that can be seen. */
  get seen(): string[] {
    return this.#all.slice(this.#top).map(({ cells }) => Array.from(cells, (cell) => cell ?? ' ').join(''));
  }

  /** Whether the cursor stands at the beginning of a line, where a prompt belongs. */
  get atLineStart(): boolean {
    return this.#column === 0 && this.#at(this.#row).cells.length === 0;
  }

  resize(rows: number, columns: number): void {
    if (columns !== this.columns && this.#reflows) this.#reflow(columns);
    else if (columns < this.columns)
      for (const row of this.#all.slice(this.#top)) row.cells = row.cells.slice(0, columns);
    this.rows = rows;
    this.columns = columns;
    this.#column = Math.min(this.#column, columns);
    this.#top = Math.max(0, this.#all.length - rows);
  }

  #at(index: number): Row {
    while (this.#all.length <= index) this.#all.push({ cells: [], wraps: false });
    return this.#all[index] as Row;
  }

  #do(part: string): void {
    if (part.startsWith('\x1b]')) this.#message(part.slice(2).replace(/(?:\x07|\x1b\\)$/, ''));
    else if (part.startsWith('\x1b[')) this.#control(part.slice(2));
    else if (part === '\r') this.#column = 0;
    else if (part === '\n') this.#down();
    else if (part < ' ' || part === '\x7f') throw new Error(`a control character: ${JSON.stringify(part)}`);
    else this.#put(part);
  }

  #message(text: string): void {
    const size = /^size;(\d+);(\d+)$/.exec(text);
    if (size === null) this.messages.push(text);
    else this.resize(Number(size[1]), Number(size[2]));
  }

  #control(code: string): void {
    const up = /^(\d+)A$/.exec(code);
    if (up !== null) {
      if (Number(up[1]) > this.rows - 1) throw new Error(`${up[1]} up on a terminal of ${this.rows} rows`);
      this.#row = Math.max(this.#top, this.#row - Number(up[1]));
    } else if (code === 'K' || code === 'J') {
      const row = this.#at(this.#row);
      row.cells.length = Math.min(this.#column, row.cells.length);
      row.wraps = false;
      if (code === 'J') this.#all.length = this.#row + 1;
    } else if (code === '?2026l') this.frames += 1;
    else if (code !== '?2026h' && !/^[\d;]*m$/.test(code)) throw new Error(`what is CSI ${code}?`);
  }

  #put(letter: string): void {
    const width = wide.test(letter) ? 2 : 1;
    if (this.#column + width > this.columns) {
      this.#at(this.#row).wraps = true;
      this.#down();
      this.#column = 0;
    }
    const { cells } = this.#at(this.#row);
    cells[this.#column] = letter;
    if (width === 2) cells[this.#column + 1] = '';
    this.#column += width;
  }

  #down(): void {
    this.#row += 1;
    this.#at(this.#row);
    this.#top = Math.max(this.#top, this.#row - this.rows + 1);
  }

  /** Breaks all lines anew, as terminals do that keep what they have shown; the cursor stays at its letter. */
  #reflow(columns: number): void {
    const before = this.#all;
    this.#all = [];
    const cells: string[] = [];
    let cursor: number | undefined;
    before.forEach((row, index) => {
      if (index === this.#row) cursor = cells.length + this.#column;
      cells.push(...Array.from(row.cells, (cell) => cell ?? ' '));
      if (row.wraps) return;
      const first = this.#all.length;
      const atEnd = cursor !== undefined && cursor >= cells.length;
      do {
        // A wide letter goes to the next row whole.
        const part = cells.splice(0, cells[columns] === '' ? columns - 1 : columns);
        this.#all.push({ cells: part, wraps: cells.length > 0 });
      } while (cells.length > 0);
      if (cursor === undefined) return;
      const last = this.#all.at(-1) as Row;
      if (atEnd) [this.#row, this.#column] = [this.#all.length - 1, last.cells.length];
      else this.#row = Math.min(first + Math.floor(Math.max(0, cursor - 1) / columns), this.#all.length - 1);
      if (!atEnd) this.#column = cursor - (this.#row - first) * columns;
      cursor = undefined;
    });
  }
}
