/** How registration says no: ClientException, whatever the rule. */
import { ApiError } from '../../errors.ts';

export const refuse = (message: string): ApiError => new ApiError('ClientException', message);

/** AWS's words for a member of a container that makes no sense. */
export function invalidSetting(setting: string, container: string | undefined): ApiError {
  return refuse(`Invalid '${setting}' setting for container '${container ?? ''}'.`);
}

/** AWS's words for a member that Fargate does not have. */
export const notOnFargate = (name: string): ApiError =>
  refuse(`Fargate compatible task definitions do not support ${name}`);

/** The values that are there more than once, each once. */
export function duplicates(values: readonly (string | undefined)[]): string[] {
  const twice = values.filter((value, index) => values.indexOf(value) !== index);
  return [...new Set(twice)].filter((value) => value !== undefined);
}
