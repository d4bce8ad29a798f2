/** A front door before given operations, with one known key, for tests of everything in front of the services. */
import { randomUUID } from 'node:crypto';
import {
  createFrontDoor,
  type FrontDoor,
  type FrontDoorOptions,
} from '../../src/wire/front-door/front-door.ts';
import type { ServiceDefinition } from '../../src/wire/service.ts';
import { createCredentialSource } from '../../src/wire/sigv4/credentials.ts';
import { SessionTokens } from '../../src/wire/sigv4/session-token.ts';

export const TEST_KEY = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
export const TEST_ACCOUNT = '000000000000';
export const TEST_SESSIONS = new SessionTokens(Buffer.alloc(32, 1));

export interface TrivialFrontDoor {
  readonly door: FrontDoor;
  readonly port: number;
  readonly endpoint: string;
  /** What was logged as an error. */
  readonly errors: readonly Readonly<Record<string, unknown>>[];
}

/** Listens on a free port of loopback; the caller closes `door`. */
export async function openFrontDoor(
  services: readonly ServiceDefinition[],
  options: Partial<FrontDoorOptions> = {},
): Promise<TrivialFrontDoor> {
  const errors: Readonly<Record<string, unknown>>[] = [];
  const door = createFrontDoor({
    services,
    credentials: createCredentialSource([{ ...TEST_KEY, account: TEST_ACCOUNT }], TEST_SESSIONS),
    open: false,
    defaultAccount: TEST_ACCOUNT,
    defaultRegion: 'us-east-1',
    clock: { now: () => Date.now() },
    ids: { uuid: () => randomUUID() },
    logger: { debug: () => undefined, error: (_message, fields) => errors.push(fields ?? {}) },
    allowedHosts: [],
    ...options,
  });
  const { port } = await door.listen('127.0.0.1', 0);
  return { door, port, endpoint: `http://127.0.0.1:${port}`, errors };
}
