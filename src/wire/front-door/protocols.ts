/** The protocols that services are spoken to in, and which requests may be written in one of them. */
import type { IncomingMessage } from 'node:http';
import { AwsJsonProtocol } from '../aws-json/protocol.ts';
import { AwsQueryProtocol } from '../aws-query/protocol.ts';
import { Ec2QueryProtocol } from '../ec2-query/protocol.ts';
import type { Protocol } from '../protocol.ts';
import { RestJsonProtocol } from '../rest-json/protocol.ts';
import { rpcPath, RpcV2CborProtocol } from '../rpc-v2-cbor/protocol.ts';
import type { ServiceDefinition } from '../service.ts';

/** The protocols of services; a request is in the first that says so. */
export function protocolsOf(services: readonly ServiceDefinition[]): readonly Protocol[] {
  return [
    // By what each looks at: paths, headers, parameters, methods.
    new RpcV2CborProtocol(services.filter((service) => service.protocol === 'rpc-v2-cbor')),
    new RestJsonProtocol(services.filter((service) => service.protocol === 'rest-json')),
    new AwsJsonProtocol(services.filter((service) => service.protocol === 'aws-json')),
    new AwsQueryProtocol(services.filter((service) => service.protocol === 'aws-query')),
    new Ec2QueryProtocol(services.filter((service) => service.protocol === 'ec2-query')),
  ];
}

/** Whether a request's method and path are such that a service may have it. */
export function isOperationRequest(
  request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  services: readonly ServiceDefinition[],
): boolean {
  return isQueryOrJsonRequest(request) || services.some((service) => hasPath(service, request.url ?? '/'));
}

/** A query by GET has to be signed in a header, which no page can make a browser send without asking first. */
function isQueryOrJsonRequest({
  method,
  url = '/',
  headers,
}: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): boolean {
  if (method === 'GET') return url.startsWith('/?') && headers.authorization !== undefined;
  return method === 'POST' && (url === '/' || url.startsWith('/?'));
}

function hasPath(service: ServiceDefinition, url: string): boolean {
  if (service.protocol === 'rest-json') return url.startsWith(service.pathPrefix);
  return service.protocol === 'rpc-v2-cbor' && url.startsWith(rpcPath(service.shapeName));
}
