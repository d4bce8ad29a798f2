/** docs/metrics.md, from the tables of metrics. */
import { join } from 'node:path';
import { ROOT } from '../project.mjs';

const HEAD = `# Metrics

<!-- Generated from src/domain/telemetry by \`npm run docs\`. -->

What Neargate tells Prometheus and receivers of OTLP ([how to](how-to/metrics.md)). A histogram \`NAME\` has
\`NAME_bucket\`, \`NAME_sum\` and \`NAME_count\`.
`;

const SUBJECTS = {
  container: [
    'Containers',
    'Of each container that runs. Figures of use are those of the last whole minute.',
  ],
  task: ['Tasks', 'Of each task that runs.'],
  'control plane': ['The control plane', 'Of the process that answers the APIs.'],
  machine: [
    'Machines',
    'Of each machine and its agent, which tells them every ten seconds. Of the control plane’s own process they have no label `machine`.',
  ],
};

export async function metricsDocument() {
  const load = (path) => import(join(ROOT, 'dist/src/domain/telemetry', path));
  const [{ METRICS }, { SUBJECT_LABELS }] = await Promise.all([load('metrics.js'), load('metric-table.js')]);
  const sections = Object.entries(SUBJECTS).map(([subject, [title, words]]) => {
    const common = SUBJECT_LABELS[subject].map((label) => `\`${label}\``).join(', ');
    const rows = Object.entries(METRICS)
      .filter(([, { of }]) => of === subject)
      .map(([name, { kind, labels, help }]) => {
        const own = labels.map((label) => `\`${label}\``).join(', ');
        return `| \`${name}\` | ${kind} | ${own} | ${help} |`;
      });
    return `
## ${title}

${words}${common === '' ? '' : ` Labels of all: ${common}.`}

| metric | kind | labels | |
|---|---|---|---|
${rows.join('\n')}
`;
  });
  return HEAD + sections.join('');
}
