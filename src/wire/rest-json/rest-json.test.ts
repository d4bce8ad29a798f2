import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { text } from 'node:stream/consumers';
import {
  CreateFileSystem$,
  type CreateFileSystemRequest,
  DescribeFileSystems$,
  type DescribeFileSystemsRequest,
  EFSClient,
  ListTagsForResourceCommand,
  ListTagsForResource$,
  type ListTagsForResourceRequest,
  PutFileSystemPolicy$,
  type PutFileSystemPolicyRequest,
  UntagResource$,
  UntagResourceCommand,
  type UntagResourceRequest,
} from '@aws-sdk/client-efs';
import { openFrontDoor, TEST_KEY, type TrivialFrontDoor } from '../../../test/support/trivial-front-door.ts';
import { ApiError } from '../../domain/errors.ts';
import { operation, type RestJsonService } from '../service.ts';
import { signRequest } from '../sigv4/sign.ts';

/** What the operations got. */
const got: object[] = [];

const SERVICE: RestJsonService = {
  name: 'elasticfilesystem',
  protocol: 'rest-json',
  pathPrefix: '/2015-02-01/',
  operations: [
    operation(CreateFileSystem$, async (input: CreateFileSystemRequest) => {
      got.push(input);
      if (input.CreationToken === 'taken') {
        throw new ApiError('FileSystemAlreadyExists', 'Taken.', { FileSystemId: 'fs-1' });
      }
      if (input.CreationToken === 'fault') throw new Error('the secret inside');
      return { FileSystemId: 'fs-1', CreationTime: new Date(1500), NumberOfMountTargets: 0, Unknown: 1 };
    }),
    operation(DescribeFileSystems$, async (input: DescribeFileSystemsRequest) => {
      got.push(input);
      return { FileSystems: [] };
    }),
    operation(ListTagsForResource$, async (input: ListTagsForResourceRequest) => {
      got.push(input);
      return { Tags: [{ Key: 'a', Value: 'b' }] };
    }),
    operation(UntagResource$, async (input: UntagResourceRequest) => void got.push(input)),
    operation(PutFileSystemPolicy$, async (input: PutFileSystemPolicyRequest) => void got.push(input)),
  ],
};

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

describe('restJson1', () => {
  let front: TrivialFrontDoor;
  before(async () => {
    front = await openFrontDoor([SERVICE]);
  });
  after(() => front.door.close());

  /** A signed request; the path goes as it is. */
  async function ask(
    method: string,
    path: string,
    body = '',
    service = 'elasticfilesystem',
  ): Promise<Answer> {
    const headers = { host: `127.0.0.1:${front.port}`, 'content-type': 'application/json' };
    const bytes = Buffer.from(body);
    const signed = signRequest(
      { method, url: path, headers, body: bytes },
      { credentials: TEST_KEY, region: 'eu-west-1', service, nowMs: Date.now() },
    );
    return send(method, path, { ...headers, ...signed, 'content-length': String(bytes.length) }, bytes);
  }

  function send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: Buffer,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: front.port, method, path, headers };
      const request = httpRequest(options, (response) => {
        const { statusCode: status = 0, headers: received } = response;
        text(response).then((content) => resolve({ status, headers: received, body: content }), reject);
      });
      request.on('error', reject).end(body);
    });
  }

  it('answers with the status, content and names of the schema', async () => {
    const { status, headers, body } = await ask('POST', '/2015-02-01/file-systems', '{"CreationToken":"t"}');
    assert.equal(status, 201);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(body, '{"FileSystemId":"fs-1","CreationTime":1.5,"NumberOfMountTargets":0}');
    assert.deepEqual(got.pop(), { CreationToken: 't' });
  });

  it('answers nothing where the schema has no output', async () => {
    const { status, headers, body } = await ask('DELETE', '/2015-02-01/resource-tags/fs-1?tagKeys=a');
    assert.deepEqual([status, headers['content-length'], body], [200, '0', '']);
    got.pop();
  });

  it('takes labels, queries and bodies apart as the SDK puts them together', async () => {
    const client = new EFSClient({ endpoint: front.endpoint, region: 'eu-west-1', credentials: TEST_KEY });
    const ResourceId = 'arn:aws:elasticfilesystem:eu-west-1:1:file-system/fs-1 ?&%ä';
    try {
      await client.send(new UntagResourceCommand({ ResourceId, TagKeys: ['a b', 'c/d', 'e=&ä'] }));
      assert.deepEqual(got.pop(), { ResourceId, TagKeys: ['a b', 'c/d', 'e=&ä'] });
      await client.send(new ListTagsForResourceCommand({ ResourceId, MaxResults: 7, NextToken: '+/=' }));
      assert.deepEqual(got.pop(), { ResourceId, MaxResults: 7, NextToken: '+/=' });
    } finally {
      client.destroy();
    }
  });

  it('takes no member from where the schema does not put it', async () => {
    const path = '/2015-02-01/file-systems/fs-1/policy?FileSystemId=fs-2&Policy=query';
    await ask('PUT', path, '{"FileSystemId":"fs-3","Policy":"body","Unknown":1,"__proto__":{"x":1}}');
    assert.deepEqual(got.pop(), { FileSystemId: 'fs-1', Policy: 'body' });
  });

  it('does not read the body where no member is in it', async () => {
    const { status } = await ask('GET', '/2015-02-01/file-systems', 'no JSON');
    assert.equal(status, 200);
    assert.deepEqual(got.pop(), {});
  });

  it('takes a path with a slash at its end', async () => {
    assert.equal((await ask('GET', '/2015-02-01/file-systems/')).status, 200);
    got.pop();
  });

  it('answers errors with the members and the status of their schema', async () => {
    const { status, headers, body } = await ask(
      'POST',
      '/2015-02-01/file-systems',
      '{"CreationToken":"taken"}',
    );
    assert.equal(status, 409);
    assert.equal(headers['x-amzn-errortype'], 'FileSystemAlreadyExists');
    assert.deepEqual(JSON.parse(body), {
      ErrorCode: 'FileSystemAlreadyExists',
      FileSystemId: 'fs-1',
      Message: 'Taken.',
    });
    got.pop();
  });

  it('hides what went wrong inside, and logs it', async () => {
    const { status, headers, body } = await ask(
      'POST',
      '/2015-02-01/file-systems',
      '{"CreationToken":"fault"}',
    );
    assert.equal(status, 500);
    assert.equal(headers['x-amzn-errortype'], 'InternalServerError');
    assert.doesNotMatch(body, /secret/);
    assert.match(String(front.errors.at(-1)?.['cause']), /the secret inside/);
    got.pop();
  });

  const REFUSED: readonly [
    name: string,
    request: readonly [method: string, path: string, body?: string],
    expected: readonly [status: number, code: string, message: RegExp],
  ][] = [
    [
      'what is no JSON',
      ['POST', '/2015-02-01/file-systems', '{'],
      [400, 'SerializationException', /parse request body/],
    ],
    [
      'a list in the place of the input',
      ['POST', '/2015-02-01/file-systems', '[]'],
      [400, 'SerializationException', /Start of list/],
    ],
    [
      'a number in the place of text',
      ['POST', '/2015-02-01/file-systems', '{"CreationToken":1}'],
      [400, 'SerializationException', /NUMBER_VALUE can not be converted to a String/],
    ],
    [
      'a query that is no number',
      ['GET', '/2015-02-01/file-systems?MaxItems=many'],
      [400, 'SerializationException', /STRING_VALUE can not be converted to an Integer/],
    ],
    [
      'a member that is missing in the body',
      ['PUT', '/2015-02-01/file-systems/fs-1/policy', '{}'],
      [
        400,
        'ValidationException',
        /^1 validation error detected: Value null at 'policy' failed to satisfy constraint: Member must not be null$/,
      ],
    ],
    [
      'a member that is missing in the query',
      ['DELETE', '/2015-02-01/resource-tags/fs-1'],
      [400, 'ValidationException', / Value null at 'tagKeys' /],
    ],
    ['an unknown path', ['GET', '/2015-02-01/nothing'], [404, 'UnknownOperationException', /not valid/]],
    [
      'another method',
      ['PATCH', '/2015-02-01/file-systems'],
      [404, 'UnknownOperationException', /not valid/],
    ],
    [
      'a way up in the path',
      ['GET', '/2015-02-01/resource-tags/../file-systems'],
      [404, 'UnknownOperationException', /not valid/],
    ],
    [
      'an empty label',
      ['PUT', '/2015-02-01/file-systems//policy', '{"Policy":"x"}'],
      [404, 'UnknownOperationException', /not valid/],
    ],
    [
      'a label that cannot be decoded',
      ['PUT', '/2015-02-01/file-systems/%ff/policy', '{"Policy":"x"}'],
      [404, 'UnknownOperationException', /not valid/],
    ],
  ];
  for (const [name, [method, path, body], [status, code, message]] of REFUSED) {
    it(`refuses ${name}`, async () => {
      const answer = await ask(method, path, body);
      assert.deepEqual([answer.status, answer.headers['x-amzn-errortype']], [status, code]);
      const members = JSON.parse(answer.body) as { Message?: string; message?: string };
      assert.match(members.Message ?? members.message ?? '', message);
      assert.deepEqual(got, []);
    });
  }

  it('refuses a request that is not signed, or for another service', async () => {
    const headers = { host: `127.0.0.1:${front.port}` };
    const unsigned = await send('GET', '/2015-02-01/file-systems', headers, Buffer.alloc(0));
    assert.deepEqual(
      [unsigned.status, unsigned.headers['x-amzn-errortype']],
      [403, 'MissingAuthenticationTokenException'],
    );
    const other = await ask('GET', '/2015-02-01/file-systems', '', 'ecs');
    assert.deepEqual([other.status, other.headers['x-amzn-errortype']], [403, 'InvalidSignatureException']);
    assert.deepEqual(got, []);
  });

  it('refuses a page of a browser, also for what changes nothing', async () => {
    const headers = { host: `127.0.0.1:${front.port}`, 'sec-fetch-site': 'cross-site' };
    const answer = await send('GET', '/2015-02-01/file-systems', headers, Buffer.alloc(0));
    assert.equal(answer.status, 403);
    assert.match(answer.body, /web pages of another site/);
  });
});
