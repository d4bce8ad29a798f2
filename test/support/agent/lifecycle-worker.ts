/** A thread that plays random tasks; it fails with the smallest one that breaks a law. */
import { threadId, workerData } from 'node:worker_threads';
import { holdLaws } from './drawn-tasks.ts';
import { SEED } from '../../../src/ports/testing/seed.ts';

// Each thread has tasks of its own.
await holdLaws(Number(workerData), SEED + threadId);
