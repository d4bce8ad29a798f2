import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';

const CASES = 10_000;
const THREADS = Math.min(availableParallelism(), 4);
const WORKER = new URL('../support/agent/lifecycle-worker.js', import.meta.url);

describe('The lives of 10,000 random tasks', () => {
  it('keep the laws of order, monotony and essential containers, and end with nothing left', async () => {
    const ended = Array.from({ length: THREADS }, () => {
      // `once` rejects with what a thread fails of.
      return once(new Worker(WORKER, { workerData: Math.ceil(CASES / THREADS) }), 'exit');
    });
    await Promise.all(ended);
  });
});
