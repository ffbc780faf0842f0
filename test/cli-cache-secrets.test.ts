// Results that hold a secret are not sent: what is on a shared cache is read by all who use it.
import * as assert from 'uvu/assert';
import type { CacheServer } from './workspace/cache-server.ts';
import { runScenarios } from './workspace/scenario.ts';
import { shared } from './workspace/shared-checkouts.ts';
import type { Workspace } from './workspace/workspace.ts';

const secret = 'S3CRET-47f1c0ffee-value';

/** leak writes its key, its folder has it deep inside, copy copies it; short has a short one; clean has none. */
function write(ws: Workspace, server: CacheServer): void {
  ws.pipeline(`
    cache: { url: "${server.url}", write: true, headers: { Authorization: "Bearer \${{ env.CACHE_TOKEN }}" } }
    targets:
      leak:
        each: { n: [1, 2] }
        run: 'echo "{\\"key\\":\\"$API_KEY\\"}" > \${{ outputs }}'
        secrets: [API_KEY]
        outputs: "leak-\${{ n }}.json"
      folder:
        run: 'mkdir -p \${{ outputs }}/deep; seq 300000 > \${{ outputs }}/deep/a.txt; printenv API_KEY >> \${{ outputs }}/deep/a.txt'
        secrets: [API_KEY]
        env_file: .env
        outputs: folder/
      copy: { run: 'cat \${{ inputs }} > \${{ outputs }}', inputs: leak-1.json, outputs: copy.txt }
      token: { run: 'echo "\${CACHE_TOKEN:-}" > \${{ outputs }}', outputs: token.txt }
      short: { run: 'echo "$PIN" > \${{ outputs }}', secrets: [PIN], outputs: short.txt }
      clean: { run: 'echo "\${#API_KEY}" > \${{ outputs }}', secrets: [API_KEY], outputs: clean.txt }
  `);
  ws.write('.env', `API_KEY=${secret}\n`);
}

shared(
  'Results that hold the value of a secret are not sent: told once by the target, and never the value.',
  async (server, ws) => {
    write(ws, server);
    const env = { API_KEY: secret, PIN: '1234567', CACHE_TOKEN: 'cache-token-0815' };
    const built = await ws.evalmake([], { env });
    assert.is(built.code, 0, built.stderr);
    const told = built.stderr.split('\n').filter((line) => line.includes('the cache at'));
    const about = (target: string): string[] =>
      told.filter((line) => line.includes(`results of "${target}" hold`));
    for (const target of ['leak', 'folder', 'copy', 'token'])
      assert.is(about(target).length, 1, told.join('\n'));
    assert.is(told.length, 4, told.join('\n'));
    assert.match(told[0] ?? '', 'hold the value of a secret; they are not sent');
    assert.is(server.paths('ac').length, 2, 'short and clean');
    const pushed = await ws.evalmake(['cache', 'push'], { env });
    assert.match(pushed.stdout, '0 results sent, 2 there already, 5 not sent');
    const said = [built, pushed].map(({ stdout, stderr }) => stdout + stderr).join('');
    for (const value of [secret, env.CACHE_TOKEN]) {
      assert.not.ok(said.includes(value));
      for (const stored of server.stored.values()) assert.not.ok(stored.includes(value));
    }
    // What lies there is right all the same, and fresh.
    assert.match(ws.read('leak-1.json'), secret);
    assert.match((await ws.evalmake([], { env })).stderr, 'everything is fresh');
  },
);

runScenarios();
