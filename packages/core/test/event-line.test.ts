// Lines of a run's log read again: events are given as they were written, everything else is damaged or foreign.
import type { Event } from '@evalmake/core';
import { readEventLine } from '@evalmake/core/event-line';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const at = '2026-11-27T20:00:00.000Z';
const reason = { code: 'config-changed', root: true, subject: 'config:a', was: '1', now: '2' } as const;
const counts = {
  ran: 1,
  fresh: 0,
  cutOff: 0,
  rechecked: 0,
  failed: 0,
  blocked: 0,
  ask: 0,
  off: 0,
  notStarted: 0,
};
const events: readonly Event[] = [
  {
    event: 'planned',
    version: 1,
    run: 3,
    at,
    pipeline: 'p',
    counts: { run: 1 },
    tasks: [{ id: 'a@1', target: 'a', verdict: 'run', reasons: [reason] }],
    call: { args: ['-k'], ci: false },
  },
  { event: 'started', at, task: 'a', reasons: [reason], attempt: 1 },
  { event: 'cost', at, task: 'a', usd: 1, tokensIn: 2, tokensOut: 3, spentUsd: 1 },
  {
    event: 'finished',
    at,
    task: 'a',
    ms: 1,
    changed: true,
    metrics: { em: 0.5 },
    outputs: [{ path: 'x', digest: 'sha256:0', bytes: 1 }],
    moreOutputs: { files: 2, bytes: 3, digest: 'sha256:1' },
  },
  {
    event: 'failed',
    at,
    task: 'a',
    ms: 1,
    reason: 'exit',
    message: 'exit code 1',
    tail: ['no'],
    retry: false,
  },
  { event: 'ended', at, exit: 0, ms: 5, counts, gone: ['b'] },
];

test('an event is read as it was written', () => {
  for (const event of events) assert.equal(readEventLine(JSON.stringify(event)), event);
});

test('a line that is cut anywhere is damaged, and never something else', () => {
  for (const event of events) {
    const line = JSON.stringify(event);
    for (let end = 1; end < line.length; end++) assert.is(readEventLine(line.slice(0, end)), 'damaged');
  }
});

test('JSON that is no event is damaged; an event of a later version is foreign', () => {
  for (const line of [
    'null',
    '7',
    '[]',
    '{}',
    `{"event":"finished","at":"${at}"}`,
    `{"event":"finished","at":"${at}","task":7,"ms":1,"changed":true}`,
    `{"event":"started","at":"${at}","task":"a","reasons":[{"code":"nonsense","root":true}],"attempt":1}`,
    `{"event":"started","at":"${at}","task":"a","reasons":[null],"attempt":1}`,
    `{"event":"ended","at":"${at}","exit":0,"ms":1,"counts":{"ran":"1"}}`,
  ])
    assert.is(readEventLine(line), 'damaged', line);
  assert.is(readEventLine(`{"event":"dreamed","at":"${at}"}`), 'foreign');
});

test('what is optional and of another form is left out', () => {
  const odd = {
    event: 'finished',
    at,
    task: 'a',
    ms: 1,
    changed: true,
    metrics: { em: '1' },
    outputs: [1],
    tail: 3,
  };
  assert.equal(readEventLine(JSON.stringify(odd)), {
    event: 'finished',
    at,
    task: 'a',
    ms: 1,
    changed: true,
  });
});

test.run();
