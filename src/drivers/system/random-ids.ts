/** Ids from the kernel's random numbers. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { IdSource } from '../../ports/clock.ts';

export const randomIds: IdSource = {
  hex: (length) =>
    randomBytes(Math.ceil(length / 2))
      .toString('hex')
      .slice(0, length),
  uuid: () => randomUUID(),
};
