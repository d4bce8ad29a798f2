/** S3 as the front door serves it: carried on to the service that the settings name. */
import type { FrontDoorRoute } from '../../wire/front-door/front-door.ts';
import { createRelay } from '../../wire/front-door/relay-route.ts';
import type { HttpAddress } from '../config/kinds.ts';

const S3_NAME = /(?:^|\.)s3(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?$/;

export interface S3Route {
  readonly routes: readonly FrontDoorRoute[];
  close(): void;
}

export function createS3Route(endpoint: HttpAddress | undefined, dnsSuffix: string): S3Route {
  if (endpoint === undefined) return { routes: [], close: () => undefined };
  const relay = createRelay(new URL(endpoint.url));
  const isName = (host: string): boolean => {
    const name = host.toLowerCase().replace(/:\d+$/, '');
    return name.endsWith(`.${dnsSuffix}`) && S3_NAME.test(name.slice(0, -dnsSuffix.length - 1));
  };
  return {
    // On a connection for S3 the Host header is whatever the request was signed for.
    routes: [
      {
        pathPrefix: '/',
        service: 's3',
        host: (host, admitted) => admitted === 's3' || isName(host),
        handle: (request, response) => relay.handle(request, response),
      },
    ],
    close: () => relay.close(),
  };
}
