/** Certificates of authorities that a task definition names by a path of this machine (`splunk-capath`). */
import { readFile, realpath } from 'node:fs/promises';
import { AppError } from '../../../domain/errors.ts';

/** Where a machine keeps what anybody may read of authorities. Nothing else of the machine is a task definition's business. */
const DIRECTORIES = ['/etc/ssl/certs/', '/usr/local/share/ca-certificates/', '/usr/share/ca-certificates/'];
const MOST_BYTES = 2 ** 20;

/** PEM. Throws `invalid` with what users read after `failed to validate logger args: `. */
export async function authoritiesAt(path: string): Promise<string> {
  const missing = new AppError('invalid', `splunk: open ${path}: no such file or directory`);
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined || !DIRECTORIES.some((directory) => real.startsWith(directory))) throw missing;
  const text = await readFile(real, 'utf8').catch(() => undefined);
  if (text === undefined || text.length > MOST_BYTES) throw missing;
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new AppError('invalid', `splunk: failed to append certificates of ${path}`);
  }
  return text;
}
