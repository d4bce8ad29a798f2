/** What tests ask of the machine: how long they wait for what should happen, how often they look, how much at once. */

/** A machine that is a few times slower, or busy, is to pass too: only who waits in vain waits longer by it. */
const USUAL = 3;
const FACTOR = Number(process.env['TEST_PATIENCE'] ?? USUAL);

/** A time that is ample on an ordinary machine, as long as it takes to be ample on this one. */
export function patient(time: number): number {
  return time * FACTOR;
}

/** A time between two looks: a slow machine is asked more seldom, so that it gets on with what is waited for. */
export function unhurried(time: number): number {
  return (time * FACTOR) / USUAL;
}

/** How many cases run beside each other: fewer on a slow machine, where limits of the product stay what they are. */
export function atOnce(cases: number): number {
  return Math.ceil(cases / Math.max(1, FACTOR / USUAL));
}
