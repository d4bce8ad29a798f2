/**
 * Loaded into a program before anything else (`node --import`): its clock is off by as many milliseconds as a file says.
 * Timers go on as they are, as they do when a machine's clock is set.
 */
import { readFileSync } from 'node:fs';

/** Programs that share a clock see it set at about the same time. */
const LOOK_EVERY_MS = 5;
const file = process.env['CHAOS_CLOCK_FILE'];

if (file !== undefined) {
  const RealDate = Date;
  let offsetMs = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const now = (): number => {
    if (performance.now() - lookedAt > LOOK_EVERY_MS) {
      lookedAt = performance.now();
      offsetMs = Number(readFileSync(file, 'utf8'));
    }
    return RealDate.now() + offsetMs;
  };
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: readonly unknown[]) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args) as Date,
    get: (target, member, receiver) =>
      member === 'now' ? now : (Reflect.get(target, member, receiver) as unknown),
  });
}
