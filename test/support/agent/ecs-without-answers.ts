/** Amazon ECS for tests whose tasks do not ask it. */
import assert from 'node:assert/strict';
import type { EcsClient } from '../../../src/agent/aws/ecs-client.ts';

const unasked = (): never => assert.fail('ECS was asked');

export const ecsWithoutAnswers: EcsClient = { tags: unasked, protection: unasked, protect: unasked };
