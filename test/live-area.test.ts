// The live area on a screen that a test can read: no finished line is lost or doubled, whatever happens to the size.
import { LiveArea } from 'evalmake/dist/terminal/live-area.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Screen } from './workspace/screen.ts';

/** A live area on a screen, under a clock that the test moves. */
class Stage {
  readonly screen: Screen;
  readonly area: LiveArea;
  readonly writes: string[] = [];
  frame: string[] = [];
  nowMs = 0;
  #due: { atMs: number; call: () => void } | undefined;

  constructor(rows: number, columns: number, reflows = true) {
    this.screen = new Screen(rows, columns, reflows);
    this.area = new LiveArea({
      write: (text) => {
        this.writes.push(text);
        this.screen.take(text.replaceAll('\n', '\r\n'));
      },
      columns: () => this.screen.columns,
      rows: () => this.screen.rows,
      reflows,
      clock: {
        nowMs: () => this.nowMs,
        after: (ms, call) => {
          const due = { atMs: this.nowMs + ms, call };
          this.#due = due;
          return () => {
            if (this.#due === due) this.#due = undefined;
          };
        },
      },
      frame: () =>
        this.frame
          .slice(0, Math.max(1, this.screen.rows - 2))
          .map((line) => line.slice(0, Math.floor((this.screen.columns - 1) / 2))),
    });
  }

  move(ms: number): void {
    const until = this.nowMs + ms;
    while (this.#due !== undefined && this.#due.atMs <= until) {
      const { atMs, call } = this.#due;
      this.#due = undefined;
      this.nowMs = Math.max(this.nowMs, atMs);
      call();
    }
    this.nowMs = until;
  }
}

test('ten frames a second at most, each in one write and between its marks; nothing new, nothing written', () => {
  const stage = new Stage(10, 40);
  for (let i = 0; i < 1000; i++) {
    stage.frame = [`a ${i}`, 'b'];
    stage.area.print(`line ${i}`);
    stage.move(1);
  }
  assert.ok(stage.writes.length <= 11, `${stage.writes.length} writes`);
  for (const text of stage.writes) assert.match(text, /^\x1b\[\?2026h[\s\S]*\x1b\[\?2026l$/);
  const before = stage.writes.length;
  stage.move(1000);
  const drawn = stage.writes.length;
  assert.ok(drawn - before <= 1);
  stage.move(5000);
  assert.is(stage.writes.length, drawn);
  stage.area.close();
  const lines = stage.screen.lines.slice(0, -1);
  assert.equal(
    lines,
    Array.from({ length: 1000 }, (_, i) => `line ${i}`),
  );
  stage.move(5000);
  assert.is(stage.writes.length, drawn + 1, 'nothing after its end');
});

test('what somebody else wrote stays where it is', () => {
  const stage = new Stage(10, 40);
  stage.frame = ['one', 'two'];
  stage.area.print('done');
  stage.move(100);
  stage.screen.take('\r\n$ fg\r\n');
  stage.area.forget();
  stage.move(100);
  assert.equal(stage.screen.lines, ['done', 'one', 'two', '$ fg', 'one', 'two']);
  stage.area.close();
  assert.equal(stage.screen.lines, ['done', 'one', 'two', '$ fg', '']);
});

/** Numbers that look random and are the same in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

for (const reflows of [true, false]) {
  test(`random lines, areas and sizes on a terminal that ${reflows ? 'breaks lines anew' : 'cuts lines'}`, () => {
    for (let seed = 1; seed <= 60; seed++) {
      const pick = random(seed);
      const stage = new Stage(5 + pick(20), 12 + pick(70), reflows);
      let printed = 0;
      for (let step = 0; step < 40; step++) {
        stage.frame = Array.from({ length: pick(6) }, (_, i) => `~${i} ${'=#字'.repeat(pick(20))}`);
        for (let n = pick(3); n > 0; n--) stage.area.print(`#${printed++} ${'xy字'.repeat(pick(30))}`);
        stage.area.touch();
        stage.move(pick(300));
        if (pick(4) > 0) continue;
        // High enough for the area however its lines break: what scrolls out of sight nobody can take back.
        stage.screen.resize(24 + pick(20), 12 + pick(70));
        stage.area.resized();
      }
      stage.frame = [];
      stage.area.close();
      const ids = stage.screen.lines.flatMap((line) => /^#(\d+)/.exec(line)?.[1] ?? []);
      assert.equal(
        ids,
        Array.from({ length: printed }, (_, i) => String(i)),
        `seed ${seed}`,
      );
      assert.not.ok(
        stage.screen.lines.some((line) => line.includes('~')),
        `seed ${seed}: ${stage.screen.lines.join('\n')}`,
      );
      assert.ok(stage.screen.atLineStart, `seed ${seed}`);
    }
  });
}

test.run();
