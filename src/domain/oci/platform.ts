/** Which of an index's manifests is the one for a machine. Follows containerd's matching for 64-bit Linux. */
import type { Descriptor, Platform } from './types.ts';

export const LINUX_AMD64: Platform = { os: 'linux', architecture: 'amd64' };
export const LINUX_ARM64: Platform = { os: 'linux', architecture: 'arm64' };

/** Variants that run on any machine of that architecture, the best first. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  amd64: ['', 'v1', 'v2'],
  arm64: ['v8', ''],
};
const ALIASES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armv8: 'arm64',
};

/** The platform of a task definition's cpuArchitecture (`X86_64` or `ARM64`). */
export function platformOfArchitecture(cpuArchitecture: string): Platform {
  return cpuArchitecture.toUpperCase() === 'ARM64' ? LINUX_ARM64 : LINUX_AMD64;
}

/** `linux/amd64`, as messages show it. */
export function formatPlatform(platform: Platform): string {
  const variant = platform.variant === undefined || platform.variant === '' ? '' : `/${platform.variant}`;
  return `${platform.os}/${platform.architecture}${variant}`;
}

/** True when what was built for `candidate` runs on `wanted`. */
export function matchesPlatform(candidate: Platform, wanted: Platform): boolean {
  return rank(candidate, wanted) >= 0;
}

/**
 * The manifests of an index that may run on `wanted`, the best first. Those that do not say their platform come
 * last: their configuration has to be asked. Attestations and other riders are left out.
 */
export function selectManifests(manifests: readonly Descriptor[], wanted: Platform): Descriptor[] {
  const matching = manifests
    .filter((each) => each.platform !== undefined && matchesPlatform(each.platform, wanted))
    .map((each) => ({ each, rank: rank(each.platform as Platform, wanted) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ each }) => each);
  return [...matching, ...manifests.filter((each) => each.platform === undefined && !isRider(each))];
}

function isRider(descriptor: Descriptor): boolean {
  return descriptor.annotations?.['vnd.docker.reference.type'] !== undefined;
}

/** 0 is the best match; -1 is none. */
function rank(candidate: Platform, wanted: Platform): number {
  const architecture = normalise(candidate.architecture);
  if ((candidate.os || 'linux').toLowerCase() !== wanted.os) return -1;
  if (architecture !== normalise(wanted.architecture)) return -1;
  return (VARIANTS[architecture] ?? ['']).indexOf((candidate.variant ?? '').toLowerCase());
}

function normalise(architecture: string): string {
  const lower = architecture.toLowerCase();
  return ALIASES[lower] ?? lower;
}
