/** Ids of file systems and access points, which name directories. */
import { AppError } from '../errors.ts';

const FILE_SYSTEM_ID = /^fs-[0-9a-f]{8,40}$/;
const ACCESS_POINT_ID = /^fsap-[0-9a-f]{8,40}$/;

export function isFileSystemId(text: string): boolean {
  return FILE_SYSTEM_ID.test(text);
}

/** Throws `invalid` for any other text. */
export function checkFileSystemId(text: string): void {
  if (!isFileSystemId(text)) throw new AppError('invalid', 'not the id of a file system');
}

/** Throws `invalid` for any other text. */
export function checkAccessPointId(text: string): void {
  if (!ACCESS_POINT_ID.test(text)) throw new AppError('invalid', 'not the id of an access point');
}
