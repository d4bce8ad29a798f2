/** A sealing key that is always the same. */
import type { SealingKey } from '../../../src/services/sealed-values.ts';

export function fixedKey(byte = 1): SealingKey {
  const key = Buffer.alloc(32, byte);
  return { make: () => key, find: () => key };
}
