/** EFS on a memory store behind its protocol, asked by AWS's own client without a network between. */
import assert from 'node:assert/strict';
import { EFS, EFSServiceException } from '@aws-sdk/client-efs';
import type { Scope } from '../../../src/domain/arn.ts';
import { MemoryFileSystemStorage } from '../../../src/drivers/file-systems-memory/memory-file-system-storage.ts';
import type { MemoryStore } from '../../../src/drivers/store-memory/memory-store.ts';
import { randomIds } from '../../../src/drivers/system/random-ids.ts';
import type { ManualClock } from '../../../src/ports/testing/manual-clock.ts';
import { FileSystemFiles } from '../../../src/services/efs/file-systems/file-system-files.ts';
import { createEfsService } from '../../../src/services/efs/service.ts';
import { Dispatcher } from '../../../src/wire/front-door/dispatcher.ts';
import { RestJsonProtocol } from '../../../src/wire/rest-json/protocol.ts';
import type { RestJsonService } from '../../../src/wire/service.ts';
import { silentLogger } from '../agent/silent-logger.ts';
import { Ec2UnderTest } from '../ec2/ec2-under-test.ts';
import { dispatched } from '../aws/dispatched.ts';

export const EFS_SCOPE: Scope = { account: '000000000000', region: 'eu-west-1' };

export class EfsUnderTest {
  readonly clock: ManualClock;
  readonly store: MemoryStore;
  readonly storage = new MemoryFileSystemStorage();
  readonly files: FileSystemFiles;
  readonly service: RestJsonService;
  /** Of the usual account. */
  readonly client: EFS;
  /** What was answered as a fault of ours. */
  readonly faults: unknown[] = [];

  /** Beside an EC2 of its own, or a given one. */
  constructor(ec2 = new Ec2UnderTest()) {
    const { store, clock, network, defaultNetworks } = ec2;
    this.store = store;
    this.clock = clock;
    const base = { store, clock, network, defaultNetworks };
    const deps = { ...base, storage: this.storage, ids: randomIds, logger: silentLogger };
    this.files = new FileSystemFiles(deps);
    this.service = createEfsService(deps, this.files);
    this.client = this.clientOf(EFS_SCOPE);
  }

  clientOf(scope: Scope): EFS {
    const dispatcher = new Dispatcher({
      protocols: [new RestJsonProtocol([this.service])],
      identify: () => ({ ...scope, principalArn: `arn:aws:iam::${scope.account}:root` }),
      logger: {
        debug: () => undefined,
        error: (_message, fields) => this.faults.push(fields?.['cause']),
      },
    });
    return new EFS(dispatched(dispatcher, scope.region));
  }

  /** The id of a new file system. */
  async fileSystem(token = 'files'): Promise<string> {
    const { FileSystemId: id } = await this.client.createFileSystem({ CreationToken: token });
    return id ?? assert.fail('the answer has no id');
  }
}

/** Asserts that a call fails with this code, text and status; EFS's own errors have their code in them, too. */
export async function refusesEfs(
  call: Promise<unknown>,
  code: string,
  message: string | RegExp,
  status = 400,
): Promise<Readonly<Record<string, unknown>>> {
  const error: unknown = await call.then(
    () => assert.fail(`nothing was refused; expected ${code}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof EFSServiceException, String(error));
  assert.equal(error.name, code, error.message);
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  assert.equal(error.$metadata.httpStatusCode, status);
  return error as unknown as Readonly<Record<string, unknown>>;
}
