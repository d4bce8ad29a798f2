/** Which services a connection may reach: all, or the one whose address a task has connected to. */
import { ApiError } from '../../domain/errors.ts';

/** For connections to an address at which every service answers. */
export const ANY_SERVICE = '*';

/** Names in credential scopes that are not AWS's short names of the services. */
const SHORT_NAMES: Readonly<Record<string, string>> = { ecr: 'ecr.api' };

/** AWS's short name of a service that has another one in credential scopes. */
export const shortName = (service: string): string => SHORT_NAMES[service] ?? service;

/** Whether a connection for `admitted` (undefined: for everything) may reach a service. */
export function admits(admitted: string | undefined, service: string | undefined): boolean {
  if (admitted === undefined || admitted === ANY_SERVICE) return true;
  return service !== undefined && admitted === shortName(service);
}

/** What a service answers to the operation of another one. */
export function notHere(service: string): ApiError {
  // EC2's protocol has another code for an operation that it does not know.
  return service === 'ec2'
    ? new ApiError('InvalidAction', 'The action is not valid for this endpoint.')
    : new ApiError(
        'UnknownOperationException',
        'The action or operation requested is not valid. Verify that the action is typed correctly.',
      );
}
