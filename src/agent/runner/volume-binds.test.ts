import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { platformVersion } from '../../domain/ecs/platform-version.ts';
import { AppError, toAppError } from '../../domain/errors.ts';
import { launchFailure } from './failure.ts';
import type { ContainerContext, PreparedImage } from './step-context.ts';
import { volumeBinds } from './volume-binds.ts';

/** What a task is told whose volumes cannot be made for this reason. */
async function told(error: Error, version: string): Promise<string> {
  const container = aContainer('web', { mountPoints: [{ sourceVolume: 'v', containerPath: '/v' }] });
  const context = {
    container,
    assignment: anAssignment([container], { volumes: [{ name: 'v' }] }),
    deps: { volumes: { prepare: () => Promise.reject(error) } },
    facts: () => ({ containers: [] }),
  } as unknown as ContainerContext;
  const failure = await volumeBinds(context, {} as PreparedImage, '/disk').catch(toAppError);
  assert.ok(failure instanceof AppError);
  const { errorNames: names } = platformVersion(version);
  return launchFailure('create-container', failure, { names, runtimeTimeoutMs: 1 }).task;
}

describe('volumeBinds', () => {
  const full = [
    {
      name: 'while they are filled',
      error: new AppError('failed-precondition', 'x', { details: { errno: 'ENOSPC' } }),
    },
    {
      name: 'while they are made',
      error: Object.assign(new Error("ENOSPC: no space left on device, mkdir '/disk/v'"), { code: 'ENOSPC' }),
    },
  ];
  for (const { name, error } of full) {
    it(`says that the disk is full ${name}, by the names of each platform version`, async () => {
      assert.equal(await told(error, '1.4.0'), 'CannotCreateVolumeError: no space left on device');
      assert.equal(await told(error, '1.3.0'), 'CannotCreateContainerError: no space left on device');
    });
  }
});
