/**
 * A task in a network, with secrets and environment files as the settings say: an S3 on the host's loopback, a file of
 * secrets, a credentials file. Removed with `close`.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callPolicy } from '../../../src/agent/inputs/attempted-call.ts';
import { createTaskInputs, type TaskInputs } from '../../../src/agent/inputs/task-inputs.ts';
import type { ContainerDefinition } from '../../../src/domain/ecs/task-definition.ts';
import type { TaskAssignment } from '../../../src/domain/task/assignment.ts';
import { MemorySecretSource } from '../../../src/drivers/secrets-memory/memory-secret-source.ts';
import { systemClock } from '../../../src/drivers/system/system-clock.ts';
import {
  CertificateAuthority,
  makeAuthority,
} from '../../../src/drivers/certificates-private/certificate-authority.ts';
import { loadSettings } from '../../../src/main/config/load-settings.ts';
import { noFileSystems } from '../network/no-file-systems.ts';
import { createVpcResolver, withServices } from '../../../src/main/agent/machine-network.ts';
import { createS3Route } from '../../../src/main/control/s3-route.ts';
import { openTaskDoor } from '../../../src/main/control/task-door.ts';
import { createTaskSources } from '../../../src/main/agent/task-sources.ts';
import type { TaskNetwork } from '../../../src/ports/task-network.ts';
import { eniOf } from '../../../src/ports/testing/task-network-suite.ts';
import { pictureOf } from '../../../src/ports/testing/vpc-picture.ts';
import { aContainer, anAssignment } from '../agent/assignments.ts';
import { silentLogger } from '../agent/silent-logger.ts';
import { S3_ACCESS_KEY, type S3Server, startS3Server } from '../s3/s3-server.ts';
import { openFrontDoor } from '../trivial-front-door.ts';
import { SHARE } from '../../../src/ports/testing/machine-share.ts';

export interface InputScene {
  readonly inputs: TaskInputs;
  readonly server: S3Server;
  readonly taskId: string;
  /** A task with one container, whose interface is attached. */
  readonly task: (definition: Partial<ContainerDefinition>) => TaskAssignment;
  /** Takes the network away again too. */
  close(): Promise<void>;
}

export interface InputContents {
  readonly buckets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly secrets: Readonly<Record<string, unknown>>;
}

/** How names become addresses for the dialers of a network. */
export type ResolveInVpc = (host: string, vpcId: string) => Promise<readonly string[]>;

/** `link` makes the network. */
export async function startInputScene(
  link: (resolve: ResolveInVpc) => TaskNetwork,
  contents: InputContents,
): Promise<InputScene> {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-inputs-'));
  const server = await startS3Server({ buckets: contents.buckets });
  const keys = `[default]\naws_access_key_id = ${S3_ACCESS_KEY.accessKeyId}\naws_secret_access_key = ${S3_ACCESS_KEY.secretAccessKey}\n`;
  const at = (name: string): string => join(directory, name);
  await writeFile(at('keys'), keys, { mode: 0o600 });
  await writeFile(at('secrets.json'), JSON.stringify(contents.secrets), { mode: 0o600 });
  const flags = {
    'data-dir': directory,
    's3-endpoint': server.url.origin,
    's3-credentials-file': at('keys'),
    'secrets-file': at('secrets.json'),
  };
  const settings = loadSettings(flags, {}, { isRoot: true, home: directory, hasTerminal: false });
  const s3 = createS3Route(settings.s3Endpoint, settings.dnsSuffix);
  const { door } = await openFrontDoor([], { routes: s3.routes });
  const certificates = new CertificateAuthority(makeAuthority({ now: Date.now() }), systemClock);
  const socket = at('services.sock');
  const taskDoor = await openTaskDoor({ socket, frontDoor: door, domain: settings.dnsSuffix, certificates });
  const sources = createTaskSources(settings, { suffix: settings.dnsSuffix, ca: certificates.authority });
  const life = new AbortController();
  const config = { ...settings, services: door.served };
  const resolver = createVpcResolver(config);
  const network = withServices(
    link((host, id) => resolver.addresses(id, host)),
    { resolver, config, socket, fileSystems: noFileSystems, logger: silentLogger },
    life.signal,
  );
  const taskId = randomBytes(16).toString('hex');
  const vpcId = `vpc-${randomBytes(8).toString('hex')}0`;
  const vpc = { vpcId, cidr: `10.${128 + ((randomBytes(1)[0] ?? 0) % 127)}.0.0/16`, routedFromHost: false };
  const eni = { ...eniOf(vpc, 1), publicIpv4Address: `198.19.${120 + SHARE}.1` };
  await network.applyVpc(pictureOf(vpc));
  await network.attach(taskId, eni);
  return {
    server,
    taskId,
    inputs: createTaskInputs({
      secrets: sources.secrets ?? new MemorySecretSource({}),
      access: { endpoint: { host: '127.0.0.1', port: 9 }, clock: systemClock },
      calls: callPolicy({ attempts: 3, timeoutMs: 10_000 }),
      objects: sources.objects,
      network,
      credentials: () => Promise.reject(new Error('no source of these asks for credentials')),
      clock: systemClock,
    }),
    task: (definition) => anAssignment([aContainer('web', definition)], { taskId, eni }),
    async close() {
      await network.detach(taskId);
      await network.removeVpc(vpcId);
      life.abort();
      await network.close();
      await Promise.all([taskDoor.close(), door.close()]);
      s3.close();
      await Promise.all([server.close(), rm(directory, { recursive: true })]);
    },
  };
}
