import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openFrontDoor, TEST_ACCOUNT, TEST_KEY } from '../../../test/support/trivial-front-door.ts';
import { openApi } from '../../cli/api-client.ts';
import { listPulls } from '../../cli/pulls.ts';
import type { ImagePull } from '../../domain/task/pull-progress.ts';
import { createNeargateService } from './service.ts';

const PROGRESS = { layersDone: 0, layersUnpacked: 0, layersTotal: 2, bytesDone: 5, bytesTotal: 10 };

const pullOf = (account: string, region: string): ImagePull => ({
  taskArn: `arn:aws:ecs:${region}:${account}:task/default/t1`,
  image: 'web',
  progress: { phase: 'downloading', ...PROGRESS },
});

async function anApi(t: TestContext, secretAccessKey = TEST_KEY.secretAccessKey) {
  const pulls = [
    pullOf(TEST_ACCOUNT, 'us-east-1'),
    pullOf(TEST_ACCOUNT, 'eu-west-1'),
    pullOf('111111111111', 'us-east-1'),
  ];
  const { door, endpoint } = await openFrontDoor([createNeargateService({ all: () => pulls })]);
  t.after(() => door.close());
  const info = { endpoint, region: 'us-east-1', account: TEST_ACCOUNT, pid: 1, dataDir: '', version: '' };
  const defaultVpc = { vpcId: '', securityGroupId: '', subnets: [] };
  const { accessKeyId } = TEST_KEY;
  const api = openApi({ ...info, defaultVpc, accessKeyId, secretAccessKey });
  t.after(() => api.close());
  return api;
}

describe('ListImagePulls', () => {
  it('tells the pulls of the caller’s account and region', async (t) => {
    const api = await anApi(t);
    assert.deepEqual(await listPulls(api), [
      {
        taskArn: `arn:aws:ecs:us-east-1:${TEST_ACCOUNT}:task/default/t1`,
        image: 'web',
        phase: 'downloading',
        ...PROGRESS,
      },
    ]);
  });

  it('tells those who cannot sign nothing', async (t) => {
    const api = await anApi(t, 'another');
    await assert.rejects(listPulls(api), /signature/i);
  });
});
