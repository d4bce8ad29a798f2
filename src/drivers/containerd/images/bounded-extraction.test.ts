import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { hasKind } from '../../../domain/errors.ts';
import { bounded } from './bounded-extraction.ts';

/** Never done; ends when its signal fires. */
async function endless(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw new Error('ended');
}

const growing = () => {
  let size = 0;
  return () => Promise.resolve((size += 1));
};

describe('Work with bounds', () => {
  it('is ended when it has written too much, as by a full disk', async () => {
    await assert.rejects(bounded({ bytes: growing(), maxBytes: 3, everyMs: 1 }, endless), (error) => {
      return hasKind(error, 'failed-precondition') && error.details['errno'] === 'ENOSPC';
    });
  });

  it('goes on while nobody can say how much it has written', async () => {
    const bytes = growing();
    const unknown = async (): Promise<number> => {
      if ((await bytes()) < 3) throw new Error('nothing there yet');
      return 4;
    };
    await assert.rejects(bounded({ bytes: unknown, maxBytes: 3, everyMs: 1 }, endless), (error) =>
      hasKind(error, 'failed-precondition'),
    );
  });

  it('resolves, or fails, by itself otherwise', async () => {
    const bounds = { bytes: () => Promise.resolve(3), maxBytes: 3, everyMs: 1 };
    assert.equal(await bounded(bounds, () => Promise.resolve('done')), 'done');
    await assert.rejects(
      bounded(bounds, () => Promise.reject(new Error('its own'))),
      /its own/,
    );
    const given = AbortSignal.abort();
    await assert.rejects(bounded({ ...bounds, signal: given }, endless), /ended/);
  });
});
