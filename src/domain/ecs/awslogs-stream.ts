/** The log stream of a container: `<prefix>/<container>/<task id>`; Fargate demands a prefix. */
export function awslogsStream(prefix: string | undefined, container: string, taskId: string): string {
  return [...(prefix === undefined ? [] : [prefix]), container, taskId].join('/');
}
