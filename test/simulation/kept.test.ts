// Kept results through crashes: one that dies at any change of the disk neither buys again nor loses what was bought.
import * as node from 'node:fs';
import type { Job } from '@evalmake/engine/job';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { build, type Call, dryRun } from './evalmake.ts';
import { root, Scene } from './scene.ts';

const call: Call = { wanted: [], jobs: 1, keepGoing: true };
/** Which changes are points of a crash: every one, or some. */
const stride = Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 8) < 28 ? 9 : 1;

interface Kind {
  readonly title: string;
  /** Whether the command is told where to write. */
  readonly staged: boolean;
  readonly more: string;
  /** Whether a check is a command, which may look at the very places. */
  readonly command?: boolean;
}

/** A target that has been bought once, and whose next result lacks a row. */
class Shop {
  readonly scene: Scene;
  bought = 0;
  /** What the last build said. */
  said = '';

  constructor(private readonly kind: Kind) {
    this.scene = new Scene(1, 1, (job) => this.#command(job));
    this.write(1, 1);
  }

  /** The command writes as many lines as it has read. */
  *#command({ argv }: Job): Generator<void, number> {
    if (argv[0] !== 'buy') return 0;
    this.bought++;
    const { disk } = this.scene;
    const [input = '', ...places] = argv.slice(1).map((path) => `${root}/${path}`);
    const text = disk.readFileSync(input, 'utf8') as string;
    yield;
    for (const place of places) {
      disk.mkdirSync(place.slice(0, place.lastIndexOf('/')), { recursive: true });
      disk.writeFileSync(place.replace('LINES', String(text.length)), text);
      yield;
    }
    return 0;
  }

  /** Writes the input, and how many rows its result shall have. */
  write(lines: number, rows: number): void {
    const { staged, more } = this.kind;
    const [file, set] = staged
      ? ['${{ outputs.file }}', '${{ outputs.set.dir }}/LINES.txt']
      : ['out.txt', 'set/LINES.txt'];
    this.scene.write('in.txt', 'x\n'.repeat(lines));
    this.scene.write(
      'pipeline.yaml',
      `evalmake: 1
name: kept
budget: { usd: 50 }
targets:
  buy:
    run: [buy, "\${{ inputs }}", "${file}", "${set}"]
    inputs: in.txt
    outputs: { file: out.txt, set: set/*.txt }
    manifest: m.json
    ${more}
    checks: { file: { rows: ${rows}${this.kind.command === true ? ', command: "true"' : ''} } }
`,
    );
  }

  /** Builds; dies in front of a change of the disk, when one is given. */
  async build(killAt?: number, powerCut = false): Promise<number> {
    const { outcome, seen } = await build(this.scene, call, killAt === undefined ? {} : { killAt }, () => {});
    if (outcome.kind === 'threw') throw outcome.error;
    this.said = [...seen.warnings, ...seen.events.map((e) => JSON.stringify(e))].join('\n');
    if (outcome.kind === 'killed' && powerCut) this.scene.powerCut(undefined);
    return seen.exit;
  }

  async verdict(): Promise<string> {
    return (await dryRun(this.scene, call)).get('buy') ?? '';
  }

  /** What stands at the outputs. */
  outputs(): string[] {
    return [...this.scene.tree()]
      .filter(([path]) => /^(out|set)/.test(path))
      .map(([p, text]) => `${p} ${text.length / 2}`);
  }

  end(): void {
    this.scene.dispose(node);
  }
}

const done = (lines: number): string[] => [`out.txt ${lines}`, `set/${2 * lines}.txt ${lines}`];

/** Tries a build at each of its changes, from one state. */
async function atEach(
  shop: Shop,
  { cuts, every = stride }: { readonly cuts: boolean; readonly every?: number },
  body: (killAt: number, powerCut: boolean) => Promise<void>,
): Promise<void> {
  const { scene } = shop;
  const [from, bought] = [scene.disk.snapshot(), shop.bought];
  await shop.build();
  const { changes } = scene;
  for (let killAt = every; killAt <= changes; killAt += every)
    for (const powerCut of cuts ? [false, true] : [false]) {
      scene.machine.reboot();
      scene.disk.restore(from);
      shop.bought = bought;
      await shop.build(killAt, powerCut);
      await body(killAt, powerCut);
    }
}

const kinds: readonly Kind[] = [
  { title: 'staged, paid', staged: true, more: 'paid: { usd: 1 }' },
  { title: 'at fixed places, paid', staged: false, more: 'paid: { usd: 1 }' },
  {
    title: 'at fixed places, a command checks, free',
    staged: false,
    more: 'nondeterministic: true',
    command: true,
  },
];

for (const kind of kinds)
  test(`${kind.title}: a build that judges kept results again may die anywhere.`, async () => {
    const shop = new Shop(kind);
    try {
      assert.is(await shop.build(), 0);
      shop.write(2, 1);
      assert.is(await shop.build(), 1);
      assert.equal(shop.outputs(), done(1), 'the last good one stays');
      assert.is(await shop.verdict(), 'ask');
      shop.write(2, 3);
      shop.scene.asUser(() => shop.scene.disk.sync());
      await atEach(shop, { cuts: kind.command !== true }, async (killAt) => {
        const code = await shop.build();
        const when = `killed at ${killAt}\n${shop.said}`;
        assert.is(code, 5, when);
        assert.equal([shop.outputs(), shop.bought], [done(1), 2], when);
        assert.is(await shop.verdict(), 'ask', when);
      });
      shop.write(2, 2);
      shop.scene.asUser(() => shop.scene.disk.sync());
      assert.is(await shop.verdict(), 'recheck');
      await atEach(shop, { cuts: kind.command !== true }, async (killAt) => {
        const before = await shop.verdict();
        const code = await shop.build();
        const when = `killed at ${killAt}, then ${before}\n${shop.said}`;
        assert.ok(['recheck', 'maybe', 'fresh'].includes(before), when);
        assert.is(code, 0, when);
        assert.equal([shop.outputs(), shop.bought], [done(2), 2], when);
        assert.is(await shop.verdict(), 'fresh', when);
      });
    } finally {
      shop.end();
    }
  });

test('An attempt that dies while its results are kept is known to have bought them, or asks.', async () => {
  const shop = new Shop(kinds[0] as Kind);
  try {
    assert.is(await shop.build(), 0);
    shop.write(2, 1);
    shop.scene.asUser(() => shop.scene.disk.sync());
    await atEach(shop, { cuts: stride === 1, every: Math.min(stride, 2) }, async (killAt) => {
      const bought = shop.bought;
      const kept = [...shop.scene.tree().keys()].some((path) => path.endsWith('.kept.json'));
      shop.write(2, 2);
      const code = await shop.build();
      const when = `killed at ${killAt}\n${shop.said}`;
      if (kept) assert.equal([code, shop.bought, shop.outputs()], [0, 2, done(2)], when);
      else if (bought === 2) assert.equal([code, shop.bought, shop.outputs()], [5, 2, done(1)], when);
    });
  } finally {
    shop.end();
  }
});

for (const more of ['keep: true', 'nondeterministic: true'])
  test(`${more}: a fingerprint that returns, whose results are kept, is not made again.`, async () => {
    const shop = new Shop({ title: '', staged: true, more });
    try {
      shop.write(2, 1);
      assert.is(await shop.build(), 1);
      shop.write(1, 1);
      assert.is(await shop.build(), 0);
      shop.write(2, 1);
      assert.is(await shop.build(), 5, 'that it fails is known');
      shop.write(2, 2);
      // A person who keeps what there is has not said that something older may take its place.
      const stays = more.startsWith('keep');
      assert.is(await shop.verdict(), stays ? 'ask' : 'recheck');
      assert.is(await shop.build(), stays ? 5 : 0);
      assert.equal([shop.outputs(), shop.bought], [done(stays ? 1 : 2), 2]);
    } finally {
      shop.end();
    }
  });

test.run();
