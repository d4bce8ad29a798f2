/** What a change that is drawn by numbers is made of. */
import type { Ec2UnderTest } from './ec2-under-test.ts';

/** Two picks among what there is. */
export interface Pick {
  readonly one: <T>(all: readonly T[]) => T;
  readonly other: <T>(all: readonly T[]) => T;
}

export type Change = (ec2: Ec2UnderTest, pick: Pick) => Promise<unknown>;
