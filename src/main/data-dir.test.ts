import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dataDir } from './data-dir.ts';

const runOf = (data: string, runtimeDir?: string): string => dataDir({ dataDir: data, runtimeDir }).run;

describe('Sockets and pid files', () => {
  it("of the system's Neargate are in /run", () => {
    assert.equal(runOf('/var/lib/neargate'), '/run/neargate');
  });

  it('of another are in its data directory', () => {
    assert.equal(runOf('/srv/neargate'), '/srv/neargate/run');
  });

  it('are where a setting says, before all else', () => {
    assert.equal(runOf('/var/lib/neargate', '/run/other'), '/run/other');
    assert.equal(dataDir({ dataDir: '/srv/x', runtimeDir: '/run/x' }).linkSocket, '/run/x/link.sock');
  });
});
