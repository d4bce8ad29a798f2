import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { platformVersion } from '../../domain/ecs/platform-version.ts';
import { AppError, toAppError } from '../../domain/errors.ts';
import { launchFailure } from './failure.ts';

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
  it('is told in Fargate’s words, without a path of the machine', () => {
    const cause = Object.assign(new Error("ENOSPC: no space left on device, mkdir '/data/output/a'"), {
      code: 'ENOSPC',
    });
    const context = { names: platformVersion('1.4.0').errorNames, runtimeTimeoutMs: 60_000 };
    assert.deepEqual(launchFailure('open-logs', toAppError(cause), context), {
      task: 'ResourceInitializationError: failed to validate logger args: no space left on device',
    });
  });
});
