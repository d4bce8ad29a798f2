/** Keys for conditions that every request has, whatever it asks for. */
import type { Scope } from '../../domain/arn.ts';
import type { PolicyContext } from '../../domain/iam/policy-pattern.ts';
import type { Arrival } from '../../wire/authorization.ts';

export function requestKeys({ region }: Scope, arrival: Arrival, nowMs: number): PolicyContext {
  const { sourceIp, isSecure = false, by } = arrival;
  return {
    'aws:RequestedRegion': region,
    'aws:CurrentTime': new Date(nowMs).toISOString(),
    'aws:EpochTime': String(Math.floor(nowMs / 1000)),
    'aws:SecureTransport': String(isSecure),
    ...(sourceIp !== undefined && { 'aws:SourceIp': sourceIp }),
    ...(by !== undefined && {
      'aws:SourceVpce': by.endpointId,
      'aws:SourceVpc': by.vpcId,
      'aws:VpcSourceIp': by.address,
    }),
  };
}
