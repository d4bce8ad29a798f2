/** Link messages as text and back. The peer is root on a socket of ours, yet a malformed message must not crash. */
import { AppError } from '../domain/errors.ts';
import type { AgentMessage, ControlMessage } from './link-messages.ts';

const AGENT_TYPES: ReadonlySet<string> = new Set<AgentMessage['type']>([
  'hello',
  'report',
  'ack',
  'machine',
  'pull',
  'figures',
  'need-credentials',
  'need-role-credentials',
  'need-delivery-credentials',
  'need-certificate',
  'minutes',
]);
const CONTROL_TYPES: ReadonlySet<string> = new Set<ControlMessage['type']>([
  'state',
  'vpc',
  'vpc-removed',
  'task',
  'settled',
  'credentials',
  'role-credentials',
  'delivery-credentials',
  'certificate',
  'minutes-recorded',
  'ack',
]);

/** One message as text. */
export function encodeLinkMessage(message: AgentMessage | ControlMessage): string {
  return JSON.stringify(message);
}

/** Throws `invalid` when the text is no message that an agent sends. */
export function decodeAgentMessage(text: string): AgentMessage {
  return decode(text, AGENT_TYPES) as AgentMessage;
}

/** Throws `invalid` when the text is no message that a control plane sends. */
export function decodeControlMessage(text: string): ControlMessage {
  return decode(text, CONTROL_TYPES) as ControlMessage;
}

function decode(text: string, types: ReadonlySet<string>): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid', 'link message is not JSON', { cause });
  }
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  if (typeof type !== 'string' || !types.has(type)) {
    throw new AppError('invalid', 'link message of unknown type', { details: { type } });
  }
  return value;
}
