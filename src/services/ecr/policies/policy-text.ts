/** Policies are kept as they are written; that they are JSON of the right form is all that is looked at. */
import { invalidParameter } from '../errors.ts';

/** `list`: the member that holds what the policy says, one thing or several. */
export function checkPolicyText(member: string, text: string, list: string, refusal: string): void {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw invalidParameter(member, refusal);
  }
  const said = typeof policy === 'object' && policy !== null ? { ...policy } : {};
  const value = (said as Readonly<Record<string, unknown>>)[list];
  if (typeof value !== 'object' || value === null) throw invalidParameter(member, refusal);
}
