/** adjtimex(2), reading only. */
import { call } from './libc.ts';

/** `struct timex` with room to spare; its members' places on 64-bit Linux. */
const SIZE = 256;
const MAXERROR_AT = 24;
const STATUS_AT = 40;
const STA_UNSYNC = 0x40;

export interface ClockState {
  /** Some time service disciplines the clock. */
  readonly synchronized: boolean;
  readonly maximumErrorUs: number;
}

export function readClockState(): ClockState {
  const state = Buffer.alloc(SIZE);
  call('adjtimex', 'reading', state);
  return {
    synchronized: (state.readInt32LE(STATUS_AT) & STA_UNSYNC) === 0,
    maximumErrorUs: Number(state.readBigInt64LE(MAXERROR_AT)),
  };
}
