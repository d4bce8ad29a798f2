/** What every source of objects does, whatever it is made of. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import type { Dialer } from '../dialer.ts';
import type { ObjectQuery, ObjectSource } from '../object-source.ts';

export interface ObjectSourceHarness {
  readonly source: ObjectSource;
  readonly dialer: Dialer;
  close(): Promise<void>;
}

/** Runs the suite as test cases under `name`. `open`: a source with these objects, text by `bucket/key`. */
export function describeObjectSource(
  name: string,
  open: (objects: Readonly<Record<string, string>>) => Promise<ObjectSourceHarness>,
): void {
  describe(name, () => {
    let harness: ObjectSourceHarness;
    before(async () => {
      harness = await open({
        'config/app.env': 'A=1\n',
        'config/dir a/b+c (1).env': 'B=ü',
        'config/empty': '',
      });
    });
    after(() => harness.close());

    const get = async (
      query: Partial<ObjectQuery>,
      signal = new AbortController().signal,
    ): Promise<string> => {
      const whole = { bucket: 'config', key: 'app.env', region: 'eu-west-1', maxBytes: 100, ...query };
      return (await harness.source.get(whole, { dialer: harness.dialer, signal })).toString('utf8');
    };

    it('gives the bytes of objects, whatever characters their keys have', async () => {
      assert.equal(await get({}), 'A=1\n');
      assert.equal(await get({ key: 'dir a/b+c (1).env' }), 'B=ü');
      assert.equal(await get({ key: 'empty' }), '');
    });

    it('says not-found for what is not there', async () => {
      await assert.rejects(get({ key: 'nothing' }), (error) => {
        return hasKind(error, 'not-found') && error.message.startsWith('NoSuchKey: ');
      });
    });

    it('refuses what is longer than it may be', async () => {
      await assert.rejects(get({ maxBytes: 3 }), (error) => hasKind(error, 'invalid'));
    });

    it('gives nothing to who has given up', async () => {
      await assert.rejects(get({}, AbortSignal.abort()), (error) => hasKind(error, 'aborted'));
    });
  });
}
