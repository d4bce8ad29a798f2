/** The hard limits of this process as /proc shows them, under their OCI names. */

const NAMES: Readonly<Record<string, string>> = {
  'Max cpu time': 'RLIMIT_CPU',
  'Max file size': 'RLIMIT_FSIZE',
  'Max data size': 'RLIMIT_DATA',
  'Max stack size': 'RLIMIT_STACK',
  'Max core file size': 'RLIMIT_CORE',
  'Max resident set': 'RLIMIT_RSS',
  'Max processes': 'RLIMIT_NPROC',
  'Max open files': 'RLIMIT_NOFILE',
  'Max locked memory': 'RLIMIT_MEMLOCK',
  'Max address space': 'RLIMIT_AS',
  'Max file locks': 'RLIMIT_LOCKS',
  'Max pending signals': 'RLIMIT_SIGPENDING',
  'Max msgqueue size': 'RLIMIT_MSGQUEUE',
  'Max nice priority': 'RLIMIT_NICE',
  'Max realtime priority': 'RLIMIT_RTPRIO',
  'Max realtime timeout': 'RLIMIT_RTTIME',
};

/** Bit of CAP_SYS_RESOURCE: its holders may raise hard limits. */
const SYS_RESOURCE = 24n;

/**
 * From the text of /proc/self/limits and /proc/self/status, and the number in fs.nr_open, beyond which nobody gets.
 * What is unlimited is left out.
 */
export function hardLimits(limits: string, status: string, mostFiles: number): Record<string, number> {
  const most = { RLIMIT_NOFILE: mostFiles };
  if (mayRaiseLimits(status)) return most;
  const own = limits.split('\n').flatMap((line) => {
    const [, label = '', hard = ''] = /^(\S.*?)\s{2,}\S+\s+(\d+)\b/.exec(line) ?? [];
    const name = NAMES[label];
    return name === undefined ? [] : [[name, Number(hard)] as const];
  });
  return { ...most, ...Object.fromEntries(own) };
}

function mayRaiseLimits(status: string): boolean {
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return ((capabilities >> SYS_RESOURCE) & 1n) === 1n;
}
