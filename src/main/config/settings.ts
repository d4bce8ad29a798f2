/**
 * All settings in one table, made of those of each topic beside this file. A setting's key gives its names: `vpcCidr` is
 * `--vpc-cidr` on the command line, `NEARGATE_VPC_CIDR` in the environment and `"vpcCidr"` in the settings file (`Ms` at the
 * end of a key is left out of them). docs/config.md is generated from here: run `npm run docs` after a change.
 */
import { ENDPOINT_SETTINGS } from './endpoint-settings.ts';
import { MACHINE_SETTINGS } from './machine-settings.ts';
import { NETWORK_SETTINGS } from './network-settings.ts';
import type { Setting } from './setting.ts';
import { SOURCE_SETTINGS } from './source-settings.ts';
import { TELEMETRY_SETTINGS } from './telemetry-settings.ts';

export const SETTINGS = {
  ...ENDPOINT_SETTINGS,
  ...NETWORK_SETTINGS,
  ...SOURCE_SETTINGS,
  ...MACHINE_SETTINGS,
  ...TELEMETRY_SETTINGS,
} as const;

/** All settings, checked and frozen: the table above with values in place of descriptions. */
export type Settings = {
  readonly [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K] extends Setting<infer V> ? V : never;
};

export type SettingKey = keyof Settings;

export interface SettingNames {
  readonly key: SettingKey;
  /** Member of the settings file. */
  readonly member: string;
  /** Without the dashes in front. */
  readonly flag: string;
  readonly variable: string;
}

/** Every setting with its names, in the order of the table. */
export function settingNames(): SettingNames[] {
  return (Object.keys(SETTINGS) as SettingKey[]).map((key) => {
    const member = key.replace(/Ms$/, '');
    const flag = kebab(member);
    return { key, member, flag, variable: `NEARGATE_${flag.replaceAll('-', '_').toUpperCase()}` };
  });
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
