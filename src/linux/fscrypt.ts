/**
 * Directories that a file system encrypts by itself (fscrypt), with a key that nobody knows: it goes from here to the
 * kernel, which forgets it when the file system is unmounted. Contents, names and symlinks are encrypted; sizes, owners,
 * modes and times are not.
 */
import { randomFillSync } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../domain/errors.ts';
import { hasErrno, nodeError } from './errno.ts';
import { callOffThread } from './libc.ts';

const FS_IOC_ADD_ENCRYPTION_KEY = 0xc0506617;
const FS_IOC_SET_ENCRYPTION_POLICY = 0x800c6613;
const KEY_BYTES = 64;
/** `struct fscrypt_add_key_arg`: type, reserved, identifier of 32 bytes, size of the key, reserved; then the key. */
const ADD_KEY_BYTES = 80;
const ADD_KEY_SIZE = 40;
const KEY_TYPE_IDENTIFIER = 2;
const IDENTIFIER_OFFSET = 8;
const IDENTIFIER_BYTES = 16;
/** `struct fscrypt_policy_v2`: version, modes of contents and names, flags, reserved; then the key's identifier. */
const POLICY_BYTES = 24;
const POLICY_IDENTIFIER = 8;
const AES_256_XTS = 1;
const AES_256_CTS = 4;
/** The lengths of names are told only in steps of 32 bytes. */
const PAD_32 = 3;

/**
 * Makes a directory (0700) at the root of a mounted file system, all of whose content will be encrypted with a new
 * random key. `unimplemented` where the kernel, or this file system, cannot.
 */
export async function makeEncryptedDirectory(mountPoint: string, name: string): Promise<void> {
  const path = join(mountPoint, name);
  try {
    const identifier = await withDirectory(mountPoint, addRandomKey);
    await mkdir(path, { mode: 0o700 });
    await withDirectory(path, (fd) => setPolicy(fd, identifier));
  } catch (error) {
    if (!hasErrno(error, 'EOPNOTSUPP', 'ENOTTY', 'ENOPKG')) throw nodeError(error, path);
    throw new AppError('unimplemented', 'the kernel cannot encrypt ext4 (fscrypt)', { cause: error });
  }
}

async function addRandomKey(fd: number): Promise<Buffer> {
  const argument = Buffer.alloc(ADD_KEY_BYTES + KEY_BYTES);
  argument.writeUInt32LE(KEY_TYPE_IDENTIFIER, 0);
  argument.writeUInt32LE(KEY_BYTES, ADD_KEY_SIZE);
  randomFillSync(argument, ADD_KEY_BYTES);
  try {
    await callOffThread('ioctl', 'FS_IOC_ADD_ENCRYPTION_KEY', fd, FS_IOC_ADD_ENCRYPTION_KEY, argument);
    return Buffer.from(argument.subarray(IDENTIFIER_OFFSET, IDENTIFIER_OFFSET + IDENTIFIER_BYTES));
  } finally {
    argument.fill(0);
  }
}

async function setPolicy(fd: number, identifier: Buffer): Promise<void> {
  const policy = Buffer.alloc(POLICY_BYTES);
  policy.set([2, AES_256_XTS, AES_256_CTS, PAD_32]);
  identifier.copy(policy, POLICY_IDENTIFIER);
  await callOffThread('ioctl', 'FS_IOC_SET_ENCRYPTION_POLICY', fd, FS_IOC_SET_ENCRYPTION_POLICY, policy);
}

async function withDirectory<T>(path: string, act: (fd: number) => Promise<T>): Promise<T> {
  const directory = await open(path, 'r');
  try {
    return await act(directory.fd);
  } finally {
    await directory.close();
  }
}
