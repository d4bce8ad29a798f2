import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';
import { makeSubnetWithGateway } from '../../../../test/support/ec2/subnet-with-gateway.ts';

let ec2: Ec2UnderTest;
let VpcId: string;
let SubnetId: string;
let InternetGatewayId: string;
beforeEach(async () => {
  ec2 = new Ec2UnderTest();
  ({ VpcId, SubnetId, InternetGatewayId } = await makeSubnetWithGateway(ec2, '10.0.1.0/24'));
});

const create = async (more = {}): Promise<string> => {
  const { RouteTable } = await ec2.client.createRouteTable({ VpcId, ...more });
  return RouteTable?.RouteTableId ?? assert.fail('no table');
};
const show = async (RouteTableId: string) => {
  const { RouteTables: [table] = [] } = await ec2.client.describeRouteTables({
    RouteTableIds: [RouteTableId],
  });
  return table ?? assert.fail('no table');
};
const routesOf = async (RouteTableId: string) =>
  (await show(RouteTableId)).Routes?.map((route) =>
    [
      route.DestinationCidrBlock ?? route.DestinationPrefixListId,
      route.GatewayId ?? route.NatGatewayId,
      route.State,
    ].join(' '),
  );
const mainTable = async () => {
  const { RouteTables: [table] = [] } = await ec2.client.describeRouteTables({
    Filters: [
      { Name: 'vpc-id', Values: [VpcId] },
      { Name: 'association.main', Values: ['true'] },
    ],
  });
  return table ?? assert.fail('no main table');
};
const EVERYWHERE = { DestinationCidrBlock: '0.0.0.0/0' };
const LOCAL = '10.0.0.0/16 local active';

describe('Routes', () => {
  it('lead to an internet gateway until they are deleted', async () => {
    const RouteTableId = await create();
    const route = { RouteTableId, ...EVERYWHERE, GatewayId: InternetGatewayId };
    assert.equal((await ec2.client.createRoute(route)).Return, true);
    assert.deepEqual(await routesOf(RouteTableId), [LOCAL, `0.0.0.0/0 ${InternetGatewayId} active`]);
    assert.equal((await ec2.client.createRoute(route)).Return, true);
    await ec2.client.deleteRoute({ RouteTableId, ...EVERYWHERE });
    assert.deepEqual(await routesOf(RouteTableId), [LOCAL]);
    await refusesEc2(
      ec2.client.deleteRoute({ RouteTableId, ...EVERYWHERE }),
      'InvalidRoute.NotFound',
      `no route with destination-cidr-block 0.0.0.0/0 in route table ${RouteTableId}`,
    );
    await refusesEc2(
      ec2.client.deleteRoute({ RouteTableId, DestinationCidrBlock: '10.0.0.0/16' }),
      'InvalidParameterValue',
      `cannot remove local route 10.0.0.0/16 in route table ${RouteTableId}`,
    );
  });

  it('lead to prefix lists, too', async () => {
    const RouteTableId = await create();
    const { PrefixLists: [list] = [] } = await ec2.client.describePrefixLists({});
    const destination = { DestinationPrefixListId: list?.PrefixListId };
    await ec2.client.createRoute({ RouteTableId, ...destination, GatewayId: InternetGatewayId });
    assert.deepEqual(await routesOf(RouteTableId), [
      LOCAL,
      `${list?.PrefixListId} ${InternetGatewayId} active`,
    ]);
    await ec2.client.deleteRoute({ RouteTableId, ...destination });
    await refusesEc2(
      ec2.client.createRoute({
        RouteTableId,
        DestinationPrefixListId: 'pl-00000000',
        GatewayId: InternetGatewayId,
      }),
      'InvalidPrefixListID.NotFound',
      "The prefix list ID 'pl-00000000' does not exist",
    );
  });

  it('become blackholes when their gateway goes, and work again when it comes back', async () => {
    const RouteTableId = await create();
    await ec2.client.createRoute({ RouteTableId, ...EVERYWHERE, GatewayId: InternetGatewayId });
    await ec2.client.detachInternetGateway({ VpcId, InternetGatewayId });
    assert.deepEqual(await routesOf(RouteTableId), [LOCAL, `0.0.0.0/0 ${InternetGatewayId} blackhole`]);
    const { RouteTables: dead = [] } = await ec2.client.describeRouteTables({
      Filters: [{ Name: 'route.state', Values: ['blackhole'] }],
    });
    assert.deepEqual(
      dead.map((table) => table.RouteTableId),
      [RouteTableId],
    );
    await ec2.client.attachInternetGateway({ VpcId, InternetGatewayId });
    assert.deepEqual(await routesOf(RouteTableId), [LOCAL, `0.0.0.0/0 ${InternetGatewayId} active`]);
    await ec2.client.detachInternetGateway({ VpcId, InternetGatewayId });
    await ec2.client.deleteInternetGateway({ InternetGatewayId });
    assert.deepEqual(await routesOf(RouteTableId), [LOCAL, `0.0.0.0/0 ${InternetGatewayId} blackhole`]);
  });

  it('are replaced only where there are any', async () => {
    const RouteTableId = await create();
    const range = { DestinationCidrBlock: '192.0.2.0/24' };
    await refusesEc2(
      ec2.client.replaceRoute({ RouteTableId, ...range, GatewayId: InternetGatewayId }),
      'InvalidParameterValue',
      "There is no route defined for '192.0.2.0/24' in the route table. Use CreateRoute instead.",
    );
    await ec2.client.createRoute({ RouteTableId, ...range, GatewayId: InternetGatewayId });
    await ec2.client.detachInternetGateway({ VpcId, InternetGatewayId });
    const { InternetGateway } = await ec2.client.createInternetGateway({});
    const other = InternetGateway?.InternetGatewayId;
    await ec2.client.attachInternetGateway({ VpcId, InternetGatewayId: other });
    await refusesEc2(
      ec2.client.createRoute({ RouteTableId, ...range, GatewayId: other }),
      'RouteAlreadyExists',
      'The route identified by 192.0.2.0/24 already exists.',
    );
    await ec2.client.replaceRoute({ RouteTableId, ...range, GatewayId: other });
    assert.deepEqual(await routesOf(RouteTableId), [LOCAL, `192.0.2.0/24 ${other} active`]);
  });

  it('refuse targets of elsewhere, of nowhere, and such as there are none of', async () => {
    const RouteTableId = await create();
    const createRoute = (more: object) => ec2.client.createRoute({ RouteTableId, ...EVERYWHERE, ...more });
    const { InternetGateway } = await ec2.client.createInternetGateway({});
    const loose = InternetGateway?.InternetGatewayId;
    await refusesEc2(
      createRoute({ GatewayId: loose }),
      'InvalidParameterValue',
      `route table ${RouteTableId} and network gateway ${loose} belong to different networks`,
    );
    await refusesEc2(
      createRoute({ GatewayId: 'nat-0123456789abcdef0' }),
      'InvalidGatewayID.NotFound',
      "The gateway ID 'nat-0123456789abcdef0' does not exist",
    );
    await refusesEc2(
      createRoute({ NatGatewayId: 'nat-0123456789abcdef0' }),
      'InvalidNatGatewayID.NotFound',
      "The natGateway ID 'nat-0123456789abcdef0' does not exist",
    );
    await refusesEc2(
      createRoute({ TransitGatewayId: 'tgw-0123456789abcdef0' }),
      'UnsupportedOperation',
      /TransitGatewayId/,
    );
    await refusesEc2(createRoute({}), 'MissingParameter', /GatewayId/);
    await refusesEc2(
      createRoute({ GatewayId: InternetGatewayId, DestinationCidrBlock: '10.0.1.0/24' }),
      'InvalidParameterValue',
      /^The destination CIDR block 10\.0\.1\.0\/24 is equal to or more specific than one of this VPC's/,
    );
  });
});

describe('Associations of route tables', () => {
  it('give a subnet a table of its own, and take it back', async () => {
    const RouteTableId = await create();
    const { AssociationId } = await ec2.client.associateRouteTable({ RouteTableId, SubnetId });
    const again = await ec2.client.associateRouteTable({ RouteTableId, SubnetId });
    assert.equal(again.AssociationId, AssociationId);
    assert.deepEqual((await show(RouteTableId)).Associations, [
      {
        ...{ RouteTableAssociationId: AssociationId, RouteTableId, SubnetId, Main: false },
        AssociationState: { State: 'associated' },
      },
    ]);
    await refusesEc2(
      ec2.client.associateRouteTable({ RouteTableId: await create(), SubnetId }),
      'Resource.AlreadyAssociated',
      /conflicts with an existing association$/,
    );
    await refusesEc2(
      ec2.client.deleteRouteTable({ RouteTableId }),
      'DependencyViolation',
      `The routeTable '${RouteTableId}' has dependencies and cannot be deleted.`,
    );
    await ec2.client.disassociateRouteTable({ AssociationId });
    await refusesEc2(
      ec2.client.disassociateRouteTable({ AssociationId }),
      'InvalidAssociationID.NotFound',
      `The association ID '${AssociationId}' does not exist`,
    );
    await ec2.client.deleteRouteTable({ RouteTableId });
  });

  it('are replaced, with another id', async () => {
    const [one, other] = [await create(), await create()];
    const { AssociationId } = await ec2.client.associateRouteTable({ RouteTableId: one, SubnetId });
    const { NewAssociationId } = await ec2.client.replaceRouteTableAssociation({
      AssociationId,
      RouteTableId: other,
    });
    assert.notEqual(NewAssociationId, AssociationId);
    assert.deepEqual((await show(one)).Associations, []);
    assert.equal((await show(other)).Associations?.[0]?.SubnetId, SubnetId);
    await ec2.client.deleteRouteTable({ RouteTableId: one });
  });

  it('make another table the main one', async () => {
    const old = await mainTable();
    const [association] = old.Associations ?? [];
    const AssociationId = association?.RouteTableAssociationId;
    await refusesEc2(
      ec2.client.disassociateRouteTable({ AssociationId }),
      'InvalidParameterValue',
      `cannot disassociate the main route table association ${AssociationId}`,
    );
    const RouteTableId = await create();
    await ec2.client.replaceRouteTableAssociation({ AssociationId, RouteTableId });
    assert.equal((await mainTable()).RouteTableId, RouteTableId);
    await ec2.client.deleteRouteTable({ RouteTableId: old.RouteTableId });
    await refusesEc2(ec2.client.deleteRouteTable({ RouteTableId }), 'DependencyViolation', /dependencies/);
    await ec2.client.detachInternetGateway({ VpcId, InternetGatewayId });
    await ec2.client.deleteSubnet({ SubnetId });
    await ec2.client.deleteVpc({ VpcId });
    const { RouteTables } = await ec2.client.describeRouteTables({
      Filters: [{ Name: 'vpc-id', Values: [VpcId] }],
    });
    assert.deepEqual(RouteTables, []);
  });

  it('stay within a VPC', async () => {
    const { Vpc } = await ec2.client.createVpc({ CidrBlock: '10.0.0.0/16' });
    const RouteTableId = await create({ VpcId: Vpc?.VpcId });
    await refusesEc2(
      ec2.client.associateRouteTable({ RouteTableId, SubnetId }),
      'InvalidParameterValue',
      `Route table ${RouteTableId} and subnet ${SubnetId} belong to different networks`,
    );
  });
});

describe('CreateRouteTable', () => {
  it('makes one for a client token', async () => {
    const ClientToken = 'once';
    const RouteTableId = await create({ ClientToken });
    assert.equal(await create({ ClientToken }), RouteTableId);
    assert.notEqual(await create({ ClientToken: 'twice' }), RouteTableId);
    const { Vpc } = await ec2.client.createVpc({ CidrBlock: '10.0.0.0/16' });
    await refusesEc2(
      create({ ClientToken, VpcId: Vpc?.VpcId }),
      'IdempotentParameterMismatch',
      /^Arguments on this idempotent request/,
    );
  });
});
