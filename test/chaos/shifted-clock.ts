/**
 * Loaded into a program before anything else (`node --import`): its clock is off by as many milliseconds as a file says,
 * looked at ten times a second. Timers go on as they are, as they do when a machine's clock is set.
 */
import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 100;
const file = process.env['CHAOS_CLOCK_FILE'];

if (file !== undefined) {
  const now = Date.now.bind(Date);
  const RealDate = Date;
  let offsetMs = 0;
  const look = (): void => {
    try {
      offsetMs = Number(readFileSync(file, 'utf8'));
    } catch {
      // It is being written.
    }
  };
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: readonly unknown[]) =>
      Reflect.construct(target, args.length === 0 ? [now() + offsetMs] : args) as Date,
    get: (target, member, receiver) =>
      member === 'now' ? () => now() + offsetMs : (Reflect.get(target, member, receiver) as unknown),
  });
}
