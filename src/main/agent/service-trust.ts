/** What containers are told about the services of this Neargate, by the settings. */
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { ServiceTrust } from '../../agent/runner/service-trust.ts';
import { endpointAddress } from '../../domain/network/aws-services.ts';
import type { AgentConfig } from './agent-config.ts';

/** Where systems keep the authorities that they believe. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Undefined: nothing. */
export async function serviceTrust(
  config: Pick<AgentConfig, 'serviceTrust' | 'serviceAuthority' | 'serviceCidr'>,
): Promise<ServiceTrust | undefined> {
  const { serviceAuthority: authority } = config;
  switch (config.serviceTrust) {
    case 'none':
      return undefined;
    case 'endpoint-url':
      return { type: 'endpoint-url', url: `http://${endpointAddress(config.serviceCidr)}` };
    case 'ca':
      return { type: 'authority', authority, bundle: `${authority}${await systemBundle()}` };
  }
}

/** The host's, since people add their own to them; else those that Node.js comes with. */
async function systemBundle(): Promise<string> {
  for (const path of SYSTEM_BUNDLES) {
    const bundle = await readFile(path, 'utf8').catch(() => '');
    if (bundle.includes('-----BEGIN CERTIFICATE-----')) return bundle;
  }
  return `${rootCertificates.join('\n')}\n`;
}
