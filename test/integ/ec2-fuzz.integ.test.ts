import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { keys } from '../../src/domain/keys.ts';
import { EC2_PREFIXES } from '../../src/domain/network/ec2-ids.ts';
import type { Ec2Kind } from '../../src/domain/keys.ts';
import type { OperationSchema } from '../../src/wire/service.ts';
import { EC2_SCOPE, Ec2UnderTest } from '../support/ec2/ec2-under-test.ts';
import { brokenNetworkLaws } from '../support/ec2/network-laws.ts';
import { generateValue, seededRandom } from '../support/fuzz/fuzz.ts';

const REQUESTS_PER_OPERATION = 60;
const SEED = 4580;
const CIDRS = ['10.0.0.0/16', '10.0.1.0/24', '172.31.64.0/20', '0.0.0.0/0', '10.0.0.0/99', '::/0', '1.2.3.4'];

type Random = () => number;

/** Now and then ids of what there is, and ranges, in the place of random texts: so that requests get further. */
function withSense(value: unknown, name: string, ids: readonly string[], random: Random): unknown {
  const one = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  if (Array.isArray(value)) return value.map((item) => withSense(item, name, ids, random));
  if (typeof value === 'string' && random() < 0.7) {
    if (/Ids?$|^Resources$/.test(name)) return one(ids);
    if (/Cidr/.test(name)) return one(CIDRS);
  }
  // The client does not send half of a character.
  if (value === '\ud800') return '';
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withSense(item, key, ids, random)]),
  );
}

async function idsOf(ec2: Ec2UnderTest): Promise<readonly string[]> {
  const kinds = Object.keys(EC2_PREFIXES) as Ec2Kind[];
  const all = await Promise.all(
    kinds.map((kind) => ec2.store.range({ prefix: keys.ec2All(EC2_SCOPE, kind) })),
  );
  const associations = (await ec2.all('route-table')).flatMap((table) => table.associations);
  return [
    ...all.flat().map(({ key }) => key.slice(key.lastIndexOf('/') + 1)),
    ...associations.map(({ associationId }) => associationId),
  ];
}

interface Report {
  readonly answered: number;
  readonly refused: number;
  readonly improper: readonly string[];
}

async function fuzz(ec2: Ec2UnderTest, schema: OperationSchema, random: Random): Promise<Report> {
  const name = `${schema[2][0]?.toLowerCase()}${schema[2].slice(1)}` as 'describeVpcs';
  let answered = 0;
  let refused = 0;
  const improper: string[] = [];
  for (let sent = 0; sent < REQUESTS_PER_OPERATION; sent += 1) {
    const ids = await idsOf(ec2);
    const drawn = generateValue(schema[4], random, { hostile: true, optionalMembers: random() });
    const input = withSense({ ...(drawn as object), DryRun: undefined }, '', ids, random);
    try {
      await ec2.client[name](input as object);
      answered += 1;
    } catch (error) {
      const status = error instanceof EC2ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0;
      if (status >= 400 && status < 500) refused += 1;
      else improper.push(`${JSON.stringify(input).slice(0, 500)}: ${String(error)}`);
    }
  }
  return { answered, refused, improper };
}

describe('EC2 under random requests', () => {
  const ec2 = new Ec2UnderTest();

  for (const { schema } of ec2.service.operations) {
    it(`${schema[2]} answers or refuses as AWS, and keeps the network's laws`, async () => {
      const report = await fuzz(ec2, schema, seededRandom(SEED));
      assert.deepEqual(report.improper, []);
      assert.deepEqual(ec2.faults, []);
      assert.equal(report.answered + report.refused, REQUESTS_PER_OPERATION);
      assert.ok(report.refused > 0, 'nothing was refused');
      assert.deepEqual(await brokenNetworkLaws(ec2), []);
    });
  }
});
