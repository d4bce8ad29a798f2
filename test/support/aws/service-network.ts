/**
 * AWS services as a task's network and as the platform's own way lead to them, without a network: a dialer for which
 * their names lead to a front door behind TLS, and the front door's own address.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { ServiceAccess } from '../../../src/agent/aws/service-client.ts';
import { AppError } from '../../../src/domain/errors.ts';
import type { TaskCredentials } from '../../../src/domain/task/assignment.ts';
import {
  CertificateAuthority,
  makeAuthority,
} from '../../../src/drivers/certificates-private/certificate-authority.ts';
import { systemClock } from '../../../src/drivers/system/system-clock.ts';
import { TlsEnding } from '../../../src/wire/front-door/tls-ending.ts';
import type { ServiceDefinition } from '../../../src/wire/service.ts';
import { HostDialer } from '../registry/host-dialer.ts';
import { openFrontDoor, TEST_ACCOUNT, TEST_SESSIONS } from '../trivial-front-door.ts';

export const SUFFIX = 'aws.test';
export const SERVICE_ADDRESS = '198.18.0.99';

export interface ServiceNetwork {
  readonly access: ServiceAccess;
  /** Of a task whose network leads to these hosts, and to no other service. */
  dialer(...hosts: readonly string[]): HostDialer;
  readonly credentials: () => Promise<TaskCredentials>;
  /** How many have come by the names. */
  readonly connections: () => number;
  close(): Promise<void>;
}

export async function openServiceNetwork(services: readonly ServiceDefinition[]): Promise<ServiceNetwork> {
  const { door, port } = await openFrontDoor(services);
  const certificates = new CertificateAuthority(makeAuthority({ now: Date.now() }), systemClock);
  const ending = new TlsEnding({ domain: SUFFIX, certificates });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    ending.accept(socket, '127.0.0.1', (content) => door.acceptSocket(content, { service: '*' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const secure = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  return {
    access: {
      endpoint: { host: '127.0.0.1', port },
      names: { suffix: SUFFIX, ca: certificates.authority },
      clock: systemClock,
    },
    dialer: (...hosts) =>
      new HostDialer(
        Object.fromEntries([
          ...['secretsmanager', 'ssm', 'api.ecr', 'logs'].map((name) => [
            `${name}.eu-west-1.${SUFFIX}`,
            new AppError('deadline', 'no answer', { details: { address: SERVICE_ADDRESS } }),
          ]),
          ...hosts.map((host) => [host, secure]),
        ]),
      ),
    credentials: async () =>
      TEST_SESSIONS.mint({
        account: TEST_ACCOUNT,
        principalArn: `arn:aws:sts::${TEST_ACCOUNT}:assumed-role/execution/task`,
        expiresAtMs: Date.now() + 60_000,
      }),
    connections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      await door.close();
    },
  };
}
