// CacheSettings: which server, who may write, and headers whose variables are not set.
import type { CacheDecl } from '@evalmake/core/pipeline';
import { buildsWhatWasMerged, cacheSettings } from '@evalmake/engine/cache-settings';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const cache: CacheDecl = {
  url: 'https://c.example/x/',
  read: true,
  write: 'ci',
  headers: { Authorization: 'Bearer ${{ env.TOKEN }}', 'X-Team': 'eval' },
  timeoutMs: 5000,
  namespace: undefined,
  insecure: false,
  sign: undefined,
  trust: undefined,
};

function settings(env: Record<string, string>, of: CacheDecl | undefined = cache) {
  const said: string[] = [];
  const sources = { env, root: '/', warn: (text: string) => void said.push(text) };
  return { said, made: cacheSettings({ cache: of, name: 'p' }, sources) };
}

test('a build server writes what was merged, and nobody writes what is proposed', () => {
  assert.is(buildsWhatWasMerged({}), false);
  assert.is(buildsWhatWasMerged({ CI: 'true' }), true);
  assert.is(buildsWhatWasMerged({ CI: 'false' }), false);
  for (const proposal of [
    { GITHUB_EVENT_NAME: 'pull_request' },
    { GITHUB_EVENT_NAME: 'pull_request_target' },
    { CI_MERGE_REQUEST_IID: '7' },
    { BUILDKITE_PULL_REQUEST: '12' },
  ])
    assert.is(buildsWhatWasMerged({ CI: 'true', ...proposal }), false, JSON.stringify(proposal));
  assert.is(buildsWhatWasMerged({ CI: 'true', BUILDKITE_PULL_REQUEST: 'false' }), true);
});

test('the environment goes before the pipeline, and can switch the cache on and off', () => {
  assert.is(settings({ EVALMAKE_CACHE_URL: 'off' }).made, undefined);
  const other = settings({ EVALMAKE_CACHE_URL: 'http://127.0.0.1:1/' }, undefined).made;
  assert.equal([other?.url, other?.writes, other?.namespace], ['http://127.0.0.1:1', false, 'p']);
  assert.is(settings({ EVALMAKE_CACHE_WRITE: 'true' }).made?.writes, true);
  const wrong = settings({ EVALMAKE_CACHE_WRITE: 'perhaps' });
  assert.equal([wrong.made?.writes, wrong.said.length], [false, 1]);
});

test('a header whose variable is not set is left out, and one that no header can hold is told without its value', () => {
  assert.equal(settings({}).made?.headers, { 'X-Team': 'eval' });
  assert.is(settings({ TOKEN: ' t\n' }).made?.headers['Authorization'], 'Bearer t');
  const { made, said } = settings({ TOKEN: 'a\nb' });
  assert.equal([made?.headers['Authorization'], said.length], [undefined, 1]);
  assert.not.match(said[0] ?? '', 'a\nb');
});

test.run();
