/** `neargate agent`: runs the tasks of this machine for the control plane that started it. */
import { readFile, writeFile } from 'node:fs/promises';
import { arch, availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { MinuteBacklog } from '../../agent/telemetry/minute-backlog.ts';
import { LinkClient } from '../../agent/link/link-client.ts';
import type { ImagePull } from '../../domain/task/pull-progress.ts';
import { WebSocketLink } from '../../drivers/link-websocket/websocket-link.ts';
import { LmdbStore } from '../../drivers/store-lmdb/lmdb-store.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import { withholdCoreDumps } from '../../linux/core-dumps.ts';
import type { MachineFacts } from '../../wire/link-messages.ts';
import { readAgentConfig } from './agent-config.ts';
import { createAgentTelemetry } from './agent-telemetry.ts';
import { type DataDir, dataDir, makeDataDir } from '../data-dir.ts';
import { fakeDrivers } from './fake-drivers.ts';
import { createMachineAgent } from './machine-agent.ts';
import { linuxDrivers } from './machine-drivers.ts';
import { fileSystemCertificates } from './machine-file-systems.ts';
import { removePidFile, writePidFile } from '../pid-file.ts';
import { createProcessLogger } from '../process-logger.ts';
import { isMeasured } from '../telemetry-wanted.ts';
import { VERSION } from '../version.ts';

const CPU_UNITS_A_PROCESSOR = 1024;

/** Runs until the signal fires; `configFile` holds the settings that `up` wrote for it. Tasks go on afterwards. */
export async function runAgent(configFile: string, signal: AbortSignal): Promise<void> {
  withholdCoreDumps();
  const config = await readAgentConfig(configFile);
  const dir = dataDir(config);
  const logger = createProcessLogger({ logLevel: config.logLevel, logFormat: 'json' });
  await makeDataDir(dir);
  const store = await LmdbStore.open({ dir: dir.agent, clock: systemClock });
  try {
    await writePidFile(dir.agentPidFile, VERSION);
    const link: { client?: LinkClient } = {};
    const minutes = new MinuteBacklog({ run: randomIds.hex(16) });
    const certificates = fileSystemCertificates((name) => link.client?.needCertificate(name));
    const onPull = (pull: ImagePull) => link.client?.pulling(pull);
    const surroundings = { logger, signal, certificates, onPull };
    const drivers = config.fake
      ? fakeDrivers(config, dir, surroundings)
      : await linuxDrivers(config, dir, surroundings);
    const telemetry = isMeasured(config) ? createAgentTelemetry(drivers, logger) : undefined;
    let machine = await machineFacts(dir);
    const { agent, vpcs, flowLogs, images, disk } = await createMachineAgent({
      config,
      dir,
      drivers,
      store,
      logger,
      signal,
      onReport: (report) => link.client?.report(report),
      observers: telemetry?.observers,
      onCredentialsNeeded: (taskId) => link.client?.needCredentials(taskId),
      onRoleCredentialsNeeded: (taskId) => link.client?.needRoleCredentials(taskId),
      onDeliveryCredentialsNeeded: (account) => link.client?.needDeliveryCredentials(account),
      onMinute: (tasks) => minutes.add(tasks),
      onDiskChanged: (diskMiB) => {
        machine = { ...machine, diskMiB };
        link.client?.machineChanged();
      },
    });
    link.client = new LinkClient({
      transport: new WebSocketLink(dir.linkSocket),
      agent,
      vpcs,
      delivery: flowLogs,
      certificates,
      minutes,
      machine: () => machine,
      clock: systemClock,
      logger,
    });
    try {
      await disk.look().catch((error: unknown) => logger.warn('disk: cannot look at it', { error }));
      await vpcs.start();
      await drivers.mountTargets.sweep();
      await agent.start(signal);
      await flowLogs.start();
      void images.run(signal);
      void disk.run(signal);
      void telemetry?.run(link.client, signal);
      await link.client.run(signal);
      if (!signal.aborted) await once(signal, 'abort');
    } finally {
      await agent.close();
      await flowLogs.close();
      await drivers.close();
    }
  } finally {
    await removePidFile(dir.agentPidFile);
    await store.close();
  }
}

/** Of its disk nothing is known yet. */
async function machineFacts(dir: DataDir): Promise<MachineFacts> {
  return {
    machineId: await machineId(dir),
    version: VERSION,
    cpuArchitecture: arch() === 'arm64' ? 'ARM64' : 'X86_64',
    cpuUnits: availableParallelism() * CPU_UNITS_A_PROCESSOR,
    memoryMiB: Math.floor(totalmem() / 2 ** 20),
    diskMiB: 0,
    availabilityZones: [],
  };
}

/** Made at the first start; it stays with the data directory. */
async function machineId(dir: DataDir): Promise<string> {
  const path = join(dir.agent, 'machine-id');
  const known = await readFile(path, 'utf8').catch(() => undefined);
  if (known !== undefined && /^[0-9a-f]{32}$/.test(known)) return known;
  const made = randomIds.hex(32);
  await writeFile(path, made, { mode: 0o600 });
  return made;
}
