/** Puts the control plane together: store, services, front door, control loops, link. No process handling here. */
import { createHash } from 'node:crypto';
import type { Scope } from '../domain/arn.ts';
import { isFileSystemName } from '../domain/efs/mount-target-names.ts';
import { defaultVpc } from '../domain/network/default-vpc.ts';
import { Machines } from '../control/machines/machines.ts';
import { AgentSession } from '../control/link/agent-session.ts';
import { Addresses } from '../control/network/addresses.ts';
import { type PictureSettings, VpcPictures } from '../control/network/vpc-pictures.ts';
import { expireRecords } from '../control/tasks/expiry.ts';
import { PullBoard } from '../control/tasks/pull-board.ts';
import { TaskController } from '../control/tasks/task-controller.ts';
import { CertificateAuthority } from '../drivers/certificates-private/certificate-authority.ts';
import { DirectoryFileSystemStorage } from '../drivers/file-systems-directory/directory-file-system-storage.ts';
import { randomIds } from '../drivers/system/random-ids.ts';
import { systemClock } from '../drivers/system/system-clock.ts';
import type { LinkTransport } from '../ports/link.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { DefaultNetworks } from '../services/ec2/default-network.ts';
import { Network } from '../services/ec2/network.ts';
import { createEc2Service } from '../services/ec2/service.ts';
import { expireEcsRecords } from '../services/ecs/retention.ts';
import { createEcsService } from '../services/ecs/service.ts';
import { expireLogEvents } from '../services/logs/retention.ts';
import { createNeargateService } from '../services/neargate/service.ts';
import { FileSystemFiles } from '../services/efs/file-systems/file-system-files.ts';
import { createEfsService } from '../services/efs/service.ts';
import { createLogsService } from '../services/logs/service.ts';
import { SealedValues } from '../services/sealed-values.ts';
import { expireSecrets } from '../services/secretsmanager/retention.ts';
import { createSecretsManagerService } from '../services/secretsmanager/service.ts';
import { createStsService } from '../services/sts/service.ts';
import { createSsmService } from '../services/ssm/service.ts';
import { createFrontDoor } from '../wire/front-door/front-door.ts';
import { createCredentialSource } from '../wire/sigv4/credentials.ts';
import { assumedRoleArn, SessionTokens } from '../wire/sigv4/session-token.ts';
import type { Config } from './config.ts';
import { dataDir } from './data-dir.ts';
import { createEcrParts } from './ecr-parts.ts';
import { createS3Route } from './s3-route.ts';
import { loadServerSecrets, type ServerSecrets } from './server-secrets.ts';
import { openTaskDoor } from './task-door.ts';

const HOUSEKEEPING_EVERY_MS = 60_000;
const ROLE_CREDENTIALS_MS = 6 * 3_600_000;
const EXECUTION_CREDENTIALS_MS = 12 * 3_600_000;

export interface ControlPlane {
  readonly host: string;
  readonly port: number;
  /** AWS's short names. */
  readonly services: readonly string[];
  readonly secrets: ServerSecrets;
  /** Resolves when an agent is connected. */
  readonly agentConnected: () => Promise<void>;
  close(): Promise<void>;
}

export interface ControlPlaneParts {
  readonly config: Config;
  readonly store: Store;
  readonly link: LinkTransport;
  readonly logger: Logger;
}

/** Resolves when requests are answered; tasks wait until an agent connects. */
export async function startControlPlane(parts: ControlPlaneParts): Promise<ControlPlane> {
  const { config, store, link, logger } = parts;
  const stopping = new AbortController();
  const secrets = await loadServerSecrets(store, config.account);
  const base = { store, clock: systemClock, ids: randomIds, logger };
  const defaultNetworks = new DefaultNetworks({ ...base, vpcCidr: config.vpcCidr });
  const network = new Network(store);
  const machines = new Machines();
  const serverSecret = Buffer.from(secrets.sessionKey, 'base64');
  const sessions = new SessionTokens(serverSecret);
  const sealed = new SealedValues(serverSecret);
  const ecr = createEcrParts(config, store, logger, serverSecret);
  const s3 = createS3Route(config.s3Endpoint, config.dnsSuffix);
  const storage = new DirectoryFileSystemStorage({ root: dataDir(config.dataDir).fileSystems });
  const files = new FileSystemFiles({ ...base, storage });
  const pulls = new PullBoard();
  const controller = new TaskController(
    {
      ...base,
      machines,
      pulls,
      addresses: new Addresses(store, config.publicCidr),
      pictures: new VpcPictures({ ...base, settings: pictureSettings(config) }, stopping.signal),
      overcommit: {
        cpu: config.cpuOvercommit,
        memory: config.memoryOvercommit,
        disk: config.diskOvercommit,
      },
      mintCredentials: ({ assignment: { account, taskId, taskArn } }) =>
        sessions.mint({
          account,
          principalArn: `arn:aws:sts::${account}:assumed-role/neargate-task-execution/${taskId}`,
          taskArn,
          expiresAtMs: systemClock.now() + EXECUTION_CREDENTIALS_MS,
        }),
      mintRoleCredentials: ({ assignment: { account, taskId, taskArn, taskRoleArn } }) =>
        taskRoleArn === undefined
          ? undefined
          : sessions.mint({
              account,
              principalArn: assumedRoleArn(taskRoleArn, taskId),
              taskArn,
              endsWithTask: taskId,
              expiresAtMs: systemClock.now() + ROLE_CREDENTIALS_MS,
            }),
      mintDeliveryCredentials: (machineId, account) =>
        sessions.mint({
          account,
          principalArn: `arn:aws:sts::${account}:assumed-role/neargate-flow-logs/${machineId}`,
          expiresAtMs: systemClock.now() + EXECUTION_CREDENTIALS_MS,
        }),
      certificate: fileSystemCertificates(config, secrets),
    },
    stopping.signal,
  );
  const frontDoor = createFrontDoor({
    services: [
      createEcsService({
        ...base,
        platformLatest: config.platformLatest,
        runtimes: config.runtimes,
        ensureNetwork: (scope) => defaultNetworks.ensure(scope),
      }),
      createLogsService(base),
      createEc2Service({
        ...base,
        network,
        defaultNetworks,
        vpcCidr: config.vpcCidr,
        publicCidr: config.publicCidr,
        serviceCidr: config.serviceCidr,
        uplinkCidr: config.uplinkCidr,
        dnsSuffix: config.dnsSuffix,
      }),
      ecr.service,
      createSecretsManagerService({ ...base, sealed }),
      createSsmService({ ...base, sealed }),
      createStsService({ clock: systemClock, sessions }),
      createEfsService({ ...base, storage, network, defaultNetworks }, files),
      createNeargateService(pulls),
    ],
    routes: [...ecr.routes, ...s3.routes],
    credentials: createCredentialSource([secrets.rootKeys], sessions, (taskId) => machines.hasTask(taskId)),
    open: config.open,
    defaultAccount: config.account,
    defaultRegion: config.region,
    clock: systemClock,
    ids: randomIds,
    logger,
    allowedHosts: [...config.allowedHosts, `.${config.dnsSuffix}`],
  });
  await controller.start();
  files.settleSoon();
  const listener = await link.listen((connection) => new AgentSession(connection, controller, logger));
  const taskDoor = await openTaskDoor({
    socket: dataDir(config.dataDir).serviceSocket,
    frontDoor,
    domain: config.dnsSuffix,
    certificates: new CertificateAuthority(secrets.authority, systemClock),
  });
  const { port } = await frontDoor.listen(config.listen.host, config.listen.port);
  void housekeeping(parts, [() => ecr.emptyTrash(), () => files.settleSoon()], stopping.signal);
  return {
    host: config.listen.host,
    port,
    services: frontDoor.served,
    secrets,
    agentConnected: () => machines.someConnected(),
    async close() {
      stopping.abort();
      await Promise.all([taskDoor.close(), frontDoor.close(), listener.close()]);
      s3.close();
      await ecr.close();
    },
  };
}

/** The default VPC of an account in a region, as records of its ids. */
export function vpcOfScope(scope: Scope, config: Config): ReturnType<typeof defaultVpc> {
  return defaultVpc(scope, config.vpcCidr, (text) => createHash('sha256').update(text).digest('hex'));
}

/** With another key than the services have: machines get it. */
function fileSystemCertificates({ dnsSuffix }: Config, { authority }: ServerSecrets) {
  const certificates = new CertificateAuthority(authority, systemClock);
  return (name: string) => (isFileSystemName(name, dnsSuffix) ? certificates.forName(name) : undefined);
}

function pictureSettings(config: Config): PictureSettings {
  return {
    home: { account: config.account, region: config.region },
    hostRoutes: { defaultVpc: config.hostRouteToVpc, others: config.hostRouteVpcs },
    serviceCidr: config.serviceCidr,
    dnsSuffix: config.dnsSuffix,
  };
}

async function housekeeping(
  { config, store, logger }: ControlPlaneParts,
  others: readonly (() => Promise<void> | void)[],
  signal: AbortSignal,
): Promise<void> {
  const deps = { store, clock: systemClock, ids: randomIds, logger };
  while (!signal.aborted) {
    await systemClock.sleep(HOUSEKEEPING_EVERY_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await expireRecords(deps, config.stoppedTaskRetentionMs);
      await expireEcsRecords(deps, systemClock.now());
      await expireLogEvents(deps, systemClock.now());
      await expireSecrets(deps, systemClock.now());
      for (const other of others) await other();
    } catch (error) {
      logger.error('control: housekeeping failed', { error });
    }
  }
}
