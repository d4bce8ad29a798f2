/** What the store keeps for network interfaces. */
export interface EniRecord {
  eniId: string;
  subnetId: string;
  vpcId: string;
  availabilityZone: string;
  macAddress: string;
  privateIpv4Address: string;
  privateDnsName: string;
  securityGroups: string[];
  attachmentId: string;
  taskArn: string;
  createdAt: number;
}

/** Claims one address of a subnet; its key is the claim. */
export interface AddressRecord {
  eniId: string;
}
