/** Puts the control plane together: store, services, front door, control loops, link. No process handling here. */
import { createHash } from 'node:crypto';
import type { Scope } from '../../domain/arn.ts';
import { isFileSystemName } from '../../domain/efs/mount-target-names.ts';
import { defaultVpc } from '../../domain/network/default-vpc.ts';
import { Machines } from '../../control/machines/machines.ts';
import { AgentSession } from '../../control/link/agent-session.ts';
import { Addresses } from '../../control/network/addresses.ts';
import { type PictureSettings, VpcPictures } from '../../control/network/vpc-pictures.ts';
import { PullBoard } from '../../control/tasks/pull-board.ts';
import { TaskController } from '../../control/tasks/task-controller.ts';
import { CertificateAuthority } from '../../drivers/certificates-private/certificate-authority.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { LinkTransport } from '../../ports/link.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MetricStore } from '../../ports/metric-store.ts';
import type { Store } from '../../ports/store.ts';
import { ApiThrottle } from '../../wire/front-door/api-throttle.ts';
import { createFrontDoor } from '../../wire/front-door/front-door.ts';
import { createCredentialSource } from '../../wire/sigv4/credentials.ts';
import { SessionTokens } from '../../wire/sigv4/session-token.ts';
import { createAuthorization } from './authorization.ts';
import { accountRoles } from '../aws-account.ts';
import type { Config } from '../config.ts';
import { dataDir } from '../data-dir.ts';
import { keepHouse } from './housekeeping.ts';
import { createInsights } from './insights-parts.ts';
import { doorConnections } from '../open-files.ts';
import { loadServerSecrets, type ServerSecrets } from './server-secrets.ts';
import { createServices } from './services.ts';
import { taskCredentials } from './task-credentials.ts';
import { openTaskDoor } from './task-door.ts';
import { Telemetry } from './telemetry.ts';

export interface ControlPlane {
  readonly host: string;
  readonly port: number;
  /** Where `/metrics` listens; undefined without the setting. */
  readonly metricsPort: number | undefined;
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
  readonly metrics: MetricStore;
  readonly link: LinkTransport;
  readonly logger: Logger;
}

/** Resolves when requests are answered; tasks wait until an agent connects. */
export async function startControlPlane(parts: ControlPlaneParts): Promise<ControlPlane> {
  const { config, metrics, link, logger } = parts;
  const telemetry = new Telemetry(parts);
  const { store } = telemetry;
  const stopping = new AbortController();
  const secrets = await loadServerSecrets(store, config.account);
  const base = { store, clock: systemClock, ids: randomIds, logger };
  const machines = new Machines();
  const sessions = new SessionTokens(Buffer.from(secrets.sessionKey, 'base64'));
  const pulls = new PullBoard();
  const authorization = createAuthorization(config, store);
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
      ...taskCredentials(sessions, accountRoles(config, logger, stopping.signal)),
      fileSystemPolicies: authorization.fileSystemPolicies,
      certificate: fileSystemCertificates(config, secrets),
    },
    stopping.signal,
  );
  const services = createServices({
    config,
    store,
    metrics,
    logger,
    secrets,
    sessions,
    pulls,
    authorization,
  });
  const connections = doorConnections(logger);
  const frontDoor = createFrontDoor({
    services: services.definitions,
    routes: services.routes,
    credentials: createCredentialSource([secrets.rootKeys], sessions, (taskId) => machines.hasTask(taskId)),
    authorizer: authorization.authorizer,
    throttle: config.apiThrottling === 'aws' ? new ApiThrottle(systemClock) : undefined,
    open: config.open,
    defaultAccount: config.account,
    defaultRegion: config.region,
    clock: systemClock,
    ids: randomIds,
    logger,
    onAnswered: telemetry.onAnswered,
    allowedHosts: [...config.allowedHosts, `.${config.dnsSuffix}`],
    mostConnections: connections.ofCallers,
  });
  await controller.start();
  services.start();
  const insights = createInsights({ store, metrics, logger }, stopping.signal);
  const hosts = { tasks: controller, telemetry: telemetry.machines, minutes: insights.minutes };
  const listener = await link.listen((connection) => new AgentSession(connection, hosts, logger));
  const taskDoor = await openTaskDoor({
    socket: dataDir(config).serviceSocket,
    frontDoor,
    domain: config.dnsSuffix,
    certificates: new CertificateAuthority(secrets.authority, systemClock),
    mostConnections: connections.ofTasks,
  });
  const measuring = await telemetry.start(
    { machines, minutes: (now) => insights.board.running(now) },
    stopping.signal,
  );
  const { port } = await frontDoor.listen(config.listen.host, config.listen.port);
  const compact = (): Promise<void> => metrics.compact(systemClock.now());
  void keepHouse(parts, [...services.housekeeping, compact], stopping.signal);
  return {
    host: config.listen.host,
    port,
    metricsPort: measuring.port,
    services: frontDoor.served,
    secrets,
    agentConnected: () => machines.someConnected(),
    async close() {
      stopping.abort();
      await Promise.all([taskDoor.close(), frontDoor.close(), listener.close(), measuring.close()]);
      await services.close();
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
