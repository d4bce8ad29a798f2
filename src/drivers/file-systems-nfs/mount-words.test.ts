import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attemptWords, mountFailure, mountTimeout } from './mount-words.ts';

const ATTEMPT = { source: '127.0.0.1:/', path: '/data/efs-mounts/task/volume' };

describe('words of a failed mount', () => {
  for (const [errno, kind, words] of [
    ['EACCES', 'failed-precondition', "b'mount.nfs4: access denied by server while mounting 127.0.0.1:/'"],
    ['EPERM', 'failed-precondition', "b'mount.nfs4: access denied by server while mounting 127.0.0.1:/'"],
    [
      'ENOENT',
      'not-found',
      "b'mount.nfs4: mounting 127.0.0.1:/ failed, reason given by server: No such file or directory'",
    ],
    ['EIO', 'unavailable', "b'mount.nfs4: mount system call failed'"],
    ['ETIMEDOUT', 'deadline', "b'mount.nfs4: Connection timed out'"],
    ['EXYZ', 'unavailable', "b'mount.nfs4: mount system call failed'"],
  ] as const) {
    it(`are mount.nfs4's for ${errno}`, () => {
      const error = mountFailure(errno, ATTEMPT);
      assert.equal(error.message, words);
      assert.equal(error.kind, kind);
      assert.equal(error.details['exitCode'], 32);
    });
  }

  it('count the attempts as efs-utils does', () => {
    const lines = [1, 2].map((number) => attemptWords(number, 'timeout after 15 sec', 0));
    assert.equal(
      mountTimeout(lines).message,
      'Mount attempt 1/3 failed due to timeout after 15 sec, wait 0 sec before next attempt. ' +
        'Mount attempt 2/3 failed due to timeout after 15 sec, wait 0 sec before next attempt. ' +
        "b'mount.nfs4: mount system call failed'",
    );
  });
});
