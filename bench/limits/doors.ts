/** Where callers come in: how each door is connected to, and what a caller says there who does nothing wrong. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { CreateRepositoryCommand, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { serviceLine } from '../../src/wire/front-door/service-socket.ts';
import type { Neargate } from '../../test/support/neargate/instance.ts';

export interface Door {
  readonly name: string;
  readonly open: () => Socket;
  /** The begin of a request with a body: all but its length and the end of the headers. */
  readonly head: string;
  readonly good: string;
  /** What a good caller is told. */
  readonly status: number;
}

/** A receiver of OTLP that answers without end, or not at all. */
export class EndlessReceiver {
  readonly #server: Server;
  readonly #isSilent: boolean;
  /** Connections at a time. */
  most = 0;
  count = 0;

  private constructor(isSilent: boolean) {
    this.#isSilent = isSilent;
    this.#server = createServer((socket) => {
      this.count += 1;
      this.#server.getConnections((_error, open) => (this.most = Math.max(this.most, open)));
      socket.on('error', () => undefined);
      socket.resume();
      if (this.#isSilent) return;
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const more = (): void => {
        while (socket.writable && socket.write(`10000\r\n${'x'.repeat(0x10000)}\r\n`));
      };
      socket.on('drain', more);
      more();
    });
  }

  static async start(isSilent: boolean): Promise<EndlessReceiver> {
    const receiver = new EndlessReceiver(isSilent);
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get endpoint(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  close(): void {
    this.#server.close();
  }
}

const NO_LAYER = `sha256:${'0'.repeat(64)}`;

export async function doorsOf(
  neargate: Neargate,
): Promise<Record<'api' | 'ecr' | 'tasks' | 'metrics', Door>> {
  const { port } = new URL(neargate.info.endpoint);
  const { host: metrics } = new URL(neargate.info.metrics ?? '');
  await neargate.ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  const { authorizationData: [login] = [] } = await neargate.ecr.send(new GetAuthorizationTokenCommand({}));
  const basic = `authorization: Basic ${login?.authorizationToken}\r\n`;
  const api = () => connect(Number(port), '127.0.0.1');
  const call = (target: string) =>
    `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.1\r\nx-amz-target: ${target}\r\n`;
  const clusters = call('AmazonEC2ContainerServiceV20141113.ListClusters');
  const secrets = call('secretsmanager.ListSecrets');
  return {
    api: {
      name: 'API',
      open: api,
      head: clusters,
      good: `${clusters}content-length: 2\r\n\r\n{}`,
      status: 200,
    },
    ecr: {
      ...{ name: 'registry of ECR', open: api, status: 404 },
      head: `PUT /v2/app/manifests/latest HTTP/1.1\r\nhost: localhost\r\n${basic}`,
      // The registry behind says that it has no such layer.
      good: `HEAD /v2/app/blobs/${NO_LAYER} HTTP/1.1\r\nhost: localhost\r\n${basic}\r\n`,
    },
    tasks: {
      name: 'Secrets Manager in VPCs',
      open: () => {
        const socket = connect(join(neargate.dataDir, 'run', 'services.sock'));
        socket.write(serviceLine({ service: 'secretsmanager' }));
        return socket;
      },
      ...{ head: secrets, good: `${secrets}content-length: 2\r\n\r\n{}`, status: 200 },
    },
    metrics: {
      name: '/metrics',
      open: () => connect(Number(metrics.split(':')[1]), '127.0.0.1'),
      head: 'GET /metrics HTTP/1.1\r\nhost: localhost\r\n',
      good: 'GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n',
      status: 200,
    },
  };
}
