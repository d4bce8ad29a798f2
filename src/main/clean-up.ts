/**
 * Leaves nothing of Neargate on the machine but its data directory: for `neargate down --tasks`, when neither control
 * plane nor agent runs any more. Also works after either was killed. May be repeated.
 */
import { hasKind } from '../domain/errors.ts';
import { LmdbStore } from '../drivers/store-lmdb/lmdb-store.ts';
import { systemClock } from '../drivers/system/system-clock.ts';
import type { Logger } from '../ports/logger.ts';
import { type AgentConfig, readAgentConfig } from './agent/agent-config.ts';
import type { Config } from './config.ts';
import { type DataDir, dataDir, makeDataDir } from './data-dir.ts';
import { openDataDir } from './data-format/data-format.ts';
import { createMachineAgent } from './agent/machine-agent.ts';
import { linuxDrivers, managedContainerd } from './agent/machine-drivers.ts';
import { fileSystemCertificates } from './agent/machine-file-systems.ts';
import { endAgent } from './end-agent.ts';
import { createProcessLogger } from './process-logger.ts';

const POLL_MS = 20;

/** Ends the tasks that are left, for this reason, the VPCs, the private containerd. */
export async function cleanUp(config: Config, reason: string): Promise<void> {
  const dir = dataDir(config);
  const logger = createProcessLogger({ logLevel: 'warn', logFormat: config.logFormat });
  const lock = await openDataDir(dir, { logger });
  try {
    // An agent whose control plane was killed waits for the next one.
    await endAgent(dir.agentPidFile);
    // As the agent was told: what it made lies where its settings said, whatever this command's flags are.
    const told = await readAgentConfig(dir.agentConfigFile).catch(() => undefined);
    const nowhere = { endpoint: { host: '127.0.0.1', port: 0 }, services: [], serviceAuthority: '' };
    // The release before may not have known all of today's settings.
    const agentConfig = { ...config, ...nowhere, ...told };
    if (agentConfig.fake) return;
    await makeDataDir(dir);
    const places = { dataDir: config.dataDir, runtimeDir: config.runtimeDir };
    await endTasks({ ...agentConfig, ...places }, dir, { logger, reason });
    if (agentConfig.containerdSocket === undefined) await managedContainerd(dir, logger).stopForGood();
  } finally {
    lock.release();
  }
}

async function endTasks(
  config: AgentConfig,
  dir: DataDir,
  { logger, reason }: { logger: Logger; reason: string },
): Promise<void> {
  const life = new AbortController();
  const store = await LmdbStore.open({ dir: dir.agent, clock: systemClock });
  try {
    const drivers = await linuxDrivers(config, dir, {
      ...{ logger, onPull: () => undefined, signal: life.signal },
      certificates: fileSystemCertificates(() => undefined),
    });
    const { agent, vpcs } = await createMachineAgent({
      config,
      dir,
      drivers,
      store,
      logger,
      signal: life.signal,
      // Their ends are on record: the next agent tells them to the control plane.
      onReport: () => undefined,
      onCredentialsNeeded: () => undefined,
      onRoleCredentialsNeeded: () => undefined,
      onDeliveryCredentialsNeeded: () => undefined,
      onMinute: () => undefined,
      onDiskChanged: () => undefined,
    });
    try {
      await vpcs.start();
      await agent.start(life.signal);
      await agent.stopAll({ stopCode: 'UserInitiated', reason });
      while (agent.reports().some(({ status }) => status !== 'STOPPED')) await systemClock.sleep(POLL_MS);
      await vpcs.setAll([]);
      for (const vpcId of await drivers.network.listVpcs()) await removeVpc(vpcId, drivers.network);
      // Mount targets go with their VPCs, and with them the need for what serves file systems.
      await drivers.mountTargets.sweep();
    } finally {
      life.abort();
      await agent.close();
      await drivers.close();
    }
  } finally {
    await store.close();
  }
}

async function removeVpc(vpcId: string, network: { removeVpc(vpcId: string): Promise<void> }): Promise<void> {
  try {
    await network.removeVpc(vpcId);
  } catch (error) {
    if (!hasKind(error, 'failed-precondition')) throw error;
    // Interfaces of tasks that ended this moment go with their namespaces, a little later.
    await systemClock.sleep(500);
    await network.removeVpc(vpcId);
  }
}
