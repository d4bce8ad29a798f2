/** Web servers of tasks, which say that they serve a moment before they do. */
import { setTimeout as delay } from 'node:timers/promises';
import { patient, unhurried } from '../../../src/ports/testing/patience.ts';

const PATIENCE_MS = patient(30_000);

/** What a server answers once it listens; rejects when it never does. */
export async function fetchPage(url: string): Promise<string> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await delay(unhurried(20))) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      const { code } = (error as { cause: NodeJS.ErrnoException }).cause;
      if (code !== 'ECONNREFUSED' || performance.now() > deadline) throw error;
    }
  }
}
