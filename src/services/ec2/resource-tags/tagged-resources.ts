/**
 * Everything that can have tags, by its id: the records of all kinds, and the rules that security groups hold.
 */
import { ApiError } from '../../../domain/errors.ts';
import { type Ec2Kind, keys } from '../../../domain/keys.ts';
import { EC2_PREFIXES, ec2KindOf, isEc2Id } from '../../../domain/network/ec2-ids.ts';
import type { Ec2Records, SecurityGroupRecord, Tags } from '../../../domain/network/records.ts';
import type { Condition, Entry, Write } from '../../../ports/store.ts';
import { notFound } from '../errors.ts';
import type { NetworkReader } from '../network.ts';

/** How the API calls the type of each kind. */
const TYPES: Readonly<Record<Ec2Kind, string>> = {
  vpc: 'vpc',
  subnet: 'subnet',
  'route-table': 'route-table',
  'internet-gateway': 'internet-gateway',
  'nat-gateway': 'natgateway',
  'elastic-ip': 'elastic-ip',
  'security-group': 'security-group',
  'prefix-list': 'prefix-list',
  eni: 'network-interface',
  endpoint: 'vpc-endpoint',
  'flow-log': 'vpc-flow-log',
};
const RULE_PREFIX = 'sgr';
const RULE_TYPE = 'security-group-rule';

export interface TaggedResource {
  readonly resourceId: string;
  readonly resourceType: string;
  readonly tags: Tags;
}

export interface TagChange {
  readonly write: Write;
  /** What others than this API change may have gone meanwhile. */
  readonly condition: Condition;
}

/** All resources of the scope. */
export async function taggedResources(reader: NetworkReader): Promise<readonly TaggedResource[]> {
  const resources: TaggedResource[] = [];
  for (const kind of Object.keys(EC2_PREFIXES) as Ec2Kind[]) {
    const prefix = keys.ec2All(reader.scope, kind);
    for (const { key, value } of await reader.store.range<Ec2Records[Ec2Kind]>({ prefix })) {
      resources.push({
        resourceId: key.slice(prefix.length),
        resourceType: TYPES[kind],
        tags: value.tags,
      });
      if (kind === 'security-group') resources.push(...rulesOf(value as SecurityGroupRecord));
    }
  }
  return resources;
}

function rulesOf({ rules }: SecurityGroupRecord): readonly TaggedResource[] {
  return rules.map(({ ruleId, tags }) => ({ resourceId: ruleId, resourceType: RULE_TYPE, tags }));
}

/**
 * What gives each of the resources other tags: no more than one change for a record, however many of its rules are
 * named. Throws InvalidID, and `….Malformed` and `….NotFound` of the id's kind.
 */
export async function tagChanges(
  reader: NetworkReader,
  ids: readonly string[],
  change: (tags: Tags) => Tags,
): Promise<readonly TagChange[]> {
  const records = ids.filter((id) => !isEc2Id(RULE_PREFIX, id));
  const rules = ids.filter((id) => isEc2Id(RULE_PREFIX, id));
  const changed = new Map<string, Entry<Ec2Records[Ec2Kind]>>();
  for (const id of records) {
    const entry = await requireTaggable(reader, id);
    changed.set(entry.key, { ...entry, value: { ...entry.value, tags: change(entry.value.tags) } });
  }
  for (const id of rules) {
    const entry = await groupOfRule(reader, id);
    const group = (changed.get(entry.key)?.value ?? entry.value) as SecurityGroupRecord;
    const withTags = group.rules.map((rule) =>
      rule.ruleId === id ? { ...rule, tags: change(rule.tags) } : rule,
    );
    changed.set(entry.key, { ...entry, value: { ...group, rules: withTags } });
  }
  return [...changed.values()].map(({ key, value, revision }) => ({
    write: { put: key, value },
    condition: { key, revision },
  }));
}

async function requireTaggable(reader: NetworkReader, id: string): Promise<Entry<Ec2Records[Ec2Kind]>> {
  const kind = ec2KindOf(id);
  if (kind === undefined) throw new ApiError('InvalidID', `The ID '${id}' is not valid`);
  await reader.require(kind, id);
  const entry = await reader.entry(kind, id);
  if (entry === undefined) throw notFound(kind, id);
  return entry;
}

async function groupOfRule(reader: NetworkReader, ruleId: string): Promise<Entry<SecurityGroupRecord>> {
  const prefix = keys.ec2All(reader.scope, 'security-group');
  const groups = await reader.store.range<SecurityGroupRecord>({ prefix });
  const group = groups.find(({ value }) => value.rules.some((rule) => rule.ruleId === ruleId));
  if (group !== undefined) return group;
  throw new ApiError(
    'InvalidSecurityGroupRuleId.NotFound',
    `The security group rule ID '${ruleId}' does not exist`,
  );
}
