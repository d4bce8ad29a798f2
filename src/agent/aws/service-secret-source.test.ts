import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  openServiceNetwork,
  type ServiceNetwork,
  SUFFIX,
} from '../../../test/support/aws/service-network.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import { MemoryStore } from '../../drivers/store-memory/memory-store.ts';
import { keys } from '../../domain/keys.ts';
import type { ParameterRecord } from '../../domain/ssm/records.ts';
import type { SecretContext } from '../../ports/secret-source.ts';
import { describeSecretSource, SUITE_REGION } from '../../ports/testing/secret-source-suite.ts';
import { SealedValues } from '../../services/sealed-values.ts';
import { fixedKey } from '../../../test/support/secrets/fixed-key.ts';
import { createSecretsManagerService } from '../../services/secretsmanager/service.ts';
import { createSsmService } from '../../services/ssm/service.ts';
import type { AwsJsonService } from '../../wire/service.ts';
import { ServiceSecretSource } from './service-secret-source.ts';

const SCOPE = { account: '000000000000', region: SUITE_REGION };
const TIMEOUT_MS = 10_000;
const HOSTS = ['secretsmanager', 'ssm'].map((service) => `${service}.${SUITE_REGION}.${SUFFIX}`);

/** The services, with what there is to be found. */
class Services {
  readonly store = new MemoryStore();
  readonly sealed = new SealedValues(fixedKey());
  readonly secrets: AwsJsonService;
  readonly all: readonly AwsJsonService[];

  constructor() {
    const { store, sealed } = this;
    // The suite's ARNs end so.
    const ids = { ...randomIds, hex: (length: number) => (length === 6 ? 'AbCdEf' : randomIds.hex(length)) };
    this.secrets = createSecretsManagerService({ store, sealed, clock: systemClock, ids });
    this.all = [this.secrets, createSsmService({ store, sealed, clock: systemClock })];
  }

  async addSecret(arn: string, text: string): Promise<void> {
    const name = arn.replace(/^.*:secret:(.*)-\w{6}$/, '$1');
    const create = this.secrets.operations.find((each) => each.name === 'CreateSecret');
    const context = { scope: SCOPE, principalArn: '', requestId: '', signal: new AbortController().signal };
    await create?.handle({ Name: name, SecretString: text }, context);
  }

  /** Also an empty one, which AWS does not take. */
  async addParameter(name: string, text: string): Promise<void> {
    const key = keys.parameter(SCOPE, name);
    const record: ParameterRecord = {
      ...{ name, type: 'SecureString', version: 1, modifiedAt: 0, modifiedBy: '', tier: 'Standard' },
      ...{ dataType: 'text', tags: [], sealed: this.sealed.seal(text, key) },
    };
    await this.store.transact([], [{ put: key, value: record }]);
  }
}

for (const way of ['by names through a task’s network', 'by the platform’s own way'] as const) {
  describeSecretSource(`SecretSource: ServiceSecretSource ${way}`, async ({ secrets, parameters }) => {
    const services = new Services();
    for (const [arn, text] of Object.entries(secrets)) await services.addSecret(arn, text);
    for (const [name, text] of Object.entries(parameters)) await services.addParameter(name, text);
    const network = await openServiceNetwork(services.all);
    const { access, credentials } = network;
    const dialer = way === 'by the platform’s own way' ? undefined : network.dialer(...HOSTS);
    return {
      source: new ServiceSecretSource(access, TIMEOUT_MS),
      context: { region: SUITE_REGION, credentials, ...(dialer !== undefined && { dialer }) },
      close: () => network.close(),
    };
  });
}

describeSecretSource('SecretSource: ServiceSecretSource of another account', async (contents) => {
  const services = new Services();
  for (const [arn, text] of Object.entries(contents.secrets)) await services.addSecret(arn, text);
  for (const [name, text] of Object.entries(contents.parameters)) await services.addParameter(name, text);
  const network = await openServiceNetwork(services.all);
  const { host, port } = network.access.endpoint;
  const nowhere = { ...network.access, endpoint: { host, port: 1 } };
  const fails = () => assert.fail('the keys of the task are not asked for');
  return {
    source: new ServiceSecretSource(nowhere, TIMEOUT_MS, {
      endpoint: () => new URL(`http://${host}:${port}`),
      credentials: network.credentials,
    }),
    // Not even where the task has a network.
    context: { region: SUITE_REGION, credentials: fails, dialer: network.dialer() },
    close: () => network.close(),
  };
});

describe('secrets of the services', () => {
  const services = new Services();
  let network: ServiceNetwork;
  before(async () => {
    network = await openServiceNetwork(services.all);
    await services.addSecret('arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-AbCdEf', 'hunter2');
  });
  after(() => network.close());
  const context = (more: Partial<SecretContext>): SecretContext => ({
    region: SUITE_REGION,
    credentials: network.credentials,
    ...more,
  });

  it('come by the service’s usual name over TLS where the task’s network carries them', async () => {
    const dialer = network.dialer(...HOSTS);
    const source = new ServiceSecretSource(network.access, TIMEOUT_MS);
    assert.equal(await source.secretValue({ secretId: 'db' }, context({ dialer })), 'hunter2');
    assert.deepEqual(dialer.dialled, [{ host: `secretsmanager.eu-west-1.${SUFFIX}`, port: 443 }]);
    assert.equal(network.connections(), 1);
  });

  it('come without the task’s network by the platform’s own way', async () => {
    const before = network.connections();
    const source = new ServiceSecretSource(network.access, TIMEOUT_MS);
    assert.equal(await source.secretValue({ secretId: 'db' }, context({})), 'hunter2');
    assert.equal(network.connections(), before);
  });

  it('are told with what the service answered, and where it was not reached', async () => {
    const source = new ServiceSecretSource(network.access, TIMEOUT_MS);
    const foreign = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf';
    await assert.rejects(source.secretValue({ secretId: foreign }, context({})), ({ kind, details }) => {
      assert.equal(kind, 'failed-precondition');
      assert.deepEqual([details.awsCode, details.status], ['AccessDeniedException', 400]);
      assert.match(details.requestId, /^[0-9a-f-]{36}$/);
      return true;
    });
    await assert.rejects(
      source.secretValue({ secretId: 'db' }, context({ dialer: network.dialer() })),
      ({ kind, details }) => {
        assert.equal(kind, 'deadline');
        assert.deepEqual(details, {
          host: `secretsmanager.eu-west-1.${SUFFIX}`,
          port: 443,
          address: '198.18.0.99',
        });
        return true;
      },
    );
  });
});
