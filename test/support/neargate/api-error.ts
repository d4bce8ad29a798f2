/** What an SDK throws for an AWS exception, looked at by name and message. */
export function hasCode(error: unknown, name: string, message?: string): boolean {
  if (!(error instanceof Error) || error.name !== name) return false;
  return message === undefined || error.message === message;
}
