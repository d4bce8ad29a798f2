/** Account settings in the store: a principal's own, and the account's default under the name of its root. */
import type { Scope } from '../../../domain/arn.ts';
import type { AccountSettingRecord } from '../../../domain/ecs/records.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import type { Store } from '../../../ports/store.ts';

const DEFAULT = 'default';
const PRINCIPAL =
  /^arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):(?:root|(?:user|role|assumed-role)\/[\w+=,.@/-]{1,512})$/;

export const rootArn = ({ account }: Scope): string => `arn:aws:iam::${account}:root`;

/** The store's name for a principal: what root sets holds for the whole account. */
export function settingOwner(scope: Scope, principalArn: string): string {
  return principalArn === rootArn(scope) ? DEFAULT : principalArn;
}

/** The principal that a request means: itself unless it names another one of its account. */
export function principalOf(scope: Scope, asked: string | undefined, caller: string): string {
  if (asked === undefined) return caller;
  const [, account] = PRINCIPAL.exec(asked) ?? [];
  if (account === scope.account) return asked;
  throw new ApiError('InvalidParameterException', 'The specified principalArn is not valid.');
}

export interface StoredSetting {
  readonly own: AccountSettingRecord | undefined;
  readonly accountDefault: AccountSettingRecord | undefined;
}

export async function readSetting(
  store: Store,
  scope: Scope,
  name: string,
  principalArn: string,
): Promise<StoredSetting> {
  const [own, accountDefault] = await store.getMany<AccountSettingRecord>([
    keys.setting(scope, name, settingOwner(scope, principalArn)),
    keys.setting(scope, name, DEFAULT),
  ]);
  return { own: own?.value, accountDefault: accountDefault?.value };
}
