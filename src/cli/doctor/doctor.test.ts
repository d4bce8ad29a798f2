import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CommandSettings } from '../command.ts';
import { examine, report } from '../commands/doctor.ts';
import type { HostView } from './host-view.ts';
import { routedRanges } from './ip-ranges.ts';

const SETTINGS: CommandSettings = {
  dataDir: '/var/lib/neargate',
  fake: false,
  readyFile: undefined,
  listen: { host: '127.0.0.1', port: 4580 },
  metricsListen: undefined,
  vpcCidr: '172.31.0.0/16',
  hostRouteToVpc: true,
  publicCidr: '198.19.0.0/16',
  uplinkCidr: '169.254.192.0/20',
  containerdSocket: undefined,
  diskFreePercent: 5,
  diskEncryption: 'off',
  efsDriver: 'auto',
  efsServers: [],
};
const GIB = 2 ** 30;
const ROUTES_HEAD = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
const DEFAULT_ROUTE = 'eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n';
/** 172.31.16.0/20 */
const CLASHING_ROUTE = 'eth1\t00101FAC\t00000000\t0001\t0\t0\t0\t00F0FFFF\t0\t0\t0\n';

/** 198.19.4.0/24 */
const PUBLIC_ROUTE = 'eth1\t000413C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n';
/** 128.0.0.0/1, as VPNs have it. */
const HALF_ROUTE = 'tun0\t00000080\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n';

/** A machine that has all that is needed. */
function aHost(
  differences: { files?: Record<string, string | undefined>; lacks?: string[] } & Partial<HostView> = {},
): HostView {
  const { files = {}, lacks = [], ...rest } = differences;
  const all: Record<string, string | undefined> = {
    '/proc/filesystems': 'nodev\toverlay\n\text4\nnodev\tnfs4\n',
    '/proc/net/route': ROUTES_HEAD + DEFAULT_ROUTE,
    '/proc/self/limits': 'Max open files            1024                 1048576              files\n',
    '/proc/sys/net/ipv4/ip_forward': '0\n',
    '/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n',
    '/dev/loop-control': '',
    '/sys/fs/ext4/features/encryption': '',
    '/dev/fuse': '',
    ...files,
  };
  return {
    isRoot: true,
    kernel: '6.1.0-18-amd64',
    nodeVersion: '20.19.0',
    read: (path) => Promise.resolve(all[path]),
    exists: (path) => Promise.resolve(all[path] !== undefined),
    run: (program) =>
      Promise.resolve(lacks.includes(program) ? undefined : { status: 0, output: 'v1.2.3\n' }),
    space: () => Promise.resolve({ totalBytes: 100 * GIB, freeBytes: 50 * GIB }),
    listenProblem: () => Promise.resolve(undefined),
    ...rest,
  };
}

async function finding(name: string, host: HostView, settings: CommandSettings = SETTINGS) {
  const found = (await examine(host, settings)).find((each) => each.name === name);
  assert.ok(found, name);
  return found;
}

describe('neargate doctor', () => {
  it('finds all well on a machine that has everything', async () => {
    const findings = await examine(aHost(), SETTINGS);
    assert.deepEqual(
      findings.filter(({ state }) => state !== 'ok'),
      [],
    );
    assert.match(report(findings, 0), /Tasks can run here\.\n$/);
  });

  const cases = [
    { name: 'runc', words: 'a missing program', host: aHost({ lacks: ['runc'] }), state: 'missing' },
    {
      name: 'runsc',
      words: 'gVisor, which is not installed',
      host: aHost({ lacks: ['runsc'] }),
      state: 'note',
    },
    {
      name: 'ganesha.nfsd',
      words: 'an NFS server, which is not installed',
      host: aHost({ lacks: ['ganesha.nfsd'] }),
      state: 'note',
    },
    {
      name: 'containerd',
      words: 'a missing containerd',
      host: aHost({ lacks: ['containerd'] }),
      state: 'missing',
    },
    { name: 'root', words: 'a user who is not root', host: aHost({ isRoot: false }), state: 'missing' },
    { name: 'node', words: 'an old Node.js', host: aHost({ nodeVersion: '18.19.0' }), state: 'missing' },
    { name: 'kernel', words: 'an old kernel', host: aHost({ kernel: '4.19.0' }), state: 'note' },
    {
      name: 'overlayfs',
      words: 'a kernel without overlayfs',
      host: aHost({ files: { '/proc/filesystems': '\text4\n' }, lacks: ['modprobe'] }),
      state: 'missing',
    },
    {
      name: 'cgroups',
      words: 'a cgroup controller that is off',
      host: aHost({ files: { '/sys/fs/cgroup/cgroup.controllers': 'cpu pids\n' } }),
      state: 'missing',
    },
    {
      name: 'loop devices',
      words: 'a machine without loop devices',
      host: aHost({ files: { '/dev/loop-control': undefined } }),
      state: 'missing',
    },
    {
      name: 'VPC range',
      words: 'a route that overlaps the VPC',
      host: aHost({ files: { '/proc/net/route': ROUTES_HEAD + DEFAULT_ROUTE + CLASHING_ROUTE } }),
      state: 'missing',
    },
    {
      name: 'public range',
      words: 'a route that overlaps the public addresses',
      host: aHost({ files: { '/proc/net/route': ROUTES_HEAD + PUBLIC_ROUTE } }),
      state: 'note',
    },
    {
      name: 'endpoint',
      words: 'a port that is taken',
      host: aHost({ listenProblem: () => Promise.resolve('EADDRINUSE') }),
      state: 'note',
    },
    {
      name: 'disk',
      words: 'a disk that is nearly full',
      host: aHost({ space: () => Promise.resolve({ totalBytes: 100 * GIB, freeBytes: 9 * GIB }) }),
      state: 'note',
    },
    {
      name: 'disk',
      words: 'a large disk of which less than twice the reserve is free',
      host: aHost({ space: () => Promise.resolve({ totalBytes: 1000 * GIB, freeBytes: 99 * GIB }) }),
      state: 'note',
    },
    {
      name: 'disk',
      words: 'a disk that is too full for tasks',
      host: aHost({ space: () => Promise.resolve({ totalBytes: 100 * GIB, freeBytes: 4 * GIB }) }),
      state: 'missing',
    },
    {
      name: 'FUSE',
      words: 'a machine without FUSE',
      host: aHost({ files: { '/dev/fuse': undefined } }),
      state: 'note',
    },
    {
      name: 'bindfs',
      words: 'bindfs, which is not installed',
      host: aHost({ lacks: ['bindfs'] }),
      state: 'note',
    },
    {
      name: 'NFS client',
      words: 'a kernel without an NFS client',
      host: aHost({ files: { '/proc/filesystems': 'nodev\toverlay\n\text4\n' }, lacks: ['modprobe'] }),
      state: 'note',
    },
  ];
  for (const { name, words, host, state } of cases) {
    it(`sees ${words}, and says what to do`, async () => {
      const found = await finding(name, host);
      assert.equal(found.state, state);
      assert.ok(found.advice);
    });
  }

  const withKernel = (answer: (command: string) => { status: number; output: string }): HostView =>
    aHost({ run: (program, args) => Promise.resolve(answer([program, ...args].join(' '))) });
  const fine = { status: 0, output: 'v1.2.3\n' };

  it('names in plain words what of nf_tables a kernel lacks', async () => {
    const refused = { status: 1, output: 'Error: Could not process rule: No such file or directory\n' };
    const host = withKernel((command) => (/ snat | log prefix /.test(command) ? refused : fine));
    const found = await finding('nf_tables', host);
    assert.equal(found.state, 'missing');
    assert.equal(found.found, 'the kernel lacks translation of addresses, logging of dropped packets');
    assert.match(found.advice ?? '', /NFT_NAT, NFT_LOG/);
  });

  it('says what is missing for flow logs, without which tasks run', async () => {
    const host = withKernel((command) => {
      if (command.includes('nf_conntrack_netlink')) return { status: 1, output: '' };
      return command.includes('sh -c') ? { status: 0, output: 'events\ntimestamp\n' } : fine;
    });
    const found = await finding('VPC flow logs', host);
    assert.equal(found.state, 'note');
    assert.equal(
      found.found,
      'the kernel lacks ends of connections, times of connections, the way connections are read',
    );
    assert.match(found.advice ?? '', /NF_CONNTRACK_EVENTS, NF_CONNTRACK_TIMESTAMP, NF_CT_NETLINK/);
  });

  it('needs a kernel that encrypts only where that is asked for', async () => {
    const host = aHost({ files: { '/sys/fs/ext4/features/encryption': undefined } });
    assert.equal((await finding('disk encryption', host)).state, 'note');
    const asked: CommandSettings = { ...SETTINGS, diskEncryption: 'fscrypt' };
    assert.equal((await finding('disk encryption', host, asked)).state, 'missing');
    assert.equal((await finding('disk encryption', aHost(), asked)).state, 'ok');
  });

  it('needs an NFS client only where a setting asks for one', async () => {
    const host = aHost({
      files: { '/proc/filesystems': 'nodev\toverlay\n\text4\n' },
      run: (program) => Promise.resolve({ status: program === 'modprobe' ? 1 : 0, output: '' }),
    });
    assert.equal((await finding('NFS client', host)).state, 'note');
    for (const asked of [{ efsDriver: 'nfs' }, { efsServers: [{}] }] as const) {
      assert.equal((await finding('NFS client', host, { ...SETTINGS, ...asked })).state, 'missing');
      assert.equal((await finding('NFS client', aHost(), { ...SETTINGS, ...asked })).state, 'ok');
    }
  });

  it('tells what of the disk is promised to tasks, and what they have taken', async () => {
    const host = aHost({
      run: (program, args) => {
        const bytes = args.includes('--apparent-size') ? 60 * GIB : 1.5 * GIB;
        return Promise.resolve({ status: 0, output: program === 'du' ? `${bytes}\t/disks\n` : '' });
      },
    });
    const { found } = await finding('disk', host);
    assert.equal(
      found,
      '50.0 GiB free for /var/lib/neargate; 60.0 GiB promised to tasks, 1.5 GiB of it taken',
    );
  });

  it('knows cgroups of version 1, and of both', async () => {
    const groups =
      '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t2\t1\t1\nmemory\t5\t1\t1\npids\t9\t1\t1\n';
    const v1 = { '/sys/fs/cgroup/cgroup.controllers': undefined, '/proc/cgroups': groups };
    assert.equal((await finding('cgroups', aHost({ files: v1 }))).found, 'v1: cpu memory pids');
    const hybrid = { ...v1, '/sys/fs/cgroup/unified/cgroup.procs': '' };
    assert.equal(
      (await finding('cgroups', aHost({ files: hybrid }))).found,
      'hybrid (v1 in use): cpu memory pids',
    );
  });

  it('names the route that is in the way, and its interface where it has one', async () => {
    const on = (route: string) => aHost({ files: { '/proc/net/route': ROUTES_HEAD + route } });
    const words = async (route: string) => (await finding('VPC range', on(route))).found;
    assert.match(await words(CLASHING_ROUTE), /the route to 172\.31\.16\.0\/20 on eth1: tasks/);
    assert.match(await words(CLASHING_ROUTE.replace('eth1', '*')), /the route to 172\.31\.16\.0\/20: tasks/);
  });

  it('lets a VPC overlap routes of the host when the host is not to reach it', async () => {
    const host = aHost({ files: { '/proc/net/route': ROUTES_HEAD + CLASHING_ROUTE } });
    const { state } = await finding('VPC range', host, { ...SETTINGS, hostRouteToVpc: false });
    assert.equal(state, 'ok');
  });

  it('asks for a containerd of its own only without the socket of another', async () => {
    const host = aHost({ lacks: ['containerd'], files: { '/run/containerd/containerd.sock': '' } });
    const settings = { ...SETTINGS, containerdSocket: '/run/containerd/containerd.sock' };
    assert.equal((await finding('containerd', host, settings)).state, 'ok');
  });
});

describe('routedRanges', () => {
  it("reads the kernel's backward numbers and leaves out default routes", () => {
    const [route, ...others] = routedRanges(ROUTES_HEAD + DEFAULT_ROUTE + HALF_ROUTE + CLASHING_ROUTE);
    assert.deepEqual(others, []);
    assert.equal(route?.cidr, '172.31.16.0/20');
    assert.equal(route?.device, 'eth1');
  });
});
