import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mountOptions, mountSource } from './mount-options.ts';

describe('options of a mount', () => {
  it('are those that AWS recommends, and the address that the kernel wants', () => {
    assert.equal(
      mountOptions({ address: '10.0.1.5', port: 2049 }),
      'vers=4.1,rsize=1048576,wsize=1048576,hard,timeo=600,retrans=2,noresvport,proto=tcp,port=2049,addr=10.0.1.5',
    );
  });

  for (const [directories, source] of [
    [['/'], 'h:/'],
    [['/', '/a/b'], 'h:/a/b'],
    [['/export/', '/'], 'h:/export'],
    [['//export', 'sub'], 'h:/export/sub'],
  ] as const) {
    it(`name ${directories.join(' in ')} as ${source}`, () => {
      assert.equal(mountSource('h', ...directories), source);
    });
  }
});
