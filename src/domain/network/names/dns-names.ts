/** Private DNS names of a VPC, as AWS forms them. */

/** `ec2.internal` in us-east-1, `<region>.compute.internal` elsewhere. */
export function dnsDomain(region: string): string {
  return region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
}

/** `ip-172-31-16-5.<domain>`. */
export function privateDnsName(region: string, ipv4: string): string {
  return `ip-${ipv4.replaceAll('.', '-')}.${dnsDomain(region)}`;
}

/** `ec2-203-0-113-5.compute-1.<suffix>` in us-east-1, `ec2-….<region>.compute.<suffix>` elsewhere. */
export function publicDnsName(region: string, ipv4: string, suffix: string): string {
  const place = region === 'us-east-1' ? 'compute-1' : `${region}.compute`;
  return `ec2-${ipv4.replaceAll('.', '-')}.${place}.${suffix}`;
}
