import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PauseArchitecture, pauseProgram } from './pause-program.ts';

const BASE = 0x400000;
const MACHINES: readonly [PauseArchitecture, machine: number][] = [
  ['amd64', 62],
  ['arm64', 183],
];

function viewOf(architecture: PauseArchitecture): DataView {
  return new DataView(pauseProgram(architecture).buffer);
}

describe('The pause program', () => {
  for (const [architecture, machine] of MACHINES) {
    it(`is a small executable for ${architecture} whose one segment is the whole file, not writable`, () => {
      const view = viewOf(architecture);
      assert.ok(view.byteLength < 1024);
      assert.equal(view.getUint32(0), 0x7f454c46);
      assert.deepEqual([view.getUint8(4), view.getUint8(5)], [2, 1], '64 bits, little-endian');
      assert.equal(view.getUint16(0x10, true), 2, 'ET_EXEC');
      assert.equal(view.getUint16(0x12, true), machine);
      const header = Number(view.getBigUint64(0x20, true));
      assert.deepEqual(
        [view.getUint32(header, true), view.getUint32(header + 4, true)],
        [1, 5],
        'PT_LOAD, R E',
      );
      const [offset, address, , inFile, inMemory] = [8, 16, 24, 32, 40].map((at) =>
        Number(view.getBigUint64(header + at, true)),
      );
      assert.deepEqual([offset, address], [0, BASE]);
      assert.deepEqual([inFile, inMemory], [view.byteLength, view.byteLength]);
      assert.equal(view.getUint32(header + 0x38, true), 0x6474e551, 'PT_GNU_STACK');
      assert.equal(view.getUint32(header + 0x3c, true), 6, 'a stack that is not executed');
    });

    it(`ignores SIGCHLD and waits for SIGTERM, by the data that ${architecture} reads`, () => {
      const view = viewOf(architecture);
      assert.equal(view.getBigUint64(0xb0, true), 1n, 'SIG_IGN');
      assert.equal(view.getBigUint64(0xb8, true), 2n, 'SA_NOCLDWAIT');
      assert.equal(view.getBigUint64(0xd0, true), 1n << 14n, 'SIGTERM');
      assert.equal(Number(view.getBigUint64(0x18, true)), BASE + 0xd8, 'instructions follow the data');
    });
  }

  it('makes the system calls of arm64 with the addresses of its data', () => {
    const view = viewOf('arm64');
    const calls: number[] = [];
    const addresses: number[] = [];
    for (let at = 0xd8; at < view.byteLength; at += 4) {
      const word = view.getUint32(at, true);
      // movz x8, #number
      if ((word & 0xffe0001f) >>> 0 === 0xd2800008) calls.push((word >>> 5) & 0xffff);
      // adr xN, address: 21 bits, the lowest two of them elsewhere
      if ((word & 0x9f000000) >>> 0 === 0x10000000) {
        const high = ((word << 8) >> 13) << 2;
        addresses.push(at + (high | ((word >>> 29) & 3)));
      }
      // tbnz x0, #63, target: back to where the set's address is loaded
      if ((word & 0xfff8001f) >>> 0 === 0xb7f80000) assert.equal(((word << 13) >> 18) * 4, -8);
    }
    assert.deepEqual(calls, [134, 135, 137, 94], 'rt_sigaction, rt_sigprocmask, rt_sigtimedwait, exit_group');
    assert.deepEqual(addresses, [0xb0, 0xd0, 0xd0]);
  });
});
