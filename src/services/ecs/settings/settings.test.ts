import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ACCOUNT_SETTINGS } from '../../../domain/ecs/account-settings.ts';
import { EcsUnderTest, refuses, ROOT } from '../../../../test/support/ecs/ecs-under-test.ts';

const INVALID = 'InvalidParameterException';
const ANNA = 'arn:aws:iam::000000000000:user/anna';
let ecs: EcsUnderTest;
beforeEach(() => {
  ecs = new EcsUnderTest();
});

describe('account settings', () => {
  const effective = async (principalArn: string) => {
    const input = { name: 'containerInsights' as const, effectiveSettings: true };
    const { settings } = await ecs.call('ListAccountSettings', input, principalArn);
    return settings?.[0]?.value;
  };

  it("hold by principal, then by account, then by AWS's default", async () => {
    assert.equal(await effective(ANNA), 'disabled');
    await ecs.call('PutAccountSettingDefault', { name: 'containerInsights', value: 'enhanced' }, ANNA);
    assert.equal(await effective(ANNA), 'enhanced');
    const { setting } = await ecs.call(
      'PutAccountSetting',
      { name: 'containerInsights', value: 'enabled' },
      ANNA,
    );
    const own = { name: 'containerInsights', value: 'enabled', principalArn: ANNA, type: 'user' };
    assert.deepEqual(setting, own);
    assert.deepEqual((await ecs.call('ListAccountSettings', {}, ANNA)).settings, [own]);
    assert.equal(await effective(ROOT), 'enhanced');
    const deleted = await ecs.call('DeleteAccountSetting', { name: 'containerInsights' }, ANNA);
    assert.equal(deleted.setting?.value, 'enhanced');
    assert.equal(await effective(ANNA), 'enhanced');
    assert.deepEqual((await ecs.call('ListAccountSettings', {}, ANNA)).settings, []);
  });

  it('are all listed when the effective ones are asked for', async () => {
    const { settings = [] } = await ecs.call('ListAccountSettings', { effectiveSettings: true });
    assert.deepEqual(
      settings.map(({ name }) => name),
      [...ACCOUNT_SETTINGS.keys()],
    );
    assert.deepEqual(
      settings.filter(({ type }) => type === 'aws_managed').map(({ name }) => name),
      ['guardDutyActivate'],
    );
  });

  it('can be put for another principal of the account only', async () => {
    const input = { name: 'tagResourceAuthorization' as const, value: 'off' };
    await ecs.call('PutAccountSetting', { ...input, principalArn: ANNA });
    assert.equal((await ecs.call('ListAccountSettings', { principalArn: ANNA })).settings?.length, 1);
    const foreign = 'arn:aws:iam::111111111111:user/bert';
    await refuses(
      ecs.call('PutAccountSetting', { ...input, principalArn: foreign }),
      INVALID,
      'The specified principalArn is not valid.',
    );
  });

  for (const [name, input] of [
    ['an unknown name', { name: 'sound', value: 'on' }],
    ['an unknown value', { name: 'fargateTaskRetirementWaitPeriod', value: '8' }],
    ['a setting that AWS manages', { name: 'guardDutyActivate', value: 'on' }],
    ['the short ARNs of old', { name: 'taskLongArnFormat', value: 'disabled' }],
  ] as const) {
    it(`refuse ${name}`, async () => {
      await refuses(ecs.call('PutAccountSetting', input as never), INVALID, /./);
    });
  }
});
