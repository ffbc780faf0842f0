// A shared cache: a second checkout builds without running a command, with the bytes of the first.
import * as assert from 'uvu/assert';
import { CacheServer } from './workspace/cache-server.ts';
import { idsWith } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { compareTrees } from './workspace/tree.ts';
import { Workspace } from './workspace/workspace.ts';

/** A pipeline of all kinds of outputs: raw.txt -> split (a set) -> count@part -> sum, and a folder beside them. */
const body = (url: string, more = ''): string => `
    cache: { url: ${url}, write: true${more} }
    default: [sum, pages]
    targets:
      split:
        run: |
          echo split >> "$RAN_LOG"
          mkdir -p parts
          while read -r name; do echo "$name $name" > parts/$name.txt; done < raw.txt
        inputs: raw.txt
        outputs: { parts: parts/*.txt }
        manifest: manifest.json
      count:
        each: { part: { from: split } }
        run: |
          echo "count@\${{ part.stem }}" >> "$RAN_LOG"
          wc -c < \${{ inputs }} > \${{ outputs }}
        inputs: \${{ part.path }}
        outputs: counts/\${{ part.stem }}.txt
        checks: { non_empty: true }
      sum:
        run: |
          echo sum >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
          chmod +x \${{ outputs }}
        inputs: { from: count }
        outputs: sum.txt
      pages:
        run: |
          echo pages >> "$RAN_LOG"
          mkdir -p \${{ outputs }}/deep
          cp raw.txt \${{ outputs }}/deep/raw.txt
          echo index > \${{ outputs }}/index.txt
        inputs: raw.txt
        outputs: site/
  `;

/** A project as git would bring it: what was written by hand, and nothing that was built. */
function checkout(url: string, more = ''): Workspace {
  const ws = new Workspace();
  ws.pipeline(body(url, more));
  ws.write('raw.txt', 'one\ntwo\nthree\n');
  return ws;
}

/** What was built, with its bytes and modes. */
function outputs(ws: Workspace): ReadonlyMap<string, string> {
  const tree = [...ws.tree()].filter(([path]) => !/^\.evalmake|^manifest|^pipeline/.test(path));
  return new Map(tree.map(([path, what]) => [path, what.replace(/mtime \d+/, '')]));
}

/** A server and checkouts that use it; all of them are gone afterwards. */
function shared(
  title: string,
  test: (server: CacheServer, first: Workspace, second: Workspace) => Promise<void>,
): void {
  scenario(title, async () => {
    const server = await CacheServer.open();
    const [first, second] = [checkout(server.url), checkout(server.url)];
    try {
      await test(server, first, second);
    } finally {
      await Promise.all([server.close(), first.dispose(), second.dispose()]);
    }
  });
}

const everything = ['count@one', 'count@three', 'count@two', 'pages', 'split', 'sum'];

shared(
  'A second checkout knows in advance that nothing has to run, and runs nothing.',
  async (server, a, b) => {
    const built = await a.evalmake([]);
    assert.is(built.code, 0, built.stderr);
    assert.equal(a.ran().sort(), everything);
    assert.is(server.paths('ac').length, everything.length);
    const plan = await b.plan();
    assert.equal(idsWith(plan, 'restore').sort(), everything);
    const second = await b.evalmake([]);
    assert.is(second.code, 0, second.stderr);
    assert.equal(b.ran(), []);
    assert.match(`${second.stdout}${second.stderr}`, /6 restored/);
    assert.equal(compareTrees(outputs(a), outputs(b)), []);
    assert.equal(idsWith(await b.plan(), 'run', 'maybe', 'restore'), []);
    assert.is((await b.evalmake(['verify'])).code, 0);
  },
);

runScenarios();
