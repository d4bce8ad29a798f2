/** The credentials of tasks, or of deliveries, by task or account. */
import type { TaskCredentials } from '../domain/task/assignment.ts';
import { RenewedValues, type RenewedValuesDeps } from './renewed-values.ts';

export class CredentialsBook extends RenewedValues<TaskCredentials> {
  constructor(deps: Omit<RenewedValuesDeps, 'failure'>, whose = 'execution role') {
    super({ ...deps, failure: `unable to find ${whose} credentials` });
  }
}
