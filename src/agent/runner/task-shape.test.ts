import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { taskShape } from './task-shape.ts';

describe('A task needs secrets', () => {
  const needs = (image: string, suffix?: string): boolean =>
    taskShape(anAssignment([aContainer('web'), aContainer('app', { image })]), suffix).needsSecrets;

  it('when an image is of a registry of ECR that is here, for a login', () => {
    assert.equal(needs('000000000000.dkr.ecr.eu-west-1.aws.test/app:1', 'aws.test'), true);
    assert.equal(needs('000000000000.dkr.ecr.eu-west-1.amazonaws.com/app:1', 'aws.test'), false);
    assert.equal(needs('public.ecr.aws/app:1', 'aws.test'), false);
    assert.equal(needs('app', 'aws.test'), false);
    assert.equal(needs('000000000000.dkr.ecr.eu-west-1.aws.test/app:1'), false);
  });
});
