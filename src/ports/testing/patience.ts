/** How long tests wait for what should happen, before they fail. */

/** A machine that is a few times slower, or busy, is to pass too: only who waits in vain waits longer by it. */
const FACTOR = Number(process.env['TEST_PATIENCE'] ?? '3');

/** A time that is ample on an ordinary machine, as long as it takes to be ample on this one. */
export function patient(time: number): number {
  return time * FACTOR;
}
