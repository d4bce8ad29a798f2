/** docs/api-coverage.md: which of AWS's operations Neargate answers, from the services and the SDK's schemas. */
import { operationsOf, services } from './services.mjs';

const HEAD = `# API coverage

<!-- Generated from src/services and the schemas of the AWS SDK by \`npm run docs\`. -->

Operations that are not served answer \`UnknownOperationException\`, those of EC2 \`InvalidAction\`. How to add one: [add-an-operation](how-to/add-an-operation.md).
`;

export async function coverageDocument() {
  const sections = (await services()).map(({ title, sdk, service, isPart = false }) => {
    const served = new Set(service.operations.map(({ name }) => name));
    const all = operationsOf(sdk);
    const open = all.filter((name) => !served.has(name));
    return `
## ${title}

${served.size} of ${all.length} operations.

Served: ${list(all.filter((name) => served.has(name)))}.
${isPart ? '' : `\nNot served: ${list(open)}.\n`}`;
  });
  return HEAD + sections.join('');
}

function list(names) {
  return names.map((name) => `\`${name}\``).join(', ');
}
