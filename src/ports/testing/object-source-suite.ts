/** What every ObjectSource does. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AppError } from '../../domain/errors.ts';
import type { ObjectAccess, ObjectSource } from '../object-source.ts';

export interface ObjectSourceHarness {
  readonly source: ObjectSource;
  readonly access: ObjectAccess;
  close(): Promise<void>;
}

/** What the harness puts into S3 before the suite runs: by bucket, then by key. */
export type Buckets = Readonly<Record<string, Readonly<Record<string, string>>>>;

const ODD_KEYS = [
  'a b/ä+&=$@.env',
  'quotes\'"!()*.env',
  'a//b.env',
  'percent%20.env',
  'question?mark#.env',
  'tilde~-_..env',
  '🌍.env',
];
const BUCKETS: Buckets = {
  'suite-bucket': {
    'prod.env': 'A=1\nB=ä\n',
    'empty.env': '',
    ...Object.fromEntries(ODD_KEYS.map((key) => [key, key])),
  },
};

/** Runs the suite as test cases under `name`. */
export function describeObjectSource(
  name: string,
  start: (buckets: Buckets) => Promise<ObjectSourceHarness>,
): void {
  describe(name, () => {
    let harness: ObjectSourceHarness;
    const get = async (key: string, { bucket = 'suite-bucket', maxBytes = 100 } = {}): Promise<string> => {
      const query = { bucket, key, region: 'eu-west-1', maxBytes };
      return (await harness.source.get(query, harness.access)).toString('utf8');
    };
    before(async () => {
      harness = await start(BUCKETS);
    });
    after(() => harness?.close());

    it('gives an object byte for byte', async () => {
      assert.equal(await get('prod.env'), 'A=1\nB=ä\n');
      assert.equal(await get('empty.env'), '');
    });

    for (const key of ODD_KEYS) {
      it(`gives an object whose key is ${key}`, async () => assert.equal(await get(key), key));
    }

    it('says not-found for a key and for a bucket that are not there', async () => {
      assert.equal((await fails(get('none.env'), 'not-found')).details['awsCode'], 'NoSuchKey');
      const { details } = await fails(get('prod.env', { bucket: 'suite-none' }), 'not-found');
      assert.equal(details['awsCode'], 'NoSuchBucket');
    });

    it('refuses an object that is longer than asked for, and gives one that is as long', async () => {
      assert.equal(await get('prod.env', { maxBytes: 9 }), 'A=1\nB=ä\n');
      await fails(get('prod.env', { maxBytes: 8 }), 'invalid');
    });

    it('says aborted when the signal has fired', async () => {
      const query = { bucket: 'suite-bucket', key: 'prod.env', region: 'eu-west-1', maxBytes: 100 };
      const access = { ...harness.access, signal: AbortSignal.abort() };
      await fails(harness.source.get(query, access), 'aborted');
    });
  });
}

async function fails(work: Promise<unknown>, kind: string): Promise<AppError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.kind, kind, error.message);
    return error;
  }
  return assert.fail(`it did not fail with ${kind}`);
}
