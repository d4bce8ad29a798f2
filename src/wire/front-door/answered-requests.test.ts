import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CreateClusterCommand, DescribeTasksCommand, ECSClient } from '@aws-sdk/client-ecs';
import { openFrontDoor, sampleServices, TEST_KEY } from '../../../test/support/trivial-front-door.ts';
import type { AnsweredRequest } from './dispatcher.ts';

describe('Requests that a front door has answered', () => {
  it('are told by service, operation and status, those too that name none or are refused', async () => {
    const told: AnsweredRequest[] = [];
    const services = sampleServices({ contexts: [], waiting: [] });
    const { door, endpoint } = await openFrontDoor(services, { onAnswered: (one) => told.push(one) });
    const client = (secretAccessKey: string): ECSClient =>
      new ECSClient({
        ...{ endpoint, region: 'eu-west-1', maxAttempts: 1 },
        credentials: { ...TEST_KEY, secretAccessKey },
      });
    const known = client(TEST_KEY.secretAccessKey);
    await known.send(new DescribeTasksCommand({ tasks: ['t'] }));
    const wrong = client('wrong');
    await assert.rejects(wrong.send(new DescribeTasksCommand({ tasks: ['t'] })));
    await assert.rejects(known.send(new CreateClusterCommand({ clusterName: 'not-api-error' })));
    await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Nobody.Nothing' },
      body: '{}',
    });
    known.destroy();
    wrong.destroy();
    await door.close();
    assert.deepEqual(
      told.map(({ service, operation, status }) => [service, operation, Math.floor(status / 100)]),
      [
        ['ecs', 'DescribeTasks', 2],
        ['ecs', 'DescribeTasks', 4],
        ['ecs', 'CreateCluster', 5],
        ['unknown', 'unknown', 4],
      ],
    );
    assert.ok(told.every(({ seconds }) => seconds >= 0 && seconds < 60));
  });
});
