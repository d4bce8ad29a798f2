/** The account settings of ECS: their names, what they may be, and what holds when nobody set one. */
import { ApiError } from '../errors.ts';
import { checkEnum } from './constraints.ts';
import type { AccountSettingRecord } from './records.ts';

interface SettingRule {
  readonly default: string;
  readonly values: readonly string[];
  /** Set by AWS, not by users. */
  readonly isManaged?: true;
}

const CODE = 'InvalidParameterException';
const ON_OFF = ['enabled', 'disabled', 'on', 'off'];

/** In alphabetical order, which is the order of answers. */
export const ACCOUNT_SETTINGS: ReadonlyMap<string, SettingRule> = new Map<string, SettingRule>([
  ['awsvpcTrunking', { default: 'disabled', values: ON_OFF }],
  ['containerInsights', { default: 'disabled', values: [...ON_OFF, 'enhanced'] }],
  // The long forms are the only ones that new accounts have.
  ['containerInstanceLongArnFormat', { default: 'enabled', values: ['enabled', 'on'] }],
  ['defaultLogDriverMode', { default: 'non-blocking', values: ['blocking', 'non-blocking'] }],
  ['fargateEventWindows', { default: 'disabled', values: ON_OFF }],
  ['fargateFIPSMode', { default: 'disabled', values: ON_OFF }],
  ['fargateTaskRetirementWaitPeriod', { default: '7', values: ['0', '7', '14'] }],
  ['guardDutyActivate', { default: 'off', values: [], isManaged: true }],
  ['serviceLongArnFormat', { default: 'enabled', values: ['enabled', 'on'] }],
  ['tagResourceAuthorization', { default: 'on', values: ON_OFF }],
  ['taskLongArnFormat', { default: 'enabled', values: ['enabled', 'on'] }],
]);

/** The rule of a setting. Throws InvalidParameterException for an unknown name. */
export function settingRule(name: string | undefined): SettingRule {
  checkEnum(CODE, 'name', name, [...ACCOUNT_SETTINGS.keys()]);
  const rule = ACCOUNT_SETTINGS.get(name ?? '');
  if (rule === undefined) throw new ApiError(CODE, 'Setting name can not be blank.');
  return rule;
}

/** Throws InvalidParameterException unless users may give the setting this value. */
export function checkSetting(name: string | undefined, value: string): void {
  const rule = settingRule(name);
  if (rule.isManaged === true) throw new ApiError(CODE, `The setting ${name} is managed by AWS.`);
  checkEnum(CODE, 'value', value, rule.values);
}

/** What holds for a principal: its own value, the account's default, or AWS's. */
export function effectiveValue(
  name: string,
  own: AccountSettingRecord | undefined,
  accountDefault: AccountSettingRecord | undefined,
): string {
  return own?.value ?? accountDefault?.value ?? settingRule(name).default;
}
