// The words of a call, less what looks like a secret.
import { tellableArgs } from '@evalmake/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const told = (...args: string[]): string => tellableArgs(args).join(' ');

test('values of keys that look like secrets are hidden, in both forms of --set', () => {
  for (const key of ['api_key', 'provider.token', 'hub.SECRET', 'db.password', 'authorization'])
    for (const args of [['--set', `${key}=abc`], [`--set=${key}=abc`]])
      assert.is(told(...args), `${args.join(' ').replace('abc', '…')}`);
  assert.is(told('--set', 'provider={"api_key": "abc"}'), '--set provider=…');
});

test('everything else stays as it is', () => {
  for (const args of [
    ['--set', 'seed=1'],
    ['--set', 'model.max_tokens=512'],
    ['--set', 'models=["a","b"]'],
    ['score', '--config', 'key.yaml'],
    ['--set'],
    ['--set', 'token'],
  ])
    assert.is(told(...args), args.join(' '));
  assert.is(told('--set', 'max_tokens=abc'), '--set max_tokens=…');
});

test.run();
