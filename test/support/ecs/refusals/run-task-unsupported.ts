/** Refusals of RunTask: what AWS has and Neargate does not. */
import type { RunTaskRefusal } from './refusal.ts';

const UNSUPPORTED = {
  code: 'UnsupportedFeatureException',
  message: 'The specified task feature is not supported in this region.',
};

export const UNSUPPORTED_ROWS: readonly RunTaskRefusal[] = [
  {
    parameter: 'volumeConfigurations[].name',
    name: 'a volume that the definition does not have',
    request: { volumeConfigurations: [{ name: 'nope' }] },
    code: 'InvalidParameterException',
    message:
      "The volume name 'nope' in your request does not have a matching volume in your Task Definition that is configurable at launch.",
    words: 'AWS',
  },
  {
    parameter: 'volumeConfigurations[].managedEBSVolume',
    name: 'a volume of EBS',
    definition: {
      volumes: [{ name: 'v', configuredAtLaunch: true }],
      containerDefinitions: [
        { name: 'app', image: 'app', mountPoints: [{ sourceVolume: 'v', containerPath: '/v' }] },
      ],
    },
    request: {
      volumeConfigurations: [
        { name: 'v', managedEBSVolume: { roleArn: 'arn:aws:iam::000000000000:role/ebs', sizeInGiB: 10 } },
      ],
    },
    ...UNSUPPORTED,
    words: 'AWS',
  },
  {
    parameter: 'volumes[].s3filesVolumeConfiguration',
    name: 'a volume of S3 Files',
    definition: {
      volumes: [
        {
          name: 'v',
          s3filesVolumeConfiguration: {
            fileSystemArn: 'arn:aws:s3files:eu-west-1:000000000000:file-system/f',
          },
        },
      ],
    },
    request: {},
    ...UNSUPPORTED,
    words: 'AWS',
  },
  {
    parameter: 'containerDefinitions[].credentialSpecs',
    name: 'a container of an Active Directory',
    definition: {
      containerDefinitions: [
        { name: 'app', image: 'app', credentialSpecs: ['credentialspecdomainless:arn:aws:s3:::b/spec.json'] },
      ],
    },
    request: {},
    ...UNSUPPORTED,
    words: 'AWS',
  },
];
