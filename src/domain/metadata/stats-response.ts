/** Statistics in the shape of Docker's API, as the metadata endpoint has them on Fargate. Pure. */
import { goMap, goTime } from './go-json.ts';
import type { BlockRow, ContainerFigures, NetworkFigures, Sample } from './statistics.ts';

const DEVICE = 'eth1';
/** What the kernel calls no limit. */
const NO_LIMIT = 2 ** 63 - 4096;
const ZERO_TIME = '0001-01-01T00:00:00Z';

export interface StatsScene {
  readonly name: string;
  readonly dockerId: string;
  /** The last sample, and the one before it. */
  readonly last: Sample;
  readonly before?: Sample;
  readonly version: 'v2' | 'v3' | 'v4';
  /** What the platform version has. */
  readonly networkStatistics: boolean;
}

export function statsResponse({ name, dockerId, last, before, version, ...has }: StatsScene): object {
  const network = has.networkStatistics ? last.network : undefined;
  return {
    read: goTime(last.at),
    preread: before === undefined ? ZERO_TIME : goTime(before.at),
    pids_stats: {},
    blkio_stats: blockStats(last.figures.block),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: cpuStats(last),
    precpu_stats: before === undefined ? NO_CPU_STATS : cpuStats(before),
    memory_stats: memoryStats(last.figures.memory),
    name,
    id: dockerId,
    networks: network === undefined ? undefined : { [DEVICE]: networkStats(network) },
    network_rate_stats: version === 'v4' && has.networkStatistics ? networkRates(last, before) : undefined,
  };
}

function blockStats({ bytes, operations }: ContainerFigures['block']): object {
  const rows = (all: readonly BlockRow[]): object[] =>
    all.map(({ major, minor, op, value }) => ({ major, minor, op, value }));
  return {
    io_service_bytes_recursive: rows(bytes),
    io_serviced_recursive: rows(operations),
    io_queue_recursive: [],
    io_service_time_recursive: [],
    io_wait_time_recursive: [],
    io_merged_recursive: [],
    io_time_recursive: [],
    sectors_recursive: [],
  };
}

const NO_CPU_STATS = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

function cpuStats({ figures: { cpu }, systemCpu, onlineCpus }: Sample): object {
  return {
    cpu_usage: {
      total_usage: cpu.total,
      percpu_usage: cpu.perCpu.length === 0 ? undefined : cpu.perCpu,
      usage_in_kernelmode: cpu.kernel,
      usage_in_usermode: cpu.user,
    },
    system_cpu_usage: systemCpu,
    online_cpus: onlineCpus,
    throttling_data: {
      periods: cpu.periods,
      throttled_periods: cpu.throttledPeriods,
      throttled_time: cpu.throttledTime,
    },
  };
}

function memoryStats({ usage, maxUsage, failures, limit, stats }: ContainerFigures['memory']): object {
  return {
    usage,
    max_usage: maxUsage,
    stats: goMap(stats),
    failcnt: failures === 0 ? undefined : failures,
    limit: limit ?? NO_LIMIT,
  };
}

function networkStats(network: NetworkFigures): object {
  return {
    rx_bytes: network.rxBytes,
    rx_packets: network.rxPackets,
    rx_errors: network.rxErrors,
    rx_dropped: network.rxDropped,
    tx_bytes: network.txBytes,
    tx_packets: network.txPackets,
    tx_errors: network.txErrors,
    tx_dropped: network.txDropped,
  };
}

/** Bytes of the last two samples over the seconds between them. */
function networkRates(last: Sample, before: Sample | undefined): object | undefined {
  if (last.network === undefined || before?.network === undefined || last.at <= before.at) return undefined;
  const seconds = (last.at - before.at) / 1000;
  return {
    rx_bytes_per_sec: (last.network.rxBytes - before.network.rxBytes) / seconds,
    tx_bytes_per_sec: (last.network.txBytes - before.network.txBytes) / seconds,
  };
}
