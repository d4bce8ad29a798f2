/** docs/config.md, from the table of settings. */
import { join } from 'node:path';
import { ROOT } from '../project.mjs';

const HEAD = `# Settings

<!-- Generated from src/main/config/settings.ts by \`npm run docs\`. -->

Each setting can be given in three ways. A flag wins over a variable, a variable over the settings file.

- a flag of \`neargate up\`: \`--vpc-cidr 10.20.0.0/16\`
- a variable: \`NEARGATE_VPC_CIDR=10.20.0.0/16\`
- a member of the settings file, which holds a JSON object: \`{"vpcCidr": "10.20.0.0/16"}\`

The settings file is the one that \`--config FILE\` (or \`NEARGATE_CONFIG\`) names, else \`/etc/neargate/neargate.json\`,
else \`neargate.json\` in the data directory. Unknown settings and values that make no sense are refused at the start,
in plain words. Lists are comma-separated, or JSON lists in the file. Times are written as \`500ms\`, \`90s\`, \`10m\`,
\`1h\` or \`7d\`.

`;

export async function configDocument() {
  const { SETTINGS, settingNames } = await import(join(ROOT, 'dist/src/main/config/settings.js'));
  const sections = settingNames().map(({ key, member, flag, variable }) => {
    const { kind, fallbackWords, doc } = SETTINGS[key];
    const usage = kind.placeholder === '' ? `--${flag}` : `--${flag} ${kind.placeholder}`;
    return `## ${member}

${doc}

| | |
|---|---|
| flag | \`${usage.replaceAll('|', '\\|')}\` |
| variable | \`${variable}\` |
| default | ${fallbackWords} |
`;
  });
  return HEAD + sections.join('\n');
}
