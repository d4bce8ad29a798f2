/** A thread that plays random tasks; it fails with the smallest one that breaks a law. */
import { workerData } from 'node:worker_threads';
import { holdLaws } from './drawn-tasks.ts';

await holdLaws(Number(workerData));
