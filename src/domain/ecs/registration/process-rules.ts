/** How a container's process is started, watched, limited and ended: the rules that hold whatever it runs on. */
import { checkEnum, constraintError } from '../constraints.ts';
import type { ContainerDefinition, HealthCheck } from '../task-definition.ts';
import { duplicates, invalidSetting, refuse } from './refuse.ts';

const CODE = 'ClientException';
const MIN_TIMEOUT_S = 2;
const MAX_IGNORED_EXIT_CODES = 50;
const RESTART_PERIOD_S = { min: 60, max: 1800 };

const HEALTH_RANGES = {
  interval: { min: 5, max: 300 },
  timeout: { min: 2, max: 60 },
  retries: { min: 1, max: 10 },
  startPeriod: { min: 0, max: 300 },
} as const;

const ULIMITS = [
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending',
  'stack',
].flatMap((line) => line.split(' '));
const CAPABILITIES = [
  'ALL AUDIT_CONTROL AUDIT_WRITE BLOCK_SUSPEND CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID',
  'IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN',
  'NET_BIND_SERVICE NET_BROADCAST NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_ADMIN SYS_BOOT',
  'SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME',
  'SYS_TTY_CONFIG SYSLOG WAKE_ALARM',
].flatMap((line) => line.split(' '));

/** Throws ClientException for the first rule that is broken. */
export function checkProcesses(containers: readonly ContainerDefinition[]): void {
  containers.forEach((container, index) => {
    const path = `containerDefinitions.${index + 1}.member`;
    checkTimeouts(container);
    checkRestart(container);
    if (container.healthCheck !== undefined) checkHealth(container.healthCheck, container.name, path);
    checkUlimits(container, path);
    checkCapabilities(container, path);
    for (const { namespace, value } of container.systemControls ?? []) {
      if ((namespace ?? '') === '' || value === undefined) {
        throw invalidSetting('systemControls', container.name);
      }
    }
  });
}

function checkTimeouts({ name, startTimeout, stopTimeout }: ContainerDefinition): void {
  for (const [word, seconds] of [
    ['start', startTimeout],
    ['stop', stopTimeout],
  ] as const) {
    if (seconds === undefined || seconds >= MIN_TIMEOUT_S) continue;
    throw refuse(
      `Granular ${word} timeout on container '${name}' must be at least ${MIN_TIMEOUT_S} seconds.`,
    );
  }
}

function checkRestart({ name, restartPolicy }: ContainerDefinition): void {
  const { ignoredExitCodes = [], restartAttemptPeriod: period } = restartPolicy ?? {};
  const { min, max } = RESTART_PERIOD_S;
  if (period !== undefined && (period < min || period > max)) {
    throw refuse(
      `The 'restartAttemptPeriod' setting for container '${name}' must be between ${min} and ${max}.`,
    );
  }
  if (ignoredExitCodes.length > MAX_IGNORED_EXIT_CODES) {
    throw refuse(
      `The 'ignoredExitCodes' setting for container '${name}' must have at most ${MAX_IGNORED_EXIT_CODES} exit codes.`,
    );
  }
}

function checkHealth(healthCheck: HealthCheck, container: string | undefined, path: string): void {
  const [kind, ...rest] = healthCheck.command ?? [];
  if (kind === undefined || kind === '' || (/^CMD(-SHELL)?$/.test(kind) && rest.length === 0)) {
    const at = `${path}.healthCheck.command`;
    throw constraintError(CODE, at, kind, 'Member must have a command behind CMD or CMD-SHELL');
  }
  for (const member of ['interval', 'timeout', 'retries', 'startPeriod'] as const) {
    const value = healthCheck[member];
    const { min, max } = HEALTH_RANGES[member];
    if (value === undefined || (value >= min && value <= max)) continue;
    const words =
      value > max
        ? `less than or equal to the maximum allowed value ${max}`
        : `greater than or equal to the minimum allowed value ${min}`;
    throw refuse(`Health check ${member} must be ${words} for container '${container}'`);
  }
}

function checkUlimits({ ulimits = [] }: ContainerDefinition, path: string): void {
  ulimits.forEach(({ name, softLimit = 0, hardLimit = 0 }, index) => {
    checkEnum(CODE, `${path}.ulimits.${index + 1}.member.name`, name, ULIMITS);
    // -1 means no limit.
    if (hardLimit !== -1 && (softLimit === -1 || softLimit > hardLimit)) {
      throw refuse(`Soft limit exceeds hard limit for ulimit ${name}`);
    }
  });
  const twice = duplicates(ulimits.map(({ name }) => name));
  if (twice.length > 0) {
    throw refuse(`Duplicate ulimit names found: ${twice.join(', ')}. Each ulimit name must be unique.`);
  }
}

function checkCapabilities({ linuxParameters }: ContainerDefinition, path: string): void {
  const { add = [], drop = [] } = linuxParameters?.capabilities ?? {};
  for (const [list, names] of [
    ['add', add],
    ['drop', drop],
  ] as const) {
    names.forEach((name, index) => {
      checkEnum(CODE, `${path}.linuxParameters.capabilities.${list}.${index + 1}.member`, name, CAPABILITIES);
    });
  }
}
