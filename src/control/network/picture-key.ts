/** Tells records that pictures of VPCs are made of, EC2's and EFS's, from everything else that changes under `a/`. */
import type { Scope } from '../../domain/arn.ts';
import type { Ec2Kind, EfsKind } from '../../domain/keys.ts';

const PICTURE_KEY = /^a\/([^/]+)\/([^/]+)\/(?:ec2|efs)\/([^/]+)\/([^/]+)$/;

export interface PictureKey {
  readonly scope: Scope;
  /** No kind of the one service is called as one of the other. */
  readonly kind: Ec2Kind | EfsKind;
  readonly id: string;
}

/** Undefined for any other key (see domain/keys.ts). Claims of addresses have one part more and are none. */
export function parsePictureKey(key: string): PictureKey | undefined {
  const [, account, region, kind, id] = PICTURE_KEY.exec(key) ?? [];
  if (account === undefined || region === undefined || kind === undefined || id === undefined) {
    return undefined;
  }
  return { scope: { account, region }, kind: kind as PictureKey['kind'], id };
}
