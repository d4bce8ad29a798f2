/** How services say that somebody may not do something. The forms are those that AWS's services answer with. */
import { ApiError } from '../errors.ts';
import type { Decision } from './decide.ts';

export interface RefusedRequest {
  readonly principalArn: string;
  /** E.g. `ecs:RunTask`. */
  readonly action: string;
  /** An ARN, or `*` where the action is on nothing particular. */
  readonly resource: string;
}

/** Services that name no resource where there is none in particular. */
const UNNAMED = new Set(['ec2', 'cloudwatch', 'secretsmanager']);

/** Actions of which nobody says why they are refused. */
const UNEXPLAINED = new Set(['sts:AssumeRole']);

/** The answer to a request that was decided against. */
export function refusal(
  request: RefusedRequest,
  decision: Extract<Decision, { readonly allowed: false }>,
): ApiError {
  const { principalArn, action, resource } = request;
  const service = action.slice(0, action.indexOf(':'));
  const user = `User: ${principalArn} is not authorized to perform: ${action}`;
  if (service === 'elasticfilesystem') {
    return new ApiError('AccessDeniedException', `${user} on the specified resource`);
  }
  const on = resource === '*' && UNNAMED.has(service) ? '' : ` on resource: ${resource}`;
  if (UNEXPLAINED.has(action)) return new ApiError('AccessDeniedException', `${user}${on}`);
  const words = `${user}${on} ${because(action, decision)}`;
  return service === 'ec2'
    ? new ApiError('UnauthorizedOperation', `You are not authorized to perform this operation. ${words}`)
    : new ApiError('AccessDeniedException', words);
}

function because(action: string, { explicit, kind }: Extract<Decision, { readonly allowed: false }>): string {
  const policy = kind === 'boundary' ? 'permissions boundary' : `${kind} policy`;
  if (!explicit) return `because no ${policy} allows the ${action} action`;
  return `with an explicit deny in ${kind === 'identity-based' ? 'an' : 'a'} ${policy}`;
}
