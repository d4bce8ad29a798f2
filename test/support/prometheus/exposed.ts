/** What `/metrics` says now. */

/** The values of a metric whose lines have these labels. */
export async function exposed(
  url: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<number[]> {
  const text = await (await fetch(url)).text();
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && wanted.every((one) => line.includes(one)))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
}
