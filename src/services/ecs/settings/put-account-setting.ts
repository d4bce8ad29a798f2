/** PutAccountSetting and its default form, which sets what holds for all of the account that have no own. */
import {
  PutAccountSetting$,
  PutAccountSettingDefault$,
  type PutAccountSettingDefaultRequest,
  type PutAccountSettingDefaultResponse,
  type PutAccountSettingRequest,
  type PutAccountSettingResponse,
  type SettingName,
} from '@aws-sdk/client-ecs';
import type { Scope } from '../../../domain/arn.ts';
import { checkSetting } from '../../../domain/ecs/account-settings.ts';
import type { AccountSettingRecord } from '../../../domain/ecs/records.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { principalOf, rootArn, settingOwner } from './setting-store.ts';

export function putAccountSettingOperation(deps: EcsDeps) {
  return operation(
    PutAccountSetting$,
    async (input: PutAccountSettingRequest, context: RequestContext): Promise<PutAccountSettingResponse> => {
      const { scope, principalArn } = context;
      return put(deps, scope, principalOf(scope, input.principalArn, principalArn), input);
    },
  );
}

export function putAccountSettingDefaultOperation(deps: EcsDeps) {
  return operation(
    PutAccountSettingDefault$,
    async (
      input: PutAccountSettingDefaultRequest,
      { scope }: RequestContext,
    ): Promise<PutAccountSettingDefaultResponse> => put(deps, scope, rootArn(scope), input),
  );
}

async function put(
  { store }: EcsDeps,
  scope: Scope,
  principalArn: string,
  { name, value = '' }: { name: SettingName | undefined; value: string | undefined },
) {
  checkSetting(name, value);
  const record: AccountSettingRecord = { name: name ?? '', value, principalArn };
  const key = keys.setting(scope, record.name, settingOwner(scope, principalArn));
  await store.transact([], [{ put: key, value: record }]);
  return { setting: { name, value, principalArn, type: 'user' as const } };
}
