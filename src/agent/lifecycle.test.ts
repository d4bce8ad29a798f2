import { describe, it } from 'node:test';
import { holdLaws } from '../../test/support/agent/drawn-tasks.ts';

describe('The life of any task', () => {
  it('keeps the laws of order, monotony and essential containers, and ends with nothing left', () =>
    holdLaws(200));
});
