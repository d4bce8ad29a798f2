/** Records as compressed files in folders that are shaped like the bucket they are for. */
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AppError } from '../../domain/errors.ts';
import { flowLogFilePath } from '../../domain/network/flow-logs/flow-log-file.ts';
import type { FlowBatch } from './flow-batch.ts';

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const HASH_DIGITS = 8;
const compress = promisify(gzip);

/** Writes the batch as one file, with the fields' names as its first line; the same one again changes nothing. */
export async function writeBucketFile(directory: string, batch: FlowBatch): Promise<string> {
  const { destination } = batch;
  if (destination.type !== 's3' || !BUCKET.test(destination.bucket)) {
    throw new AppError('invalid', 'not a bucket');
  }
  const lines = batch.interfaces.flatMap(({ records }) => records.map(({ message }) => message));
  const text = `${[batch.header, ...lines].join('\n')}\n`;
  const hash = createHash('sha256').update(`${batch.at}\n${text}`).digest('hex').slice(0, HASH_DIGITS);
  const path = join(directory, destination.bucket, ...flowLogFilePath({ ...batch, destination, hash }));
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, await compress(text), { mode: 0o600 });
  await rename(`${path}.new`, path);
  return path;
}
