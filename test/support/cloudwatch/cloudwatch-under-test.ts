/** CloudWatch behind its protocols, asked by AWS's own client in each of them, without a network between. */
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { AwsJson1_0Protocol, AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import type { Scope } from '../../../src/domain/arn.ts';
import { MemoryMetricStore } from '../../../src/drivers/metric-store-memory/memory-metric-store.ts';
import { ManualClock } from '../../../src/ports/testing/manual-clock.ts';
import { createCloudWatchServices } from '../../../src/services/cloudwatch/service.ts';
import { Dispatcher } from '../../../src/wire/front-door/dispatcher.ts';
import { protocolsOf } from '../../../src/wire/front-door/protocols.ts';
import { dispatched } from '../aws/dispatched.ts';

export const CLOUDWATCH_SCOPE: Scope = { account: '000000000000', region: 'eu-west-1' };

/** What SDKs have chosen for CloudWatch, from the oldest to the newest. */
export const PROTOCOLS = {
  query: AwsQueryProtocol,
  json: AwsJson1_0Protocol,
  cbor: AwsSmithyRpcV2CborProtocol,
} as const;

export class CloudWatchUnderTest {
  readonly clock = new ManualClock();
  readonly metrics = new MemoryMetricStore({ clock: this.clock });
  /** Faults of ours. */
  readonly errors: unknown[] = [];
  readonly dispatcher: Dispatcher;
  /** In the protocol that the SDK chooses by itself. */
  readonly client: CloudWatch;

  constructor() {
    const services = createCloudWatchServices({ metrics: this.metrics, clock: this.clock });
    this.dispatcher = new Dispatcher({
      protocols: protocolsOf(services),
      identify: () => ({ ...CLOUDWATCH_SCOPE, principalArn: 'arn:aws:iam::000000000000:root' }),
      logger: { debug: () => undefined, error: (...what) => void this.errors.push(what) },
    });
    this.client = new CloudWatch(dispatched(this.dispatcher, CLOUDWATCH_SCOPE.region));
  }

  clientIn(protocol: keyof typeof PROTOCOLS): CloudWatch {
    return new CloudWatch({
      ...dispatched(this.dispatcher, CLOUDWATCH_SCOPE.region),
      protocol: PROTOCOLS[protocol],
    });
  }
}
