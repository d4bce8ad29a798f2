/** IAM behind the dispatcher, as the SDK's client sees it, with the memory store. */
import assert from 'node:assert/strict';
import { IAMClient, type IAMServiceException } from '@aws-sdk/client-iam';
import { MemoryStore } from '../../../src/drivers/store-memory/memory-store.ts';
import { randomIds } from '../../../src/drivers/system/random-ids.ts';
import type { IamDeps } from '../../../src/services/iam/deps.ts';
import { createIamService } from '../../../src/services/iam/service.ts';
import { AwsQueryProtocol } from '../../../src/wire/aws-query/protocol.ts';
import { Dispatcher } from '../../../src/wire/front-door/dispatcher.ts';
import { rootArn } from '../../../src/wire/sigv4/credentials.ts';
import { dispatched } from '../aws/dispatched.ts';

export const IAM_NOW = Date.UTC(2026, 0, 2);

export class IamUnderTest {
  readonly store = new MemoryStore();
  readonly deps: IamDeps = { store: this.store, clock: { now: () => IAM_NOW }, ids: randomIds };

  /** A client of an account. */
  client(account = '111122223333'): IAMClient {
    const dispatcher = new Dispatcher({
      protocols: [new AwsQueryProtocol([createIamService(this.deps)])],
      identify: () => ({ account, region: 'us-east-1', principalArn: rootArn(account) }),
      logger: { debug: () => undefined, error: (message) => assert.fail(message) },
    });
    return new IAMClient(dispatched(dispatcher, 'us-east-1'));
  }
}

/** The error's code as it is on the wire: the SDK calls the exceptions otherwise. */
type WireError = IAMServiceException & { readonly Code?: string };

/** Asserts that AWS's error comes: its code, its status, its words. */
export async function refusedBy(
  work: Promise<unknown>,
  code: string,
  status: number,
  message: RegExp | string,
): Promise<void> {
  await assert.rejects(work, (error: WireError) => {
    assert.deepEqual([error.Code, error.$metadata.httpStatusCode], [code, status], error.message);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

/** A policy of an identity. */
export function allowing(action: string | readonly string[], resource = '*', more: object = {}): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource, ...more }],
  });
}

/** A policy of a role: who may assume it. */
export function trusting(principal: object | string, more: object = {}): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', ...more }],
  });
}

export const TASKS_TRUST = trusting({ Service: 'ecs-tasks.amazonaws.com' });
