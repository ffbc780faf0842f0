// JSON Schemas: two drafts, located errors, and schemas that cannot be used.
import type { Json } from '@evalmake/core/json';
import { compileSchema, SchemaError, validateJson } from '@evalmake/engine/json-schema';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const said = async (schema: object | string, value: Json) =>
  (await validateJson(typeof schema === 'string' ? schema : JSON.stringify(schema), value)).map(
    (p) => `${p.pointer.map((s) => (typeof s === 'number' ? `[${s}]` : `.${s}`)).join('')}: ${p.message}`,
  );

async function refused(schema: string): Promise<string> {
  try {
    await compileSchema(schema);
  } catch (error) {
    assert.instance(error, SchemaError);
    return (error as Error).message;
  }
  return 'not refused';
}

test('a valid value has no problems', async () => {
  assert.equal(await said({ type: 'object' }, {}), []);
  assert.equal(await said('true', 5), []);
});

test('every problem says where, what was expected and what is there', async () => {
  const schema = {
    type: 'object',
    required: ['id'],
    additionalProperties: false,
    properties: {
      n: { type: 'integer' },
      list: { type: 'array', items: { enum: ['a', 'b'] } },
      'a/b~c': { const: 1 },
      when: { format: 'date' },
      map: { type: 'string' },
    },
  };
  assert.equal(
    await said(schema, { n: 'x', list: ['a', 'c'], 'a/b~c': 2, when: 'soon', map: { k: 1 }, extra: true }),
    [
      ': must have the key "id"',
      '.extra: is a key that the schema does not know',
      '.n: must be integer, is "x"',
      '.list[1]: must be one of "a", "b", is "c"',
      '.a/b~c: must be 1, is 2',
      '.when: must match format "date", is "soon"',
      '.map: must be string, is an object with k',
    ],
  );
});

test('what an if asks for is told once, by what it asks for', async () => {
  const schema = '{"if": {"required": ["a"]}, "then": {"properties": {"b": {"const": 0}}}, "else": false}';
  assert.equal(await said(schema, { a: 1, b: 2 }), ['.b: must be 0, is 2']);
  assert.is((await said(schema, {})).length, 1);
});

test('2020-12 without $schema, draft-07 when it is said', async () => {
  const tuple = { type: 'array', items: [{ type: 'string' }] };
  const draft7 = { $schema: 'http://json-schema.org/draft-07/schema#', ...tuple };
  assert.equal(await said(draft7, [1]), ['[0]: must be string, is 1']);
  assert.match(await refused(JSON.stringify(tuple)), /^not a usable JSON Schema: /);
  const now = { $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{ type: 'string' }] };
  assert.equal(await said(now, [1]), ['[0]: must be string, is 1']);
});

test('unknown keywords and formats are left alone', async () => {
  assert.equal(await said({ 'x-note': 1, format: 'unheard-of' }, 'x'), []);
});

test('a schema that cannot be used says why', async () => {
  assert.is(
    await refused('{\n "type": }'),
    'the schema is not valid JSON at line 2, column 10: expected a value, found "}"',
  );
  assert.is(await refused('[1]'), 'a JSON Schema is an object, or true or false');
  assert.match(
    await refused('{"type": "strnig"}'),
    /^not a usable JSON Schema: schema is invalid: data\/type/,
  );
  assert.is(
    await refused('{"$ref": "other.json"}'),
    '"$ref": "other.json" leads nowhere; a schema is one file: put what it refers to into its "$defs"',
  );
  assert.is(
    await refused('{"$ref": "#/$defs/no"}'),
    '"$ref": "#/$defs/no" leads nowhere; define it in this file',
  );
  assert.is(
    await refused('{"$schema": "http://json-schema.org/draft-04/schema#"}'),
    '$schema "http://json-schema.org/draft-04/schema#" is not known: use draft 2020-12 or draft-07',
  );
});

test('the same text is compiled once, and two schemas may share an $id', async () => {
  const a = '{"$id": "s", "type": "string"}';
  assert.is(await compileSchema(a), await compileSchema(a));
  assert.equal(await said('{"$id": "s", "type": "number"}', 'x'), [': must be number, is "x"']);
});

test.run();
