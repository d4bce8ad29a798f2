import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ecs from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import { generateValue, randomBody, seededRandom } from '../../../test/support/fuzz/fuzz.ts';
import { ApiError, isApiError } from '../../domain/errors.ts';
import type { OperationSchema } from '../service.ts';
import { ExceptionTable } from './exceptions.ts';
import { missingMembersError } from '../json/body.ts';
import { SchemaCodecs } from './operation-codec.ts';

const codecs = new SchemaCodecs();
const encode = (text: string): Uint8Array => Buffer.from(text);
const runTask = codecs.operation(ecs.RunTask$);
const putLogEvents = codecs.operation(logs.PutLogEvents$);

/** Every operation that a client package exports. */
function operationsOf(client: object): readonly OperationSchema[] {
  return Object.values(client).filter(
    (value): value is OperationSchema => Array.isArray(value) && value[0] === 9 && value.length === 6,
  );
}
const OPERATIONS = [...operationsOf(ecs), ...operationsOf(logs)];

function serializationMessage(codec: typeof runTask, body: string): string {
  try {
    codec.decodeInput(encode(body));
  } catch (error) {
    assert.ok(isApiError(error, 'SerializationException'));
    return error.message;
  }
  assert.fail(`${body} was accepted`);
}

const parsed = (text: string): unknown => (text === '' ? {} : JSON.parse(text));

describe('OperationCodec', () => {
  it('knows all operations of both services', () => {
    assert.ok(OPERATIONS.length > 150, String(OPERATIONS.length));
  });

  it('reads every input and output that it writes, for every operation', () => {
    for (const schema of OPERATIONS) {
      const codec = codecs.operation(schema);
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const input = generateValue(schema[4], seededRandom(seed));
          const decoded = codec.decodeInput(encode(codec.encodeInput(input)));
          assert.deepEqual(decoded, { input, missing: [] }, schema[2]);
          const output = generateValue(schema[5], seededRandom(seed));
          const text = codec.encodeOutput(output);
          if (text !== '') assert.deepEqual(codec.decodeOutput(encode(text)), output, schema[2]);
        }),
        { numRuns: 10 },
      );
    }
  });

  it('writes JSON that parses, whatever the strings', () => {
    const codec = codecs.operation(ecs.DescribeTasks$);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const body = codec.encodeOutput({ tasks: [{ group: text, tags: [{ key: text }] }] });
        assert.deepEqual(JSON.parse(body), { tasks: [{ group: text, tags: [{ key: text }] }] });
      }),
    );
    assert.doesNotThrow(() => JSON.parse(codec.encodeOutput({ tasks: [{ group: '\ud800' }] })));
  });

  it('answers any body with an input or an ApiError', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...OPERATIONS), (seed, schema) => {
        try {
          codecs.operation(schema).decodeInput(randomBody(schema, seededRandom(seed)));
        } catch (error) {
          assert.ok(isApiError(error, 'SerializationException'), String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('takes an empty body as an empty object', () => {
    assert.deepEqual(codecs.operation(ecs.ListClusters$).decodeInput(encode('')), { input: {}, missing: [] });
  });

  it('ignores unknown members and nulls', () => {
    const body = '{"taskDefinition":"a","cluster":null,"unknown":{"x":[1]},"overrides":{"cpu":null,"x":1}}';
    assert.deepEqual(runTask.decodeInput(encode(body)).input, { taskDefinition: 'a', overrides: {} });
  });

  it('names all required members that are missing, by their paths', () => {
    const { missing } = putLogEvents.decodeInput(
      encode('{"logGroupName":"g","logEvents":[{"timestamp":1,"message":"m"},{"message":null},null]}'),
    );
    assert.deepEqual([...missing].sort(), [
      'logEvents.2.member.message',
      'logEvents.2.member.timestamp',
      'logEvents.3.member',
      'logStreamName',
    ]);
    const nothing = codecs.operation(logs.CreateLogGroup$).decodeInput(encode('{}')).missing;
    assert.equal(
      missingMembersError('InvalidParameterException', nothing).message,
      "1 validation error detected: Value null at 'logGroupName' failed to satisfy constraint: Member must not be null",
    );
  });

  it('refuses wrong JSON types in AWS words', () => {
    const cases: readonly [string, string][] = [
      ['{"taskDefinition":1}', 'NUMBER_VALUE can not be converted to a String'],
      ['{"taskDefinition":true}', 'TRUE_VALUE can not be converted to a String'],
      ['{"taskDefinition":{}}', 'Start of structure or map found where not expected.'],
      ['{"taskDefinition":[]}', 'Start of list found where not expected'],
      ['{"count":"1"}', 'STRING_VALUE can not be converted to an Integer'],
      ['{"count":1e999}', 'NUMBER_VALUE can not be converted to an Integer'],
      ['{"enableECSManagedTags":"yes"}', 'STRING_VALUE can not be converted to a Boolean'],
      ['{"enableECSManagedTags":false,"tags":{}}', 'Start of structure or map found where not expected.'],
      ['{"tags":"x"}', 'Expected list or null'],
      ['{"overrides":[]}', 'Start of list found where not expected'],
      ['{"overrides":3}', 'Expected null'],
      ['[]', 'Start of list found where not expected'],
      ['null', 'Expected null'],
      ['{', 'Could not parse request body into json'],
      ['{"taskDefinition":"\xff', 'Could not parse request body into json'],
    ];
    for (const [body, message] of cases) assert.equal(serializationMessage(runTask, body), message, body);
    assert.throws(
      () => runTask.decodeInput(Uint8Array.of(0x22, 0xff, 0x22)),
      (error) => isApiError(error, 'SerializationException'),
    );
  });

  it('lets no key reach the prototype', () => {
    const body = '{"__proto__":{"taskDefinition":"evil"},"constructor":1,"cluster":"c"}';
    const { input, missing } = runTask.decodeInput(encode(body));
    assert.deepEqual(input, { cluster: 'c' });
    assert.deepEqual(missing, ['taskDefinition']);
    const createGroup = codecs.operation(logs.CreateLogGroup$);
    serializationMessage(createGroup, '{"logGroupName":"g","tags":{"__proto__":"x"}}');
  });

  it('makes halves of surrogate pairs whole', () => {
    assert.deepEqual(runTask.decodeInput(encode('{"taskDefinition":"a\\ud800b"}')).input, {
      taskDefinition: 'a\ufffdb',
    });
  });

  it('refuses bodies that are nested too deep', () => {
    serializationMessage(runTask, '['.repeat(100_000));
    serializationMessage(runTask, `${'{"overrides":'.repeat(50_000)}`);
  });

  it('reads and writes times as epoch seconds with milliseconds', () => {
    const submit = codecs.operation(ecs.SubmitTaskStateChange$);
    const decoded = submit.decodeInput(encode('{"pullStartedAt":1700000000.123,"pullStoppedAt":1.7E9}'));
    assert.deepEqual(decoded.input, {
      pullStartedAt: new Date(1_700_000_000_123),
      pullStoppedAt: new Date(1_700_000_000_000),
    });
    assert.equal(
      serializationMessage(submit, '{"pullStartedAt":"2023-11-14T22:13:20Z"}'),
      'STRING_VALUE can not be converted to milliseconds since epoch',
    );
    serializationMessage(submit, '{"pullStartedAt":1e300}');
    const text = codecs
      .operation(ecs.RunTask$)
      .encodeOutput({ tasks: [{ createdAt: new Date(1_700_000_000_123) }] });
    assert.equal(text, '{"tasks":[{"createdAt":1700000000.123}]}');
  });

  it('writes nothing that the schema does not know', () => {
    const output = { tasks: [{ taskArn: 'a', secret: 's', cpu: undefined }], internal: 1 };
    assert.equal(runTask.encodeOutput(output), '{"tasks":[{"taskArn":"a"}]}');
  });

  it('answers operations without an output with an empty body', () => {
    assert.equal(codecs.operation(logs.DeleteLogGroup$).encodeOutput(undefined), '');
    assert.deepEqual(parsed(codecs.operation(ecs.TagResource$).encodeOutput({})), {});
  });

  it('says which member of an output is wrong', () => {
    const wrong = { tasks: [{ createdAt: 5 }] };
    assert.throws(() => runTask.encodeOutput(wrong), /Task\.createdAt is not a valid Date/);
  });
});

describe('ExceptionTable', () => {
  const table = new ExceptionTable(ecs.RunTask$[1], codecs);

  it('takes status and members from the schema of the exception', () => {
    assert.deepEqual(table.envelope(new ApiError('ClusterNotFoundException', 'Cluster not found.')), {
      status: 400,
      code: 'ClusterNotFoundException',
      contentType: 'application/x-amz-json-1.1',
      body: '{"__type":"ClusterNotFoundException","message":"Cluster not found."}',
    });
    const conflict = table.envelope(
      new ApiError('ConflictException', 'c', { resourceIds: ['x'], internal: 1 }),
    );
    assert.equal(conflict.body, '{"__type":"ConflictException","resourceIds":["x"],"message":"c"}');
    assert.equal(table.envelope(new ApiError('AccessDeniedException', 'a')).status, 403);
    assert.equal(table.envelope(new ApiError('ServerException', 's')).status, 500);
    assert.equal(table.envelope(new ApiError('SerializationException', 's')).status, 400);
  });

  it('knows what each service calls bad input and its own faults', () => {
    assert.equal(table.badInputCode, 'InvalidParameterException');
    assert.equal(table.serverFaultCode, 'ServerException');
    assert.equal(new ExceptionTable(logs.PutLogEvents$[1], codecs).serverFaultCode, 'InternalFailure');
  });
});
