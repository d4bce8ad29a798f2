/** CPU architectures: what ECS calls them, and what images call them. */
export function imageArchitecture(cpuArchitecture: string): 'amd64' | 'arm64' {
  return cpuArchitecture === 'ARM64' ? 'arm64' : 'amd64';
}
