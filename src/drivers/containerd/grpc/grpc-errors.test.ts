import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../../../domain/errors.ts';
import { grpcError, runtimeRefusal } from './grpc-errors.ts';

const UNKNOWN = 2;
const NOT_FOUND = 5;
const UNAVAILABLE = 14;

function refusal(code: number, message: string): AppError {
  const refused = runtimeRefusal(grpcError(code, message, 'Create'));
  return refused instanceof AppError ? refused : assert.fail('no AppError');
}

describe('A refusal of the OCI runtime', () => {
  it('blames what was asked for, in its own words', () => {
    const message = 'OCI runtime create failed: exec: "no-such-program": executable file not found in $PATH';
    for (const code of [UNKNOWN, NOT_FOUND]) {
      const { kind, message: words } = refusal(code, message);
      assert.deepEqual({ kind, words }, { kind: 'invalid', words: message });
    }
  });

  for (const name of ['runc', 'runsc']) {
    it(`names ${name}, not the script on the machine that stands for it`, () => {
      const path = `/var/lib/neargate/containerd/${name}.sh`;
      const { message } = refusal(
        UNKNOWN,
        `create failed: ${path} did not terminate successfully: exit status 1`,
      );
      assert.equal(message, `create failed: ${name} did not terminate successfully: exit status 1`);
    });
  }

  it('is none when containerd cannot be reached', () => {
    assert.equal(refusal(UNAVAILABLE, 'gone').kind, 'unavailable');
  });
});
