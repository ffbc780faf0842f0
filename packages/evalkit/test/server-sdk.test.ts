// Tests of the server with the providers' own clients, which know the real protocols.
import Anthropic from '@anthropic-ai/sdk';
import OpenAI, { toFile } from 'openai';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { anthropicRequests, chatBody, idsIn, jsonl, openaiLines, withServer } from './server-caller.ts';

type ChatBody = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;
type Requests = Anthropic.Messages.BatchCreateParams.Request[];

test('openai: a file, a batch, its list, its output, a chat completion', () =>
  withServer({ steps: 1 }, async ({ url }) => {
    const client = new OpenAI({ apiKey: 'key', baseURL: `${url}/v1`, maxRetries: 0 });
    const content = Buffer.from(jsonl(openaiLines(3)));
    const file = await client.files.create({ file: await toFile(content, 'in.jsonl'), purpose: 'batch' });
    assert.equal([file.bytes, file.purpose, file.filename], [content.length, 'batch', 'in.jsonl']);
    const made = await client.batches.create({
      input_file_id: file.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
      metadata: { key: 'k1' },
    });
    let batch = made;
    for (let looks = 0; looks < 9 && batch.status !== 'completed'; looks += 1)
      batch = await client.batches.retrieve(made.id);
    assert.is(batch.status, 'completed');
    const listed: string[] = [];
    for await (const one of client.batches.list({ limit: 1 })) listed.push(one.id);
    assert.equal(listed, [made.id]);
    const output = await client.files.content(batch.output_file_id ?? '');
    assert.equal(idsIn(await output.text()), ['r0', 'r1', 'r2']);
    const answer = await client.chat.completions.create(chatBody(0) as ChatBody);
    assert.is(answer.choices[0]?.message.content, 'Ada Lund');
  }));

test('openai: errors are of the classes that the client knows', () =>
  withServer({ faults: [{ kind: 'rate-limit', match: { protocol: 'chat' } }] }, async ({ url }) => {
    const client = new OpenAI({ apiKey: 'key', baseURL: `${url}/v1`, maxRetries: 0 });
    const failed = async (sent: Promise<unknown>): Promise<unknown> => sent.catch((error: unknown) => error);
    assert.instance(
      await failed(client.chat.completions.create(chatBody(0) as ChatBody)),
      OpenAI.RateLimitError,
    );
    assert.instance(await failed(client.batches.retrieve('batch_none')), OpenAI.NotFoundError);
  }));

test('anthropic: a batch, its list, its results, a message', () =>
  withServer({}, async ({ url }) => {
    const client = new Anthropic({ apiKey: 'key', baseURL: url, maxRetries: 0 });
    const requests = anthropicRequests(3) as Requests;
    const made = await client.messages.batches.create({ requests });
    assert.equal([made.processing_status, made.request_counts.processing], ['in_progress', 3]);
    let batch = made;
    for (let looks = 0; looks < 9 && batch.processing_status !== 'ended'; looks += 1)
      batch = await client.messages.batches.retrieve(made.id);
    assert.is(batch.request_counts.succeeded, 3);
    const listed: string[] = [];
    for await (const one of client.messages.batches.list({ limit: 1 })) listed.push(one.id);
    assert.equal(listed, [made.id]);
    const texts = new Map<string, string>();
    for await (const { custom_id, result } of await client.messages.batches.results(made.id)) {
      const block = result.type === 'succeeded' ? result.message.content[0] : undefined;
      texts.set(custom_id, block?.type === 'text' ? block.text : '');
    }
    assert.is(texts.get('r0'), 'Ada Lund');
    assert.is(texts.size, 3);
    const params = requests[0]?.params as Anthropic.MessageCreateParamsNonStreaming;
    const message = await client.messages.create(params);
    assert.is(message.stop_reason, 'end_turn');
    const failed = await client.messages.batches.retrieve('msgbatch_none').catch((error: unknown) => error);
    assert.instance(failed, Anthropic.NotFoundError);
  }));

test.run();
