import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { platformVersion } from '../../domain/ecs/platform-version.ts';
import { AppError, toAppError } from '../../domain/errors.ts';
import { launchFailure, VOLUMES_FAILED } from './failure.ts';
import type { LaunchStepName } from './steps.ts';

describe('an interface that cannot be made', () => {
  const told = (version: '1.3.0' | '1.4.0', error: AppError) =>
    launchFailure('attach-eni', error, {
      names: platformVersion(version).errorNames,
      runtimeTimeoutMs: 60_000,
    });

  it('is told in Fargate’s words with those of the tool that failed, on one line', () => {
    const error = new AppError(
      'unavailable',
      'nft failed: Error: Could not process rule:\n  No such file or directory',
    );
    assert.deepEqual(told('1.4.0', error), {
      task:
        'ResourceInitializationError: failed to configure ENI: nft failed: Error: Could not process rule: ' +
        'No such file or directory',
    });
  });

  it('has the name that version 1.3.0 gives it', () => {
    const error = new AppError('unavailable', 'nft failed: no');
    assert.equal(
      told('1.3.0', error).task,
      'CannotCreateContainerError: failed to configure ENI: nft failed: no',
    );
  });

  it('is told when the tool is not installed', () => {
    const error = new AppError('unimplemented', 'nft is not installed on this machine');
    assert.match(
      told('1.4.0', error).task,
      /^ResourceInitializationError: .*nft is not installed on this machine$/,
    );
  });
});

describe('a step that meets a full disk of the machine', () => {
  const context = { names: platformVersion('1.4.0').errorNames, runtimeTimeoutMs: 60_000 };
  const told = (step: LaunchStepName, error: AppError) => launchFailure(step, error, context);

  it('is told in Fargate’s words, without a path of the machine', () => {
    const cause = Object.assign(new Error("ENOSPC: no space left on device, mkdir '/data/output/a'"), {
      code: 'ENOSPC',
    });
    assert.deepEqual(told('open-logs', toAppError(cause)), {
      task: 'ResourceInitializationError: failed to validate logger args: no space left on device',
    });
  });

  it('is told so of the container when it is the runtime that meets it', () => {
    const said =
      'mkdir /data/containerd/state/io.containerd.runtime.v2.task/neargate/a-1: no space left on device';
    const refused = new AppError('failed-precondition', `failed to create shim task: ${said}: unknown`, {
      details: { errno: 'ENOSPC' },
    });
    const reason =
      'CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: ' +
      'no space left on device';
    for (const step of ['create-container', 'start-container', 'restart-container'] as const) {
      assert.deepEqual(told(step, refused), { task: reason, container: reason });
    }
  });

  it('is told so of the task’s disk when a system call meets it', () => {
    const refused = new AppError('failed-precondition', 'fallocate of /data/disks/a.img failed: ENOSPC', {
      details: { syscallCode: 'ENOSPC' },
    });
    assert.deepEqual(told('create-disk', refused), {
      task: 'ResourceInitializationError: failed to provision ephemeral storage: no space left on device',
    });
  });

  it('keeps the name of what failed in a volume', () => {
    const refused = new AppError('failed-precondition', 'no space left on device', {
      cause: Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }),
      details: { failed: VOLUMES_FAILED },
    });
    assert.match(
      told('create-container', refused).task,
      /^CannotCreateVolumeError: no space left on device$/,
    );
  });
});
