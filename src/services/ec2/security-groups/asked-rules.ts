/**
 * The rules that a request names, whichever form it uses: IpPermissions, or the members of old from the time before
 * there were lists, which only ingress has.
 */
import type { IpPermission } from '../../../domain/network/ip-permissions.ts';
import { invalidParameterCombination, missingParameter } from '../errors.ts';

export interface AskedRules {
  readonly IpPermissions?: readonly IpPermission[] | undefined;
  readonly CidrIp?: string | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly SourceSecurityGroupName?: string | undefined;
  readonly SourceSecurityGroupOwnerId?: string | undefined;
}

/** What a rule for a group by its name alone admits: all of ICMP, TCP and UDP. */
const ALL_OF_A_GROUP = [
  { IpProtocol: 'icmp', FromPort: -1, ToPort: -1 },
  { IpProtocol: 'tcp', FromPort: 0, ToPort: 65_535 },
  { IpProtocol: 'udp', FromPort: 0, ToPort: 65_535 },
] as const;

/** Undefined when the request names none. Throws InvalidParameterCombination, MissingParameter. */
export function askedPermissions(asked: AskedRules, isEgress: boolean): readonly IpPermission[] | undefined {
  const { IpPermissions, CidrIp, IpProtocol, FromPort, ToPort, SourceSecurityGroupName } = asked;
  const flat = [CidrIp, IpProtocol, FromPort, ToPort, SourceSecurityGroupName].some(
    (member) => member !== undefined,
  );
  const lists = IpPermissions !== undefined && IpPermissions.length > 0;
  if (flat && isEgress) {
    throw invalidParameterCombination('Rules of egress are given as IP permissions only.');
  }
  if (flat && lists) {
    throw invalidParameterCombination(
      'The parameter ipPermissions may not be used in combination with other rule parameters',
    );
  }
  if (!flat) return lists ? IpPermissions : undefined;
  return SourceSecurityGroupName === undefined
    ? [rangeRule(asked)]
    : groupRules(asked, SourceSecurityGroupName);
}

function rangeRule({ CidrIp, IpProtocol, FromPort, ToPort }: AskedRules): IpPermission {
  if (CidrIp === undefined) throw missingParameter('CidrIp');
  return { IpProtocol, FromPort, ToPort, IpRanges: [{ CidrIp }] };
}

function groupRules(
  { CidrIp, IpProtocol, FromPort, ToPort, SourceSecurityGroupOwnerId }: AskedRules,
  GroupName: string,
): readonly IpPermission[] {
  if ([CidrIp, IpProtocol, FromPort, ToPort].some((member) => member !== undefined)) {
    throw invalidParameterCombination(
      'The parameter sourceSecurityGroupName may not be used in combination with CIDR, protocol or ports',
    );
  }
  const pair = { GroupName, UserId: SourceSecurityGroupOwnerId };
  return ALL_OF_A_GROUP.map((ports) => ({ ...ports, UserIdGroupPairs: [pair] }));
}
