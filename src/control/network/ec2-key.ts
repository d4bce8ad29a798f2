/** Tells records that pictures of VPCs are made of from everything else that changes under `a/`. */
import type { Scope } from '../../domain/arn.ts';

const EC2_KEY = /^a\/([^/]+)\/([^/]+)\/ec2\/([^/]+)\/([^/]+)$/;

export interface Ec2Key {
  readonly scope: Scope;
  readonly kind: string;
  readonly id: string;
}

/** Undefined for any other key (see domain/keys.ts). Claims of addresses have one part more and are none. */
export function parseEc2Key(key: string): Ec2Key | undefined {
  const [, account, region, kind, id] = EC2_KEY.exec(key) ?? [];
  if (account === undefined || region === undefined || kind === undefined || id === undefined) {
    return undefined;
  }
  return { scope: { account, region }, kind, id };
}
