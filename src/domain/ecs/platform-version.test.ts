import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  defaultStorageGiB,
  findPlatformVersion,
  platformVersion,
  resolvePlatformVersion,
} from './platform-version.ts';

describe('platform versions', () => {
  for (const [requested, latest, number] of [
    [undefined, '1.4.0', '1.4.0'],
    ['LATEST', '1.4.0', '1.4.0'],
    ['LATEST', '1.3.0', '1.3.0'],
    ['1.3.0', '1.4.0', '1.3.0'],
    ['1.4', '1.4.0', undefined],
    ['latest', '1.4.0', undefined],
    ['1.2.0', '1.4.0', undefined],
  ] as const) {
    it(`takes ${requested ?? 'nothing'} as ${number ?? 'unknown'} when LATEST is ${latest}`, () => {
      assert.equal(resolvePlatformVersion(requested, latest)?.platformVersion, number);
    });
  }

  it('differ as AWS says', () => {
    const [old, current] = [platformVersion('1.3.0'), platformVersion('1.4.0')];
    assert.deepEqual([old.mtu, current.mtu], [1500, 9001]);
    assert.deepEqual([defaultStorageGiB(old), defaultStorageGiB(current)], [14, 20]);
    assert.equal(old.throughTaskInterface.secrets, false);
    assert.equal(current.throughTaskInterface.secrets, true);
    assert.equal(old.features.size, 0);
    assert.ok(current.features.has('efs-volumes'));
    assert.deepEqual(old.metadata.versions, ['v2', 'v3']);
    assert.deepEqual(current.metadata.versions, ['v2', 'v3', 'v4']);
    assert.deepEqual([old.defaultNofile.hardLimit, current.defaultNofile.hardLimit], [4096, 65_535]);
  });

  it('name failures as each of them does', () => {
    const names = (number: string) => platformVersion(number).errorNames;
    const differing = Object.entries(names('1.3.0')).filter(([category, name]) => {
      return names('1.4.0')[category as keyof ReturnType<typeof names>] !== name;
    });
    assert.deepEqual(Object.fromEntries(differing), {
      runtimeTimeout: 'DockerTimeoutError',
      resourceInitialization: 'CannotCreateContainerError',
      volumeCreation: 'CannotCreateContainerError',
      runtime: 'CannotCreateContainerError',
      internal: 'CannotStartContainerError',
    });
    assert.equal(names('1.4.0').runtimeTimeout, 'ContainerRuntimeTimeoutError');
    assert.equal(names('1.4.0').resourceInitialization, 'ResourceInitializationError');
    assert.equal(names('1.4.0').pull, 'CannotPullContainerError');
  });

  it('are found by number only', () => {
    assert.equal(findPlatformVersion('LATEST'), undefined);
    assert.throws(() => platformVersion('LATEST'), RangeError);
  });
});
