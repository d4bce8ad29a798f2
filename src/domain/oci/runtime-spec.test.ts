import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerDefinition } from '../ecs/task-definition.ts';
import { buildRuntimeSpec, type BuiltSpec, type SpecInput, userOf } from './runtime-spec.ts';
import type { ImageRunConfig } from './types.ts';

const root = { uid: 0, gid: 0, additionalGids: [0], home: '/root' };

function build(
  definition: ContainerDefinition = {},
  config: ImageRunConfig = { Cmd: ['sh'] },
  changes: Partial<SpecInput> = {},
): BuiltSpec {
  return buildRuntimeSpec({
    image: { architecture: 'amd64', os: 'linux', config, rootfs: { type: 'layers', diff_ids: [] } },
    definition,
    user: root,
    hostname: 'ip-172-31-16-5.eu-west-1.compute.internal',
    networkNamespacePath: '/run/netns/t',
    taskCgroup: '/neargate/t',
    runtimeId: 't-0000000001',
    mounts: [{ destination: '/etc/hosts', type: 'bind', source: '/disk/hosts', options: ['rbind'] }],
    environment: { AWS_REGION: 'eu-west-1' },
    annotations: {},
    fileEnvironment: [],
    secrets: {},
    defaultNofile: { softLimit: 65_535, hardLimit: 65_535 },
    host: { hardLimits: {}, swapAccounting: true },
    ...changes,
  });
}

interface Rule {
  names: string[];
  action: string;
  errnoRet?: number;
  args?: { value: number; valueTwo?: number; op: string }[];
}
function rules(spec: BuiltSpec, name: string): Rule[] {
  const { syscalls } = spec.spec.linux.seccomp as { syscalls: Rule[] };
  return syscalls.filter(({ names }) => names.includes(name));
}

describe('The runtime spec', () => {
  const commands: {
    name: string;
    definition: ContainerDefinition;
    config: ImageRunConfig;
    args: string[];
  }[] = [
    {
      name: 'the image’s own',
      definition: {},
      config: { Entrypoint: ['/e'], Cmd: ['c'] },
      args: ['/e', 'c'],
    },
    {
      name: 'a command',
      definition: { command: ['x'] },
      config: { Entrypoint: ['/e'], Cmd: ['c'] },
      args: ['/e', 'x'],
    },
    {
      name: 'an entry point, which drops the image’s command',
      definition: { entryPoint: ['/f'] },
      config: { Entrypoint: ['/e'], Cmd: ['c'] },
      args: ['/f'],
    },
    {
      name: 'both',
      definition: { entryPoint: ['/f'], command: ['x'] },
      config: { Cmd: ['c'] },
      args: ['/f', 'x'],
    },
    {
      name: 'empty lists as none',
      definition: { entryPoint: [], command: [] },
      config: { Entrypoint: null, Cmd: ['c'] },
      args: ['c'],
    },
  ];
  for (const { name, definition, config, args } of commands) {
    it(`runs ${name}`, () => {
      assert.deepEqual(build(definition, config).spec.process.args, args);
    });
  }

  it('refuses an image without a command', () => {
    assert.throws(() => build({}, {}), { kind: 'invalid', message: 'no command specified' });
  });

  it('has the environment of all that it is given', () => {
    const { env } = build(
      { environment: [{ name: 'A', value: 'mine' }], pseudoTerminal: true },
      { Cmd: ['sh'], Env: ['PATH=/image'] },
      { fileEnvironment: [{ name: 'F', value: 'file' }], secrets: { S: 'secret' } },
    ).spec.process;
    assert.deepEqual(env, [
      'PATH=/image',
      'HOSTNAME=ip-172-31-16-5.eu-west-1.compute.internal',
      'HOME=/root',
      'TERM=xterm',
      'F=file',
      'A=mine',
      'S=secret',
      'AWS_REGION=eu-west-1',
    ]);
  });

  it('gives root Docker’s capabilities, and other users none that are effective', () => {
    const asRoot = build().spec.process.capabilities;
    assert.equal(asRoot.bounding.length, 14);
    assert.deepEqual(asRoot.effective, asRoot.bounding);
    assert.deepEqual(asRoot.inheritable, []);
    const asOther = build({}, { Cmd: ['sh'] }, { user: { ...root, uid: 1000 } }).spec.process.capabilities;
    assert.deepEqual(asOther.bounding, asRoot.bounding);
    assert.deepEqual(asOther.effective, []);
    assert.deepEqual(asOther.permitted, []);
  });

  it('drops and adds capabilities', () => {
    const change = (drop: string[], add: string[]): string[] =>
      build({ linuxParameters: { capabilities: { drop, add } } }).spec.process.capabilities.bounding;
    assert.ok(!change(['NET_RAW'], []).includes('CAP_NET_RAW'));
    assert.deepEqual(change(['ALL'], ['SYS_PTRACE']), ['CAP_SYS_PTRACE']);
  });

  it('limits open files to its platform’s number, or to what the host allows, and says so', () => {
    assert.deepEqual(build().spec.process.rlimits, [{ type: 'RLIMIT_NOFILE', soft: 65_535, hard: 65_535 }]);
    const clamped = build(
      {},
      { Cmd: ['sh'] },
      { host: { hardLimits: { RLIMIT_NOFILE: 4_096 }, swapAccounting: true } },
    );
    assert.deepEqual(clamped.spec.process.rlimits, [{ type: 'RLIMIT_NOFILE', soft: 4_096, hard: 4_096 }]);
    assert.equal(clamped.notes.length, 1);
  });

  it('limits memory without swap, and shares the processor', () => {
    const { resources } = build({ cpu: 512, memory: 128, memoryReservation: 64 }).spec.linux;
    assert.deepEqual(resources['cpu'], { shares: 512 });
    assert.deepEqual(resources['memory'], { limit: 2 ** 27, swap: 2 ** 27, reservation: 2 ** 26 });
    const bare = build().spec.linux.resources;
    assert.deepEqual(bare['cpu'], { shares: 2 });
    assert.equal(bare['memory'], undefined);
  });

  it('lies in the task’s cgroup and network namespace, with all other namespaces its own', () => {
    const { linux } = build().spec;
    assert.equal(linux.cgroupsPath, '/neargate/t/t-0000000001');
    assert.deepEqual(
      linux.namespaces.find(({ type }) => type === 'network'),
      {
        type: 'network',
        path: '/run/netns/t',
      },
    );
    assert.deepEqual(linux.namespaces.map(({ type }) => type).toSorted(), [
      'cgroup',
      'ipc',
      'mount',
      'network',
      'pid',
      'uts',
    ]);
  });

  it('joins the task’s PID namespace where it has one', () => {
    const pid = build({}, { Cmd: ['sh'] }, { pidNamespacePath: '/proc/7/ns/pid' }).spec.linux.namespaces.find(
      ({ type }) => type === 'pid',
    );
    assert.deepEqual(pid, { type: 'pid', path: '/proc/7/ns/pid' });
  });

  it('has a terminal where that is asked, and only then', () => {
    assert.equal(build().spec.process.terminal, false);
    assert.equal(build({ interactive: true }).spec.process.terminal, false);
    assert.equal(build({ pseudoTerminal: true }).spec.process.terminal, true);
    assert.ok(!build().spec.process.env.some((entry) => entry.startsWith('TERM=')));
  });

  it('sets the kernel’s parameters that the definition names', () => {
    const systemControls = [
      { namespace: 'net.core.somaxconn', value: '1024' },
      { namespace: 'kernel.msgmax', value: '9000' },
      { namespace: 'net.core.somaxconn', value: '2048' },
    ];
    assert.deepEqual(build({ systemControls }).spec.linux.sysctl, {
      'net.core.somaxconn': '2048',
      'kernel.msgmax': '9000',
    });
  });

  it('is as Docker has it: no setuid barrier, root writable, /sys read-only, 64 MiB of shared memory', () => {
    const { process, root: rootfs, mounts, linux } = build().spec;
    assert.equal(process.noNewPrivileges, false);
    assert.equal(process.oomScoreAdj, 0);
    assert.equal(rootfs.readonly, false);
    assert.ok(mounts.find(({ destination }) => destination === '/sys')?.options?.includes('ro'));
    assert.ok(
      mounts.find(({ destination }) => destination === '/dev/shm')?.options?.includes('size=67108864'),
    );
    assert.equal(mounts.at(-1)?.destination, '/etc/hosts');
    assert.ok(linux.maskedPaths.includes('/proc/kcore'));
    assert.ok(linux.readonlyPaths.includes('/proc/sys'));
    assert.ok(build({ readonlyRootFilesystem: true }).spec.root.readonly);
  });

  const directories: { name: string; own?: string; ofImage?: string; cwd: string }[] = [
    { name: 'the root where nobody says', cwd: '/' },
    { name: 'the image’s', ofImage: '/image', cwd: '/image' },
    { name: 'the image’s, absolute where it is not', ofImage: 'image', cwd: '/image' },
    { name: 'the definition’s before the image’s', own: '/own', ofImage: '/image', cwd: '/own' },
    { name: 'the image’s where the definition’s is empty', own: '', ofImage: '/image', cwd: '/image' },
  ];
  for (const { name, own, ofImage, cwd } of directories) {
    it(`starts in ${name}`, () => {
      const image = { Cmd: ['sh'], ...(ofImage !== undefined && { WorkingDir: ofImage }) };
      assert.equal(build({ workingDirectory: own }, image).spec.process.cwd, cwd);
    });
  }

  it('refuses a working directory of the definition that is not absolute, in Docker’s words', () => {
    assert.throws(() => build({ workingDirectory: 'app' }), {
      kind: 'invalid',
      message: "the working directory 'app' is invalid, it needs to be an absolute path",
    });
  });

  it('takes the user of the definition before the image’s', () => {
    const image = {
      architecture: 'amd64',
      os: 'linux',
      config: { User: 'image' },
      rootfs: { type: 'layers', diff_ids: [] },
    };
    assert.equal(userOf(image, {}), 'image');
    assert.equal(userOf(image, { user: 'mine' }), 'mine');
  });
});

describe('An init process', () => {
  const definition = { linuxParameters: { initProcessEnabled: true }, command: ['-v'] };
  const image = { Entrypoint: ['/app'] };

  it('runs the command as its child, and is put into the container read-only', () => {
    const { spec } = build(definition, image, { initPath: '/usr/bin/tini-static' });
    assert.deepEqual(spec.process.args, ['/sbin/docker-init', '--', '/app', '-v']);
    assert.deepEqual(
      spec.mounts.find(({ destination }) => destination === '/sbin/docker-init'),
      {
        destination: '/sbin/docker-init',
        type: 'bind',
        source: '/usr/bin/tini-static',
        options: ['bind', 'ro'],
      },
    );
  });

  it('is refused where the machine has none', () => {
    assert.throws(() => build(definition, image), { kind: 'invalid', message: /init/ });
  });

  it('is not there unless it is asked for', () => {
    const { spec } = build({}, image, { initPath: '/usr/bin/tini-static' });
    assert.deepEqual(spec.process.args, ['/app']);
    assert.ok(spec.mounts.every(({ source }) => source !== '/usr/bin/tini-static'));
  });

  it('is not needed in a PID namespace of the task, whose first process reaps', () => {
    const { spec } = build(definition, image, { pidNamespacePath: '/proc/7/ns/pid' });
    assert.deepEqual(spec.process.args, ['/app', '-v']);
  });
});

describe('The mounts of a spec', () => {
  const bind = (destination: string) => ({ destination, type: 'bind', source: '/s', options: ['rbind'] });
  const destinations = (...mounts: string[]): string[] =>
    build({}, { Cmd: ['sh'] }, { mounts: mounts.map(bind) }).spec.mounts.map(
      ({ destination }) => destination,
    );

  it('come with parents first, after the defaults', () => {
    const order = destinations('/etc/hosts', '/data/sub/deep', '/etc', '/data');
    assert.deepEqual(order.slice(-4), ['/etc', '/data', '/etc/hosts', '/data/sub/deep']);
    assert.equal(order[0], '/proc');
  });

  it('take the place of a default', () => {
    const order = destinations('/dev/shm');
    assert.equal(order.filter((destination) => destination === '/dev/shm').length, 1);
    assert.ok(order.includes('/dev/pts'));
  });

  it('take the place of /dev with all that is in it', () => {
    assert.deepEqual(
      destinations('/dev').filter((destination) => destination.startsWith('/dev')),
      ['/dev'],
    );
  });
});

describe('The seccomp profile', () => {
  it('denies by default and allows what programs need', () => {
    const spec = build();
    const profile = spec.spec.linux.seccomp as { defaultAction: string; defaultErrnoRet: number };
    assert.equal(profile.defaultAction, 'SCMP_ACT_ERRNO');
    assert.equal(profile.defaultErrnoRet, 1);
    for (const name of ['read', 'openat2', 'faccessat2', 'rseq', 'futex_waitv', 'arch_prctl', 'chroot']) {
      assert.equal(rules(spec, name)[0]?.action, 'SCMP_ACT_ALLOW', name);
    }
    for (const name of ['mount', 'reboot', 'kexec_load', 'add_key', 'io_uring_setup', 'userfaultfd', 'bpf']) {
      assert.deepEqual(rules(spec, name), [], name);
    }
  });

  it('says that clone3 is not there, and lets clone make no namespaces', () => {
    assert.deepEqual(rules(build(), 'clone3'), [
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
    ]);
    assert.equal(rules(build(), 'clone')[0]?.args?.[0]?.value, 0x7e020000);
  });

  /** Whether a request of ptrace meets one of the profile's rules. */
  const mayTrace = (spec: BuiltSpec, request: number): boolean =>
    rules(spec, 'ptrace').some(({ action, args = [] }) => {
      const fits = args.every(({ value, valueTwo, op }) => {
        assert.equal(op, 'SCMP_CMP_MASKED_EQ');
        return (request & value) === valueTwo;
      });
      return action === 'SCMP_ACT_ALLOW' && fits;
    });
  const PTRACE_ATTACH = 16;
  const PTRACE_SEIZE = 0x4206;

  it('lets processes trace their own children only, by every request that Linux has', () => {
    const own = build();
    for (let request = 0; request <= 33; request += 1) {
      assert.equal(mayTrace(own, request), request !== PTRACE_ATTACH, `request ${request}`);
    }
    for (let request = 0x4200; request <= 0x4212; request += 1) {
      assert.equal(mayTrace(own, request), request !== PTRACE_SEIZE, `request ${request}`);
    }
  });

  it('looks into other processes with SYS_PTRACE only', () => {
    const calls = ['process_vm_readv', 'process_vm_writev', 'kcmp', 'pidfd_getfd', 'process_madvise'];
    const tracer = build({ linuxParameters: { capabilities: { add: ['SYS_PTRACE'] } } });
    for (const name of calls) {
      assert.deepEqual(rules(build(), name), [], name);
      assert.equal(rules(tracer, name)[0]?.action, 'SCMP_ACT_ALLOW', name);
    }
    assert.ok(mayTrace(tracer, PTRACE_ATTACH) && mayTrace(tracer, PTRACE_SEIZE));
  });

  it('opens with a capability what the capability is for', () => {
    assert.equal(rules(build(), 'chroot')[0]?.action, 'SCMP_ACT_ALLOW');
    const less = build({ linuxParameters: { capabilities: { drop: ['SYS_CHROOT'] } } });
    assert.deepEqual(rules(less, 'chroot'), []);
  });
});
