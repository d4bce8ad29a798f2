import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { FakeTaskNetwork } from '../../drivers/network-fake/fake-task-network.ts';
import {
  type InputContents,
  type InputScene,
  startInputScene,
} from '../../../test/support/inputs/input-scene.ts';

const DB = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:prod/db-AbCdEf';
const CONTENTS: InputContents = {
  buckets: { config: { 'a b/prod.env': 'LEVEL=info\nPORT=80\n', 'base.env': 'PORT=8080\nHOME=/app' } },
  secrets: { 'prod/db': { user: 'app', password: 'hunter2' }, '/app/token': 'T' },
};
const PREFIX = 'failed to download env files: file download command: non empty error stream: ';

async function scene(test: TestContext, contents = CONTENTS): Promise<InputScene> {
  const made = await startInputScene((resolve) => new FakeTaskNetwork({ resolve }), contents);
  test.after(() => made.close());
  return made;
}

function files(...arns: string[]) {
  return { environmentFiles: arns.map((arn) => ({ type: 's3', value: `arn:aws:s3:::${arn}` })) };
}

describe('the inputs of a task', () => {
  const { signal } = new AbortController();

  it("come from an S3 on the host's loopback by the name of S3 in the VPC, over TLS, signed", async (test) => {
    const { inputs, server, task } = await scene(test);
    const found = await inputs.environmentFiles(
      task(files('config/a b/prod.env', 'config/base.env')),
      signal,
    );
    assert.deepEqual(Object.fromEntries(found.get('web')?.map(({ name, value }) => [name, value]) ?? []), {
      LEVEL: 'info',
      PORT: '80',
      HOME: '/app',
    });
    assert.deepEqual(
      new Map(server.requests.map(({ url, isSigned }) => [url, isSigned])),
      new Map([
        ['/config/a%20b/prod.env', true],
        ['/config/base.env', true],
      ]),
    );
  });

  it('are told missing in words that users know', async (test) => {
    const { inputs, task } = await scene(test);
    await assert.rejects(inputs.environmentFiles(task(files('config/none.env')), signal), {
      kind: 'not-found',
      message: `${PREFIX}unable to download env file with key none.env from bucket config, error: NoSuchKey: The specified key does not exist.`,
    });
  });

  it('are told unreachable when S3 has ended', async (test) => {
    const { inputs, server, task } = await scene(test);
    await server.close();
    await assert.rejects(inputs.environmentFiles(task(files('config/base.env')), signal), {
      kind: 'unavailable',
      message: /error: ServiceUnavailable: Service is unable to handle request\.$/,
    });
  });

  it('come from the file of secrets', async (test) => {
    const { inputs, task } = await scene(test);
    const secrets = await inputs.secrets(
      task({
        secrets: [
          { name: 'PASSWORD', valueFrom: `${DB}:password::` },
          { name: 'TOKEN', valueFrom: '/app/token' },
        ],
      }),
      signal,
    );
    assert.deepEqual(secrets.environment('web'), { PASSWORD: 'hunter2', TOKEN: 'T' });
  });
});
