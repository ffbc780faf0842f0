// SharedCheckouts are checkouts of one project that use one cache server: what git would bring, and nothing that was built.
import { CacheServer } from './cache-server.ts';
import { scenario } from './scenario.ts';
import { Workspace } from './workspace.ts';

/** A pipeline of all kinds of outputs: raw.txt -> split (a set) -> count@part -> sum, and a folder beside them. */
const body = (cache: string): string => `
    cache: ${cache}
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

/** All tasks of the pipeline, sorted. */
export const everything: readonly string[] = [
  'count@one',
  'count@three',
  'count@two',
  'pages',
  'split',
  'sum',
];

/** A checkout whose pipeline says this of the cache; by default it reads and writes. */
export function checkout(server: { readonly url: string }, more = 'write: true'): Workspace {
  const ws = new Workspace();
  ws.pipeline(body(`{ url: "${server.url}", timeout: 30s, ${more} }`));
  ws.write('raw.txt', 'one\ntwo\nthree\n');
  return ws;
}

/** What was built, with its bytes and modes. */
export function outputs(ws: Workspace): ReadonlyMap<string, string> {
  const tree = [...ws.tree()].filter(([path]) => !/^\.|^manifest|^pipeline/.test(path));
  return new Map(tree.map(([path, what]) => [path, what.replace(/mtime \d+/, '')]));
}

/** A test with a server and two checkouts that use it; all of them are gone afterwards. */
export function shared(
  title: string,
  test: (server: CacheServer, first: Workspace, second: Workspace) => Promise<void>,
): void {
  scenario(title, async () => {
    const server = await CacheServer.open();
    const [first, second] = [checkout(server), checkout(server)];
    try {
      await test(server, first, second);
    } finally {
      await Promise.all([first.dispose(), second.dispose()]);
      await server.close();
    }
  });
}
