import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { actingUser } from './acting-user.ts';

const LAST = 0xffff_ffff;

function actingIn(posixUser?: { uid: number; gid: number; secondaryGids: number[] }) {
  const accessPoint = { accessPointId: 'fsap-00000001', rootPath: '/', ...(posixUser && { posixUser }) };
  return actingUser({ fileSystemId: 'fs-00000001', rootDirectory: '/', accessPoint });
}

describe('actingUser', () => {
  it("is the access point's, or nobody in particular", () => {
    const user = { uid: 0, gid: 5, secondaryGids: [LAST - 1] };
    assert.deepEqual(actingIn(user), user);
    assert.equal(actingIn(), undefined);
    assert.equal(actingUser({ fileSystemId: 'fs-00000001', rootDirectory: '/' }), undefined);
  });

  it('is nobody for the id that would leave root in place', () => {
    assert.deepEqual(actingIn({ uid: LAST, gid: LAST, secondaryGids: [LAST, 7] }), {
      ...{ uid: 65_534, gid: 65_534 },
      secondaryGids: [65_534, 7],
    });
  });
});
