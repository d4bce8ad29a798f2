/** What a security group's rule says of protocol and ports, checked and brought to one form. */
import { ApiError } from '../errors.ts';
import { apiProtocol, hasPorts, isIcmp } from './protocols.ts';

export interface RulePorts {
  readonly ipProtocol: string;
  /** Of ICMP its type, -1 for all. Absent where ports mean nothing: all protocols, or one without ports. */
  readonly fromPort?: number;
  /** Of ICMP its code, -1 for all. */
  readonly toPort?: number;
}

interface AskedPorts {
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
}

const ALL = -1;
const HIGHEST_PORT = 65_535;
const HIGHEST_ICMP = 255;

/** Throws InvalidParameterValue or MissingParameter in AWS's words. */
export function rulePorts({ IpProtocol, FromPort, ToPort }: AskedPorts): RulePorts {
  if (IpProtocol === undefined || IpProtocol === '') {
    throw new ApiError('MissingParameter', 'The request must contain the parameter ipProtocol');
  }
  const ipProtocol = apiProtocol(IpProtocol);
  if (ipProtocol === undefined) {
    throw refuse(`Invalid value '${IpProtocol}' for IP protocol. Unknown protocol.`);
  }
  if (hasPorts(ipProtocol)) return { ipProtocol, ...portRange(FromPort, ToPort) };
  return isIcmp(ipProtocol) ? { ipProtocol, ...typeAndCode(FromPort, ToPort) } : { ipProtocol };
}

function portRange(fromPort: number | undefined, toPort: number | undefined) {
  if (fromPort === undefined || toPort === undefined || fromPort === ALL || toPort === ALL) {
    throw refuse('Invalid value for portRange. Must specify both from and to ports with TCP/UDP.');
  }
  for (const port of [fromPort, toPort]) {
    if (!within(port, 0, HIGHEST_PORT)) throw refuse(`TCP/UDP port (${port}) out of range`);
  }
  if (fromPort > toPort) throw refuse(`Invalid TCP/UDP port range (${fromPort}:${toPort})`);
  return { fromPort, toPort };
}

function typeAndCode(type = ALL, code = ALL) {
  if (!within(type, ALL, HIGHEST_ICMP)) throw refuse(`ICMP type (${type}) out of range`);
  if (!within(code, ALL, HIGHEST_ICMP)) throw refuse(`ICMP code (${code}) out of range`);
  if (type === ALL && code !== ALL) {
    throw refuse('ICMP code must be -1 (all codes) when the ICMP type is -1 (all types)');
  }
  return { fromPort: type, toPort: code };
}

const within = (value: number, low: number, high: number): boolean =>
  Number.isInteger(value) && value >= low && value <= high;

const refuse = (message: string): ApiError => new ApiError('InvalidParameterValue', message);
