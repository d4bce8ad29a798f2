import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { packageNames, PURPOSES } from './debian-packages.ts';

describe('Debian packages', () => {
  it('of the demo are those of running tasks and more, those of the tests more again', () => {
    const [run, demo, test] = [packageNames('run'), packageNames('demo'), packageNames('test')];
    assert.ok(run.includes('containerd') && run.includes('runc') && run.includes('nftables'));
    assert.deepEqual(
      run.filter((name) => !demo.includes(name)),
      [],
    );
    assert.deepEqual(
      demo.filter((name) => !test.includes(name)),
      [],
    );
    assert.ok(demo.includes('busybox-static') && !run.includes('busybox-static'));
    assert.ok(test.includes('awscli') && !demo.includes('awscli'));
  });

  it('are named once for each purpose', () => {
    for (const purpose of PURPOSES) {
      const names = packageNames(purpose);
      assert.ok(names.length > 0, purpose);
      assert.equal(new Set(names).size, names.length, purpose);
    }
  });
});
