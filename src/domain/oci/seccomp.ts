/**
 * The seccomp profile of a container: everything denied with EPERM but what seccomp-syscalls.ts lists, with the
 * rules that depend on arguments, on the architecture and on the capabilities that the container holds.
 */
import {
  ALLOWED,
  ALLOWED_BY_ARCHITECTURE,
  ALLOWED_BY_CAPABILITY,
  PERSONALITIES,
  PTRACE_MASKS,
} from './seccomp-syscalls.ts';

interface SyscallRule {
  readonly names: readonly string[];
  readonly action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  readonly errnoRet?: number;
  readonly args?: readonly { index: number; value: number; valueTwo?: number; op: string }[];
}

const EPERM = 1;
const ENOSYS = 38;
const AF_VSOCK = 40;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET: no new namespaces for the unprivileged. */
const NAMESPACE_FLAGS = 0x7e020000;

// Without x32, which hardly a kernel has: each architecture takes runc some 8 ms at a container's start to compile.
const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  amd64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

const PTRACE_RULES = PTRACE_MASKS.map(
  ([value, valueTwo]): SyscallRule => ({
    names: ['ptrace'],
    action: 'SCMP_ACT_ALLOW',
    args: [{ index: 0, value, valueTwo, op: 'SCMP_CMP_MASKED_EQ' }],
  }),
);

/** `architecture` in Go's words, as images have it (amd64, arm64). */
export function seccompProfile(architecture: string, capabilities: readonly string[]): object {
  const held = new Set(capabilities);
  const byCapability = Object.entries(ALLOWED_BY_CAPABILITY)
    .filter(([capability]) => held.has(capability))
    .flatMap(([, names]) => names);
  const names = [...ALLOWED, ...(ALLOWED_BY_ARCHITECTURE[architecture] ?? []), ...byCapability];
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    architectures: ARCHITECTURES[architecture] ?? [],
    syscalls: [
      { names: [...new Set(names)], action: 'SCMP_ACT_ALLOW' },
      ...conditionalRules(held.has('CAP_SYS_ADMIN')),
      ...(held.has('CAP_SYS_PTRACE') ? [] : PTRACE_RULES),
    ] satisfies SyscallRule[],
  };
}

function conditionalRules(isAdmin: boolean): SyscallRule[] {
  const rules: SyscallRule[] = [
    {
      names: ['socket'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value: AF_VSOCK, op: 'SCMP_CMP_NE' }],
    },
    ...PERSONALITIES.map(
      (value): SyscallRule => ({
        names: ['personality'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
      }),
    ),
  ];
  if (isAdmin) return rules;
  return [
    ...rules,
    {
      names: ['clone'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value: NAMESPACE_FLAGS, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    },
    // A filter cannot look behind clone3's pointer: "not there" makes libraries fall back to clone.
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
  ];
}
