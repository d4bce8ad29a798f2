/** How large a task's disk may be asked for; the default, 20 GiB, cannot be written. */
import { ApiError } from '../errors.ts';
import type { RefusalCode } from './constraints.ts';

const SIZE_GIB = { min: 21, max: 200 };

/** Throws for a size that Fargate does not have. */
export function checkStorageSize(sizeInGiB: number | undefined, code: RefusalCode): void {
  if (sizeInGiB === undefined) return;
  const { min, max } = SIZE_GIB;
  if (sizeInGiB < min) throw new ApiError(code, `EphemeralStorage size should be at least ${min}`);
  if (sizeInGiB > max) throw new ApiError(code, `EphemeralStorage size should be at most ${max}`);
}
