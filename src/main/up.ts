/** `neargate up`: the control plane in this process, the agent supervised beside it. */
import { rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { WebSocketLink } from '../drivers/link-websocket/websocket-link.ts';
import { withholdCoreDumps } from '../linux/core-dumps.ts';
import { notifyServiceManager } from '../linux/service-manager.ts';
import { systemClock } from '../drivers/system/system-clock.ts';
import { AGENT_FLAGS } from './agent-flags.ts';
import { writeAgentConfig } from './agent/agent-config.ts';
import { AgentSupervisor } from './agent-supervisor.ts';
import type { Config } from './config.ts';
import { type ControlPlane, startControlPlane, vpcOfScope } from './control/control-plane.ts';
import { type DataDir, dataDir, makeDataDir } from './data-dir.ts';
import { openDataDir } from './data-format/data-format.ts';
import { checkHostRoutes } from './host-route-check.ts';
import { checkFileSystemDriver } from './agent/machine-file-systems.ts';
import { withAgentCapabilities } from './privileges.ts';
import { createProcessLogger } from './process-logger.ts';
import type { Logger } from '../ports/logger.ts';
import { type ReadyInfo, writeReadyFile } from '../cli/ready-info.ts';
import { openStores } from './control/stores.ts';
import { writeCredentialsFile } from './control/server-secrets.ts';
import { VERSION } from './version.ts';

export interface UpIo {
  /** Called once requests are answered and the agent is there. */
  onReady(info: ReadyInfo): void;
  /** Where systemd is told of it too. */
  readonly notifySocket: string | undefined;
}

/** Runs until the signal fires, then ends the agent and itself; tasks and containerd go on. */
export async function runUp(config: Config, io: UpIo, signal: AbortSignal): Promise<void> {
  withholdCoreDumps();
  const dir = dataDir(config);
  const logger = createProcessLogger(config);
  if (!config.fake) await checkFileSystemDriver(config);
  const lock = await openDataDir(dir, { logger });
  try {
    await makeDataDir(dir);
    await runOn(dir, { config, io, logger }, signal);
  } finally {
    lock.release();
  }
}

async function runOn(
  dir: DataDir,
  { config, io, logger }: { config: Config; io: UpIo; logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  const stores = await openStores(dir);
  try {
    const link = new WebSocketLink(dir.linkSocket);
    const control = await startControlPlane({ config, ...stores, link, logger });
    if (!config.fake) await checkHostRoutes({ config, store: stores.store, logger });
    const supervisor = await startAgent(config, dir, control, logger);
    try {
      await Promise.race([control.agentConnected(), aborted(signal)]);
      if (!signal.aborted) {
        const info = await publish(config, dir, control);
        logger.info('ready', { endpoint: info.endpoint, metrics: info.metrics, dataDir: config.dataDir });
        io.onReady(info);
        notify(io, `READY=1\nSTATUS=${info.endpoint}`, logger);
      }
      await aborted(signal);
    } finally {
      logger.info('stopping; tasks go on');
      notify(io, 'STOPPING=1', logger);
      await rm(dir.readyFile, { force: true });
      await supervisor.stop();
      await control.close();
    }
  } finally {
    await stores.close();
  }
}

/** Neargate can do without a service manager that has gone. */
function notify({ notifySocket }: UpIo, state: string, logger: Logger): void {
  try {
    if (notifySocket !== undefined) notifyServiceManager(notifySocket, state);
  } catch (error) {
    logger.warn('systemd cannot be told', { state, error });
  }
}

async function startAgent(
  config: Config,
  dir: DataDir,
  control: ControlPlane,
  logger: ReturnType<typeof createProcessLogger>,
): Promise<AgentSupervisor> {
  // The agent is told its settings by a file: a command line is for all to see.
  const endpoint = { host: control.host === '0.0.0.0' ? '127.0.0.1' : control.host, port: control.port };
  const { services } = control;
  const serviceAuthority = control.secrets.authority.cert;
  await writeAgentConfig(dir.agentConfigFile, { ...config, endpoint, services, serviceAuthority });
  const own = [process.execPath, ...AGENT_FLAGS, config.program];
  const command = [...own, 'agent', '--effective-config', dir.agentConfigFile];
  const supervisor = new AgentSupervisor({
    pidFile: dir.agentPidFile,
    logFile: dir.agentLogFile,
    version: VERSION,
    command: config.fake ? command : withAgentCapabilities(command, config.runtimes),
    clock: systemClock,
    logger,
  });
  supervisor.start();
  return supervisor;
}

async function publish(config: Config, dir: DataDir, control: ControlPlane): Promise<ReadyInfo> {
  const { vpcId, subnets, securityGroupId } = vpcOfScope(config, config);
  const { accessKeyId, secretAccessKey } = control.secrets.rootKeys;
  const info: ReadyInfo = {
    endpoint: `http://${inUrl(control.host)}:${control.port}`,
    ...metricsAddress(config, control),
    region: config.region,
    account: config.account,
    accessKeyId,
    secretAccessKey,
    pid: process.pid,
    dataDir: config.dataDir,
    version: VERSION,
    defaultVpc: {
      vpcId,
      securityGroupId,
      subnets: subnets.map(({ subnetId, availabilityZone }) => ({ subnetId, availabilityZone })),
    },
  };
  await writeCredentialsFile(dir.credentialsFile, control.secrets.rootKeys);
  await writeFile(dir.authorityFile, control.secrets.authority.cert);
  await writeReadyFile(dir.readyFile, info);
  if (config.readyFile !== undefined) await writeReadyFile(config.readyFile, info);
  return info;
}

function metricsAddress(
  { metricsListen }: Config,
  { metricsPort }: ControlPlane,
): Pick<ReadyInfo, 'metrics'> {
  if (metricsListen === undefined || metricsPort === undefined) return {};
  return { metrics: `http://${inUrl(metricsListen.host)}:${metricsPort}/metrics` };
}

/** IPv6 addresses stand in brackets. */
const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
