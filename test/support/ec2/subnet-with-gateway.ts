/** A VPC 10.0.0.0/16 with one subnet, and an internet gateway that is attached to it; no route leads there yet. */
import assert from 'node:assert/strict';
import type { Ec2UnderTest } from './ec2-under-test.ts';

export interface SubnetWithGateway {
  readonly VpcId: string;
  readonly SubnetId: string;
  readonly InternetGatewayId: string;
}

/** Makes it by EC2's API. */
export async function makeSubnetWithGateway(ec2: Ec2UnderTest, cidr: string): Promise<SubnetWithGateway> {
  const { Vpc } = await ec2.client.createVpc({ CidrBlock: '10.0.0.0/16' });
  const VpcId = Vpc?.VpcId ?? assert.fail('no VPC');
  const { Subnet } = await ec2.client.createSubnet({ VpcId, CidrBlock: cidr });
  const SubnetId = Subnet?.SubnetId ?? assert.fail('no subnet');
  const { InternetGateway } = await ec2.client.createInternetGateway({});
  const InternetGatewayId = InternetGateway?.InternetGatewayId ?? assert.fail('no gateway');
  await ec2.client.attachInternetGateway({ VpcId, InternetGatewayId });
  return { VpcId, SubnetId, InternetGatewayId };
}
