import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileSystemServer } from './file-system-server.ts';

describe('an external server of a file system', () => {
  it('is a name or an address, with a directory', () => {
    assert.deepEqual(fileSystemServer.read('fs-0123456789abcdef0=nas.example:/export/app'), {
      ...{ fileSystemId: 'fs-0123456789abcdef0', host: 'nas.example', path: '/export/app' },
    });
    assert.deepEqual(fileSystemServer.read('fs-01234567=192.168.1.5:/'), {
      ...{ fileSystemId: 'fs-01234567', host: '192.168.1.5', path: '/' },
    });
  });

  for (const [name, text] of [
    ['no directory', 'fs-01234567=nas.example'],
    ['no file system', 'nas.example:/export'],
    ['an address that is none', 'fs-01234567=300.1.1.1:/export'],
    ['a name that is none', 'fs-01234567=-nas:/export'],
    ['a directory that leads out', 'fs-01234567=nas:/export/../etc'],
    ['the loopback address', 'fs-01234567=127.0.0.1:/export'],
    ['the loopback name', 'fs-01234567=localhost:/export'],
  ] as const) {
    it(`has not ${name}`, () => {
      assert.throws(() => fileSystemServer.read(text), /must/);
    });
  }
});
