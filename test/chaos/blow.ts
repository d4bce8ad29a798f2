/** What a blow is, and what several of them share. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Draw } from './draw.ts';
import type { Fault, FaultyWay } from './faulty-way.ts';
import type { Field } from './field.ts';
import type { Fleet, FleetTask } from './fleet.ts';

const CUT_EVERY_MS = 1000;
const HARM_EVERY_MS = 50;

export interface Target {
  readonly field: Field;
  readonly fleet: Fleet;
  readonly draw: Draw;
}

export const BLOW_SORTS = [
  ...(['kill', 'freeze', 'cold start', 'down', 'full disk', 'broken way', 'clock jump'] as const),
] as const;
export type BlowSort = (typeof BLOW_SORTS)[number];

/** Ends with everything there again, as far as that is not Neargate's own work. */
export interface Blow {
  readonly name: string;
  readonly sort: BlowSort;
  /** Resolves with more words on what was done, when it is over. */
  strike(target: Target): Promise<string>;
}

/** Whoever is there before, meanwhile or right after it is harmed by it. */
export async function during(harm: () => void, work: () => Promise<void>): Promise<void> {
  harm();
  const often = setInterval(harm, HARM_EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(often);
    harm();
  }
}

export function hasNotRun({ seen }: FleetTask): boolean {
  return seen.startedAt === undefined;
}

/** One of the faults, for a while, with cuts. */
export async function breakWay(way: FaultyWay, draw: Draw, harm: () => void): Promise<string> {
  const fault = draw.pick<Fault>(['refuse', 'hang', { delayMs: 200 }, { delayMs: 1500 }]);
  const forMs = draw.between(500, 8000);
  way.fault = fault;
  try {
    await during(harm, async () => {
      for (let left = forMs; left > 0; left -= CUT_EVERY_MS) {
        await delay(Math.min(left, CUT_EVERY_MS));
        if (draw.percent(30)) way.cut();
      }
    });
  } finally {
    way.fault = 'none';
  }
  const words = typeof fault === 'object' ? `holds up for ${fault.delayMs} ms` : fault;
  return `${words} for ${forMs} ms`;
}
