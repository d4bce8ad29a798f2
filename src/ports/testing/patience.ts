/** How long tests wait for what should happen, before they fail. */

const FACTOR = Number(process.env['TEST_PATIENCE'] ?? '1');

/** A time that is ample on an ordinary machine, as long as it takes to be ample on this one. */
export function patient(time: number): number {
  return time * FACTOR;
}
