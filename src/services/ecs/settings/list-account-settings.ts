/** ListAccountSettings: what a principal has set, or, with effectiveSettings, what holds for it. */
import {
  ListAccountSettings$,
  type ListAccountSettingsRequest,
  type ListAccountSettingsResponse,
  type Setting,
  type SettingName,
} from '@aws-sdk/client-ecs';
import { ACCOUNT_SETTINGS, effectiveValue, settingRule } from '../../../domain/ecs/account-settings.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { pageOf, pageOfAll } from '../../page.ts';
import { principalOf, readSetting } from './setting-store.ts';

const MAX_PAGE = 10;

export function listAccountSettingsOperation({ store }: EcsDeps) {
  return operation(
    ListAccountSettings$,
    async (
      input: ListAccountSettingsRequest,
      { scope, principalArn: caller }: RequestContext,
    ): Promise<ListAccountSettingsResponse> => {
      const { name, value, effectiveSettings = false } = input;
      if (name !== undefined) settingRule(name);
      const principalArn = principalOf(scope, input.principalArn, caller);
      const question = ['ListAccountSettings', scope, principalArn, name, value, effectiveSettings];
      const page = pageOf(input, { question, max: effectiveSettings ? ACCOUNT_SETTINGS.size : MAX_PAGE });
      const names = name === undefined ? [...ACCOUNT_SETTINGS.keys()] : [name];
      const settings: Setting[] = [];
      for (const each of names) {
        const { own, accountDefault } = await readSetting(store, scope, each, principalArn);
        const shown = effectiveSettings ? effectiveValue(each, own, accountDefault) : own?.value;
        if (shown === undefined || (value !== undefined && value !== shown)) continue;
        const type = ACCOUNT_SETTINGS.get(each)?.isManaged === true ? 'aws_managed' : 'user';
        settings.push({ name: each as SettingName, value: shown, principalArn, type });
      }
      const { items, nextToken } = pageOfAll(settings, (setting) => setting.name ?? '', page);
      return { settings: items, nextToken };
    },
  );
}
