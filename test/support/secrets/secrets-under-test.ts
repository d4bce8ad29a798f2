/**
 * Secrets Manager and the Parameter Store on a memory store behind their protocol, asked by AWS's own clients without a
 * network between.
 */
import assert from 'node:assert/strict';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SSM } from '@aws-sdk/client-ssm';
import type { Scope } from '../../../src/domain/arn.ts';
import { MemoryStore } from '../../../src/drivers/store-memory/memory-store.ts';
import { randomIds } from '../../../src/drivers/system/random-ids.ts';
import { ManualClock } from '../../../src/ports/testing/manual-clock.ts';
import { SealedValues, type SealingKey } from '../../../src/services/sealed-values.ts';
import { fixedKey } from './fixed-key.ts';
import { createSecretsManagerService } from '../../../src/services/secretsmanager/service.ts';
import { createSsmService } from '../../../src/services/ssm/service.ts';
import { AwsJsonProtocol } from '../../../src/wire/aws-json/protocol.ts';
import { Dispatcher } from '../../../src/wire/front-door/dispatcher.ts';
import { dispatched } from '../aws/dispatched.ts';

export const SECRETS_SCOPE: Scope = { account: '000000000000', region: 'eu-west-1' };

export class SecretsUnderTest {
  readonly clock = new ManualClock();
  readonly store = new MemoryStore();
  /** Of the usual account. */
  readonly secrets: SecretsManager;
  readonly ssm: SSM;
  /** What was logged. */
  readonly logged: unknown[] = [];
  /** Under which values are sealed and opened from now on. */
  key: SealingKey = fixedKey();

  constructor() {
    const { secrets, ssm } = this.clientsOf(SECRETS_SCOPE);
    this.secrets = secrets;
    this.ssm = ssm;
  }

  clientsOf(scope: Scope): { secrets: SecretsManager; ssm: SSM } {
    const options = dispatched(this.#dispatcherOf(scope), scope.region);
    return { secrets: new SecretsManager(options), ssm: new SSM(options) };
  }

  /** Everything that is in the store, as it would lie on the disk. */
  async stored(): Promise<string> {
    return JSON.stringify(await this.store.range({ prefix: '' }));
  }

  #dispatcherOf(scope: Scope): Dispatcher {
    const { store, clock } = this;
    const key = { make: () => this.key.make(), find: () => this.key.find() };
    const base = { store, clock, ids: randomIds, sealed: new SealedValues(key) };
    const note = (...what: readonly unknown[]): void => void this.logged.push(what);
    return new Dispatcher({
      protocols: [new AwsJsonProtocol([createSecretsManagerService(base), createSsmService(base)])],
      identify: () => ({ ...scope, principalArn: `arn:aws:iam::${scope.account}:root` }),
      logger: { debug: note, error: note },
    });
  }
}

/** Asserts that a call fails with this code and text. */
export async function refusesCall(
  call: Promise<unknown>,
  code: string,
  message?: string | RegExp,
): Promise<void> {
  const error: unknown = await call.then(
    () => assert.fail(`nothing was refused; expected ${code}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  assert.equal(error.name, code, error.message);
  if (typeof message === 'string') assert.equal(error.message, message);
  else if (message !== undefined) assert.match(error.message, message);
}
