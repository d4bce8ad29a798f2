import { describe, it } from 'node:test';
import { holdLaws } from '../support/agent/drawn-tasks.ts';

describe('The lives of 10,000 random tasks', () => {
  it('keep the laws of order, monotony and essential containers, and end with nothing left', () =>
    holdLaws(10_000));
});
