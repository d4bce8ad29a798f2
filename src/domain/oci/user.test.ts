import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveUser } from './user.ts';

const files = {
  passwd: [
    'root:x:0:0:root:/root:/bin/sh',
    'app:x:1000:1001:App:/home/app:/bin/sh',
    'homeless:x:1002:1002:::',
    '# a comment',
    'broken',
  ].join('\n'),
  group: ['root:x:0:', 'wheel:x:10:root,app', 'app:x:1001:', 'docker:x:999:app', 'odd'].join('\n'),
};
const none = { passwd: undefined, group: undefined };

describe('The user of a container', () => {
  const cases = [
    { user: undefined, is: { uid: 0, gid: 0, additionalGids: [0, 10], home: '/root' } },
    { user: '', is: { uid: 0, gid: 0, additionalGids: [0, 10], home: '/root' } },
    { user: 'app', is: { uid: 1000, gid: 1001, additionalGids: [1001, 10, 999], home: '/home/app' } },
    { user: '1000', is: { uid: 1000, gid: 1001, additionalGids: [1001, 10, 999], home: '/home/app' } },
    { user: 'app:docker', is: { uid: 1000, gid: 999, additionalGids: [999], home: '/home/app' } },
    { user: 'app:4', is: { uid: 1000, gid: 4, additionalGids: [4], home: '/home/app' } },
    { user: '1000:10', is: { uid: 1000, gid: 10, additionalGids: [10], home: '/home/app' } },
    { user: '5000', is: { uid: 5000, gid: 0, additionalGids: [0], home: '/' } },
    { user: '5000:6000', is: { uid: 5000, gid: 6000, additionalGids: [6000], home: '/' } },
    { user: 'homeless', is: { uid: 1002, gid: 1002, additionalGids: [1002], home: '/' } },
    { user: ':docker', is: { uid: 0, gid: 999, additionalGids: [999], home: '/root' } },
  ];
  for (const { user, is } of cases) {
    it(`is resolved in the image: ${user ?? 'none given'}`, () => {
      assert.deepEqual(resolveUser(user, files), is);
    });
  }

  it('may be a number where the image has no files', () => {
    assert.deepEqual(resolveUser('7:8', none), { uid: 7, gid: 8, additionalGids: [8], home: '/' });
    assert.deepEqual(resolveUser(undefined, none), { uid: 0, gid: 0, additionalGids: [0], home: '/' });
  });

  const refusals = [
    {
      user: 'nobody-here',
      files,
      message: 'unable to find user nobody-here: no matching entries in passwd file',
    },
    { user: 'app', files: none, message: 'unable to find user app: no matching entries in passwd file' },
    { user: 'app:none', files, message: 'unable to find group none: no matching entries in group file' },
    { user: '2147483648', files, message: 'uids and gids must be in range 0-2147483647' },
    { user: '0:2147483648', files, message: 'uids and gids must be in range 0-2147483647' },
    { user: '-1', files, message: 'unable to find user -1: no matching entries in passwd file' },
  ];
  for (const { user, files: given, message } of refusals) {
    it(`is refused in Docker’s words: ${user}, ${given === none ? 'no files' : 'files'}`, () => {
      assert.throws(() => resolveUser(user, given), { message, kind: 'invalid' });
    });
  }
});
