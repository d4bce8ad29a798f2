/** The address as messages may show it: queries hold signatures, user information holds passwords. */
export function withoutQuery(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
