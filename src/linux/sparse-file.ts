/** Sparse files: where their data is, filling them from a template, and reserving room in them. */
import type { FileHandle } from 'node:fs/promises';
import { hasErrno } from './errno.ts';
import { call, callOffThread } from './libc.ts';

const FALLOC_FL_KEEP_SIZE = 1;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const LARGEST_PIECE_BYTES = 1 << 20;

export interface Extent {
  readonly offset: number;
  readonly data: Buffer;
}

/** All data of a sparse file, the holes left out. For files with little of it. */
export async function readExtents(file: FileHandle): Promise<Extent[]> {
  const extents: Extent[] = [];
  for await (const extent of dataOf(file)) {
    // Reserved room without content is as good as a hole.
    if (extent.data.some((byte) => byte !== 0)) extents.push(extent);
  }
  return extents;
}

/** The data of a file piece by piece, the holes left out. */
export async function* dataOf(file: FileHandle): AsyncGenerator<Extent> {
  for (let end = 0; ; ) {
    let start: number;
    try {
      start = call('lseek', 'SEEK_DATA', file.fd, end, SEEK_DATA);
    } catch (error) {
      if (hasErrno(error, 'ENXIO')) return;
      throw error;
    }
    end = call('lseek', 'SEEK_HOLE', file.fd, start, SEEK_HOLE);
    for (let offset = start; offset < end; ) {
      const data = Buffer.allocUnsafe(Math.min(end - offset, LARGEST_PIECE_BYTES));
      const { bytesRead } = await file.read(data, 0, data.length, offset);
      // Cut short meanwhile.
      if (bytesRead === 0) return;
      yield { offset, data: data.subarray(0, bytesRead) };
      offset += bytesRead;
    }
  }
}

/** Makes an empty file `size` bytes long with these extents. */
export async function writeExtents(
  file: FileHandle,
  size: number,
  extents: readonly Extent[],
): Promise<void> {
  await file.truncate(size);
  await Promise.all(extents.map(({ offset, data }) => file.write(data, 0, data.length, offset)));
}

/** Reserves the first `bytes` of a file on its file system. `failed-precondition` (ENOSPC) when there is no room. */
export async function reserve(file: FileHandle, bytes: number): Promise<void> {
  await callOffThread('fallocate', `of ${bytes} bytes`, file.fd, 0, 0, bytes);
}

/** What `reserve` does, for a part of the file and before it returns. With `keepSize` the file stays as long as it is. */
export function reserveNow(
  fd: number,
  { offset, length, keepSize = false }: { offset: number; length: number; keepSize?: boolean },
): void {
  call('fallocate', `of ${length} bytes`, fd, keepSize ? FALLOC_FL_KEEP_SIZE : 0, offset, length);
}
