/** DeleteAccountSetting: takes a principal's own value away and answers with what holds then. */
import {
  DeleteAccountSetting$,
  type DeleteAccountSettingRequest,
  type DeleteAccountSettingResponse,
} from '@aws-sdk/client-ecs';
import { effectiveValue, settingRule } from '../../../domain/ecs/account-settings.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { principalOf, readSetting, settingOwner } from './setting-store.ts';

export function deleteAccountSettingOperation({ store }: EcsDeps) {
  return operation(
    DeleteAccountSetting$,
    async (
      input: DeleteAccountSettingRequest,
      { scope, principalArn: caller }: RequestContext,
    ): Promise<DeleteAccountSettingResponse> => {
      settingRule(input.name);
      const name = input.name ?? '';
      const principalArn = principalOf(scope, input.principalArn, caller);
      await store.transact([], [{ delete: keys.setting(scope, name, settingOwner(scope, principalArn)) }]);
      const { own, accountDefault } = await readSetting(store, scope, name, principalArn);
      const value = effectiveValue(name, own, accountDefault);
      return { setting: { name: input.name, value, principalArn, type: 'user' } };
    },
  );
}
