/** Refusals of how a container's process is started, watched, limited and ended. */
import { aws, constraint, FIRST, notOneOf, ours, withContainer } from './refusal.ts';

const C = 'containerDefinitions[]';
const H = `${C}.healthCheck`;
const CAPABILITIES =
  'ALL, AUDIT_CONTROL, AUDIT_WRITE, BLOCK_SUSPEND, CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, IPC_LOCK, IPC_OWNER, KILL, LEASE, LINUX_IMMUTABLE, MAC_ADMIN, MAC_OVERRIDE, MKNOD, NET_ADMIN, NET_BIND_SERVICE, NET_BROADCAST, NET_RAW, SETFCAP, SETGID, SETPCAP, SETUID, SYSLOG, SYS_ADMIN, SYS_BOOT, SYS_CHROOT, SYS_MODULE, SYS_NICE, SYS_PACCT, SYS_PTRACE, SYS_RAWIO, SYS_RESOURCE, SYS_TIME, SYS_TTY_CONFIG, WAKE_ALARM';
const ULIMITS =
  'core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime, sigpending, stack';

const health = (over: object) => withContainer({ healthCheck: { command: ['CMD-SHELL', 'true'], ...over } });
const ulimits = (...limits: { name: string; softLimit: number; hardLimit: number }[]) =>
  withContainer({ ulimits: limits });
const sysctl = (namespace: string, value?: string) =>
  withContainer({ systemControls: [{ namespace, value }] });

export const PROCESS_REFUSALS = [
  ours(
    `${C}.startTimeout`,
    'a start timeout of a second',
    withContainer({ startTimeout: 1 }),
    "Granular start timeout on container 'app' must be at least 2 seconds.",
  ),
  ours(
    `${C}.startTimeout`,
    'a start timeout over two minutes',
    withContainer({ startTimeout: 121 }),
    'Tasks using the Fargate launch type must have a container start timeout of less than 120 seconds.',
  ),
  ours(
    `${C}.stopTimeout`,
    'a stop timeout of a second',
    withContainer({ stopTimeout: 1 }),
    "Granular stop timeout on container 'app' must be at least 2 seconds.",
  ),
  aws(
    `${C}.stopTimeout`,
    'a stop timeout over two minutes',
    withContainer({ stopTimeout: 121 }),
    'Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds.',
  ),
  ...[59, 1801].map((restartAttemptPeriod) =>
    aws(
      `${C}.restartPolicy.restartAttemptPeriod`,
      `a restart period of ${restartAttemptPeriod} seconds`,
      withContainer({ restartPolicy: { enabled: true, restartAttemptPeriod } }),
      "The 'restartAttemptPeriod' setting for container 'app' must be between 60 and 1800.",
    ),
  ),
  ours(
    `${C}.restartPolicy.ignoredExitCodes`,
    '51 ignored exit codes',
    withContainer({
      restartPolicy: { enabled: true, ignoredExitCodes: Array.from({ length: 51 }, (_, code) => code) },
    }),
    "The 'ignoredExitCodes' setting for container 'app' must have at most 50 exit codes.",
  ),
  ours(
    `${H}.command`,
    'a health check without command',
    health({ command: [] }),
    constraint(`${FIRST}.healthCheck.command`, 'null', 'Member must have a command behind CMD or CMD-SHELL'),
  ),
  ours(
    `${H}.command`,
    'a health check with nothing behind CMD',
    health({ command: ['CMD'] }),
    constraint(`${FIRST}.healthCheck.command`, 'CMD', 'Member must have a command behind CMD or CMD-SHELL'),
  ),
  ...(
    [
      ['interval', 4, 301, 5, 300],
      ['timeout', 1, 61, 2, 60],
      ['retries', 0, 11, 1, 10],
      ['startPeriod', -1, 301, 0, 300],
    ] as const
  ).flatMap(([member, low, high, min, max]) => [
    ours(
      `${H}.${member}`,
      `a health check with ${member} ${low}`,
      health({ [member]: low }),
      `Health check ${member} must be greater than or equal to the minimum allowed value ${min} for container 'app'`,
    ),
    aws(
      `${H}.${member}`,
      `a health check with ${member} ${high}`,
      health({ [member]: high }),
      `Health check ${member} must be less than or equal to the maximum allowed value ${max} for container 'app'`,
    ),
  ]),
  ours(
    `${C}.ulimits[].name`,
    'a ulimit that does not exist',
    ulimits({ name: 'hope', softLimit: 1, hardLimit: 1 }),
    notOneOf(`${FIRST}.ulimits.1.member.name`, 'hope', ...ULIMITS.split(', ')),
  ),
  ours(
    `${C}.ulimits[].name`,
    'a ulimit twice',
    ulimits({ name: 'core', softLimit: 0, hardLimit: 0 }, { name: 'core', softLimit: 1, hardLimit: 1 }),
    'Duplicate ulimit names found: core. Each ulimit name must be unique.',
  ),
  aws(
    `${C}.ulimits[].softLimit`,
    'a soft limit above the hard one',
    ulimits({ name: 'nofile', softLimit: 2048, hardLimit: 1024 }),
    'Soft limit exceeds hard limit for ulimit nofile',
  ),
  aws(
    `${C}.ulimits[].softLimit`,
    'no soft limit below a hard one',
    ulimits({ name: 'nproc', softLimit: -1, hardLimit: 1024 }),
    'Soft limit exceeds hard limit for ulimit nproc',
  ),
  ...[1_048_577, -1].map((hardLimit) =>
    ours(
      `${C}.ulimits[].hardLimit`,
      `a limit of ${hardLimit} open files`,
      ulimits({ name: 'nofile', softLimit: 1024, hardLimit }),
      'Tasks using the Fargate launch type do not support a nofile ulimit above 1048576.',
    ),
  ),
  aws(
    `${C}.linuxParameters.capabilities.add`,
    'SYS_ADMIN',
    withContainer({ linuxParameters: { capabilities: { add: ['SYS_PTRACE', 'SYS_ADMIN'] } } }),
    'SYS_ADMIN is not allowed on Fargate.',
  ),
  ours(
    `${C}.linuxParameters.capabilities.add`,
    'a capability with CAP_ in front',
    withContainer({ linuxParameters: { capabilities: { add: ['CAP_SYS_PTRACE'] } } }),
    notOneOf(
      `${FIRST}.linuxParameters.capabilities.add.1.member`,
      'CAP_SYS_PTRACE',
      ...CAPABILITIES.split(', '),
    ),
  ),
  ours(
    `${C}.linuxParameters.capabilities.drop`,
    'a capability to drop that does not exist',
    withContainer({ linuxParameters: { capabilities: { drop: ['FLY'] } } }),
    notOneOf(`${FIRST}.linuxParameters.capabilities.drop.1.member`, 'FLY', ...CAPABILITIES.split(', ')),
  ),
  ours(
    `${C}.systemControls[].namespace`,
    'a system control without name',
    sysctl('', '1'),
    "Invalid 'systemControls' setting for container 'app'.",
  ),
  ours(
    `${C}.systemControls[].value`,
    'a system control without value',
    sysctl('net.core.somaxconn'),
    "Invalid 'systemControls' setting for container 'app'.",
  ),
  ...['vm.swappiness', 'kernel.msgfoo', 'fs.aio-max-nr', 'net.'].map((namespace) =>
    ours(
      `${C}.systemControls[].namespace`,
      `the system control ${namespace}`,
      sysctl(namespace, '1'),
      `Fargate compatible task definitions do not support systemControls ${namespace}`,
    ),
  ),
];
