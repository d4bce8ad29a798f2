/**
 * Encryption as it was asked for. The key is the account's own for EFS unless another one is named; there is no KMS here,
 * so the default key's id is made from the account and region and nothing is encrypted with it.
 */
import { createHash } from 'node:crypto';
import type { CreateFileSystemRequest } from '@aws-sdk/client-efs';
import { formatArn, type Scope } from '../../../domain/arn.ts';
import type { FileSystemRecord } from '../../../domain/efs/records.ts';
import { checkText } from '../constraints.ts';
import { badRequest } from '../errors.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const KMS_KEY = `^(${UUID}|mrk-[0-9a-f]{32}|alias/[a-zA-Z0-9/_-]+|(arn:aws[-a-z]*:kms:[a-z0-9-]+:\\d{12}:((key/${UUID})|(key/mrk-[0-9a-f]{32})|(alias/[a-zA-Z0-9/_-]+))))$`;

export function encryptionOf(
  { Encrypted: encrypted = false, KmsKeyId: key }: CreateFileSystemRequest,
  scope: Scope,
): Pick<FileSystemRecord, 'encrypted' | 'kmsKeyId'> {
  checkText('kmsKeyId', key, { max: 2048, pattern: KMS_KEY });
  if (encrypted) return { encrypted, kmsKeyId: keyArn(key ?? ownKeyId(scope), scope) };
  if (key !== undefined) throw badRequest('Encrypted must be set to true when KmsKeyId is specified.');
  return { encrypted };
}

function keyArn(key: string, scope: Scope): string {
  if (key.startsWith('arn:')) return key;
  return formatArn('kms', scope, key.startsWith('alias/') ? key : `key/${key}`);
}

/** The same each time, as the id of the key behind `alias/aws/elasticfilesystem` is. */
function ownKeyId({ account, region }: Scope): string {
  const hex = createHash('sha256').update(`elasticfilesystem ${account} ${region}`).digest('hex');
  const part = (from: number, to: number): string => hex.slice(from, to);
  return [part(0, 8), part(8, 12), `4${part(13, 16)}`, `8${part(17, 20)}`, part(20, 32)].join('-');
}
