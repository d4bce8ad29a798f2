/**
 * The resource limits of a container's first process: `ulimits` of its definition under their OCI names, cut down to
 * what the machine allows, with a note for each cut.
 */
import type { Ulimit } from '../ecs/task-definition.ts';
import type { Rlimit } from './types.ts';

/** `unlimited`: all bits of an unsigned 64-bit number, which no JavaScript number holds. */
export const RLIM_INFINITY = 2n ** 64n - 1n;
const UNLIMITED = -1;

export interface DefaultNofile {
  readonly softLimit: number;
  readonly hardLimit: number;
}

interface Limits {
  readonly soft: number;
  readonly hard: number;
}

/** `allowed` are the machine's hard limits by OCI name; what is not in there is not limited. */
export function rlimits(
  ulimits: readonly Ulimit[],
  defaultNofile: DefaultNofile,
  allowed: Readonly<Record<string, number>>,
  notes: string[],
): Rlimit[] {
  const wanted = new Map<string, Limits>([
    ['RLIMIT_NOFILE', { soft: defaultNofile.softLimit, hard: defaultNofile.hardLimit }],
  ]);
  for (const { name, softLimit, hardLimit } of ulimits) {
    if (name === undefined) continue;
    const hard = amount(hardLimit ?? softLimit ?? 0);
    wanted.set(`RLIMIT_${name.toUpperCase()}`, { soft: Math.min(amount(softLimit ?? hard), hard), hard });
  }
  return [...wanted].map(([type, { soft, hard }]) => {
    const most = allowed[type] ?? Infinity;
    if (hard > most) notes.push(clampNote(type, hard, most));
    return { type, soft: inSpec(Math.min(soft, most)), hard: inSpec(Math.min(hard, most)) };
  });
}

function amount(limit: number): number {
  return limit === UNLIMITED ? Infinity : limit;
}

function inSpec(limit: number): number | bigint {
  return limit === Infinity ? RLIM_INFINITY : limit;
}

function clampNote(type: string, hard: number, most: number): string {
  const asked = hard === Infinity ? 'unlimited' : hard;
  const name = type.slice('RLIMIT_'.length).toLowerCase();
  return `${name} clamped from ${asked} to ${most}, which is all that this machine allows`;
}
