/** Programs that Neargate starts, and what each is for. */
import { type Check, type Finding, missing, note, ok } from './check.ts';
import type { HostView } from './host-view.ts';

interface ProgramNeed {
  readonly program: string;
  readonly versionArgs: readonly string[];
  readonly package: string;
  readonly for: string;
  readonly needed: boolean;
}

const PROGRAMS: readonly ProgramNeed[] = [
  {
    program: 'runc',
    versionArgs: ['--version'],
    package: 'runc',
    for: 'starts containers',
    needed: true,
  },
  {
    program: 'nft',
    versionArgs: ['--version'],
    package: 'nftables',
    for: "tasks' way to the internet, security groups",
    needed: true,
  },
  {
    program: 'mkfs.ext4',
    versionArgs: ['-V'],
    package: 'e2fsprogs',
    for: "tasks' disks",
    needed: true,
  },
  {
    program: 'tc',
    versionArgs: ['-V'],
    package: 'iproute2',
    for: 'network-latency of fault injection',
    needed: false,
  },
  {
    program: 'bindfs',
    versionArgs: ['--version'],
    package: 'bindfs',
    for: 'access points of EFS, and EFS over NFS',
    needed: false,
  },
  {
    program: 'tini-static',
    versionArgs: ['--version'],
    package: 'tini',
    for: 'the init of containers with initProcessEnabled',
    needed: false,
  },
  {
    program: 'docker-registry',
    versionArgs: ['--version'],
    package: 'docker-registry',
    for: "the registry of 'neargate demo'",
    needed: false,
  },
  {
    program: 'ganesha.nfsd',
    versionArgs: ['-v'],
    package: 'nfs-ganesha nfs-ganesha-vfs',
    for: 'mount targets of EFS file systems: without it they accept connections and close them',
    needed: false,
  },
  {
    program: 'runsc',
    versionArgs: ['--version'],
    package: 'runsc',
    for: "isolation with gVisor, '--runtimes gvisor'",
    needed: false,
  },
];

export const programChecks: readonly Check[] = PROGRAMS.map((need) => ({
  name: need.program,
  look: (host) => lookForProgram(host, need),
}));

/** Without a socket of a running one, Neargate starts its own. */
export const containerdCheck: Check = {
  name: 'containerd',
  async look(host, { containerdSocket }) {
    if (containerdSocket !== undefined) {
      if (await host.exists(containerdSocket)) return ok(`the one at ${containerdSocket}`);
      return missing(
        `nothing at ${containerdSocket}`,
        'start that containerd, or leave out --containerd-socket',
      );
    }
    const finding = await lookForProgram(host, {
      program: 'containerd',
      versionArgs: ['--version'],
      package: 'containerd',
      for: 'runs containers',
      needed: true,
    });
    if (finding.state !== 'ok') return finding;
    const shim = await host.run('containerd-shim-runc-v2', ['-v']);
    if (shim !== undefined) return finding;
    return missing(
      `${finding.found}, but no containerd-shim-runc-v2`,
      'install the whole Debian package containerd',
    );
  },
};

async function lookForProgram(host: HostView, need: ProgramNeed): Promise<Finding> {
  const result = await host.run(need.program, need.versionArgs);
  if (result !== undefined) return ok(versionIn(result.output));
  const advice = `sudo apt-get install ${need.package}`;
  const found = `not installed (${need.for})`;
  return need.needed ? missing(found, advice) : note(found, advice);
}

function versionIn(output: string): string {
  return /\bv?(\d+\.\d+[\w.~+-]*)/.exec(output)?.[1] ?? (output.split('\n')[0]?.trim() || 'installed');
}
