/**
 * A runtime spec as the text that a runtime reads. JSON has whole numbers of any size, JavaScript's functions for it do
 * not: `unlimited` would come out as a number that no runtime takes.
 */
import { RLIM_INFINITY } from './rlimits.ts';
import type { RuntimeSpec } from './types.ts';

/** A whole spec, or its process alone, as a command in a container has it. */
export function specJson(spec: RuntimeSpec | RuntimeSpec['process']): string {
  return json(spec);
}

/** A spec that `specJson` wrote. The only number of a spec that is beyond what JSON.parse holds is `unlimited`. */
export function parseSpec(text: string): RuntimeSpec {
  const rounded = Number(RLIM_INFINITY);
  return JSON.parse(text, (_, value: unknown) => (value === rounded ? RLIM_INFINITY : value)) as RuntimeSpec;
}

function json(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${json(member)}`).join(',')}}`;
}
